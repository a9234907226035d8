"""The commands of `python -m cs_core`."""
