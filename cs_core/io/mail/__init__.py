"""The outbox, the messages in it, and SMTP."""
