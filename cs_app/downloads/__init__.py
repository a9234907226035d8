"""CSV files, as routes."""
