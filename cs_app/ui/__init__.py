"""What every screen is made of: frame, guard, formats, charts, styles, refresh."""
