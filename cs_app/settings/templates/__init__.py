"""Settings: the texts of messages."""
