"""The dashboard: what its pages share, and the HTTP routes around them."""
