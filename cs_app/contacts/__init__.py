"""Acting on one contact, from any screen, and its words."""
