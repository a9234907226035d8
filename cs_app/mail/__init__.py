"""Mail to me: which digests somebody gets."""
