"""Figures, times and names in the words people use. Pure functions."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3600, 86_400
STALE_AFTER = timedelta(hours=26)  # a day and the time a run may take


def whole_number(number: int) -> str:
    """1234 as 1,234."""
    return f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """1 as "1 supplier", 2000 as "2,000 suppliers"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def ago(moment: datetime | None, now: datetime) -> str:
    """Say how long ago a moment was.

    Parameters
    ----------
    moment : datetime, optional
        With time zone; None is "never".
    now : datetime
        With time zone. A moment a little later, from another machine's clock, is "just now".

    Returns
    -------
    str
        Rounded down: 119 minutes are "1 hour ago".
    """
    if moment is None:
        return "never"
    seconds = int((now - moment).total_seconds())
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{counted(seconds // MINUTE, 'minute')} ago"
    if seconds < DAY:
        return f"{counted(seconds // HOUR, 'hour')} ago"
    days = seconds // DAY
    if days < 60:
        return f"{counted(days, 'day')} ago"
    if days < 730:
        return f"{counted(days // 30, 'month')} ago"
    return f"{counted(days // 365, 'year')} ago"


def exact_time(moment: datetime, zone: str | None = None) -> str:
    """Give a moment as "22 Nov 2026, 15:11 UTC", in the reader's time zone if it is known."""
    local = moment.astimezone(_zone(zone))
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def is_stale(moment: datetime, now: datetime) -> bool:
    """Whether a daily run must have been missed since a moment."""
    return now - moment > STALE_AFTER


def in_words(name: str, words: Mapping[str, str] | None = None) -> str:
    """Give a stored name such as wedding_planner as "Wedding planner"."""
    if words and name in words:
        return words[name]
    plain = name.replace("_", " ").strip()
    return plain[:1].upper() + plain[1:]


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
