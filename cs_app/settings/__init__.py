"""Settings: scorecard, outreach rules, people, and what all its tabs share."""
