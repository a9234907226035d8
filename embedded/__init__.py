"""The embedded Supabase: a real Postgres, Supabase's lite server and a mail sink."""
