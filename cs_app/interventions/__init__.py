"""The screen of interventions: queue of calls, what was sent and what was not."""
