"""The first screen of the morning."""
