"""Interventions, calls and requests: read, written, taken back."""
