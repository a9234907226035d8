"""The only door out: Supabase (see `base.client` for its clients and errors), mail and settings."""
