"""Which suppliers a list shows: the filter, as data."""
