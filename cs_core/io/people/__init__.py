"""People who sign in: accounts, sessions, the team, lost passwords, limits on attempts."""
