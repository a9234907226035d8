"""Digests: who is due one now, and its way into the outbox."""
