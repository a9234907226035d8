"""Stored scores as the screens read them."""
