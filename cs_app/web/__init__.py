"""Everything HTTP that is not the JSON API: sign-in, passwords, unsubscribing, protection."""
