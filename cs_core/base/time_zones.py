"""Time zones by name, wherever the name comes from."""

import re
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1024)
def open_zone(zone: str) -> ZoneInfo:
    """Return a time zone by its IANA name; UTC for what is none."""
    # zoneinfo looks names up as files: only plain ones may get that far.
    if not isinstance(zone, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}", zone):
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # no such name; a file, or a folder ("Europe")
        return ZoneInfo("UTC")
