"""The health score: scorecard, points, drivers, change, recommendations."""
