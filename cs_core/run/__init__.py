"""What one page of the daily run writes, and what the last run says of itself."""
