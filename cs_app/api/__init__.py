"""The HTTP API: two endpoints for other services, its description, and two probes."""
