"""The Supabase client, its errors and retries, and the environment."""
