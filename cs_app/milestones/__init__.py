"""The screen of milestones."""
