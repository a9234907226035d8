"""The only door out: Supabase, mail and settings."""
