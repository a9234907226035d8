"""Settings: playbooks and their conditions."""
