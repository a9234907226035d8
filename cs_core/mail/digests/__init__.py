"""Mail to colleagues: who is due one, and what the daily and the weekly one say."""
