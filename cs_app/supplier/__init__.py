"""The page of one supplier."""
