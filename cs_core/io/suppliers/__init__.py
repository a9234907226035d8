"""Suppliers as the screens read them: found, one, its timeline, saved views."""
