"""Figures, times and names in the words people use. Pure functions."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from cs_core.base.counting import counted as counted  # for all who format
from cs_core.base.time_zones import open_zone

MINUTE, HOUR, DAY = 60, 3600, 86_400
STALE_AFTER = timedelta(hours=26)  # a day and the time a run may take
CURRENCY = "£"  # what suppliers.monthly_revenue is in
MINUS = "−"


def whole_number(number: int) -> str:
    """1234 as 1,234."""
    return f"{number:,}"


def up_to(count: int, most: int) -> str:
    """Give a count that ends at `most`: 10,001 as "10,000+"."""
    return f"{most:,}+" if count > most else whole_number(count)


def ordinal(number: int) -> str:
    """1 as "1st", 12 as "12th"."""
    teens = 10 <= number % 100 <= 20
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def points(amount: float) -> str:
    """Give points of a score with a decimal only where there is one."""
    return f"{amount + 1e-6:.1f}".removesuffix(".0")


def change_of_points(difference: Decimal) -> str:
    """Give a change of points to the decimal it has: "▲ 6", "▼ 2.5", "–" for none."""
    if not difference:
        return "–"
    return f"{'▲' if difference > 0 else '▼'} {str(abs(difference)).removesuffix('.0')}"


def money(amount: float) -> str:
    """6940.4 as "£6,940": whole pounds, so that a column of them lines up."""
    pounds = round(amount)
    return f"{MINUS if pounds < 0 else ''}{CURRENCY}{abs(pounds):,}"


def change(difference: float | None, amount: Callable[[float], str] | None = None) -> str:
    """Say how much something changed.

    Parameters
    ----------
    difference : float, optional
        None where it is not known.
    amount : callable, optional
        How the size of it is written, such as `money`; else as a whole number.

    Returns
    -------
    str
        "▲ 6", "▼ 15", "no change", or nothing where it is not known.
    """
    if difference is None:
        return ""
    whole = round(difference)
    if whole == 0:
        return "no change"
    size = amount(abs(whole)) if amount else whole_number(abs(whole))
    return f"{'▲' if whole > 0 else '▼'} {size}"


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
    local = moment.astimezone(open_zone(zone or "UTC"))
    return f"{date_in_words(local)}, {local:%H:%M %Z}"


def clock_time(moment: datetime, zone: str | None = None) -> str:
    """Give the time of day as "16:00", in the reader's time zone if it is known."""
    return f"{moment.astimezone(open_zone(zone or 'UTC')):%H:%M}"


def day_in_words(day: date, today: date) -> str:
    """Give a day as "today", "yesterday", "tomorrow", "Tue 24 Nov" or "24 Nov 2025"."""
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}.get((day - today).days)
    if near:
        return near
    return f"{day:%a} {day.day} {day:%b}" if day.year == today.year else date_in_words(day)


def due(moment: datetime | None, now: datetime, zone: str | None = None) -> str:
    """Say when something is to happen, or since when it is late.

    Parameters
    ----------
    moment : datetime, optional
        None is "any time".
    zone : str, optional
        The reader's: whose midnight divides today from yesterday.

    Returns
    -------
    str
        "10:00" for today, "tomorrow 10:00", "Tue 24 Nov, 10:00"; of days gone by "1 day late".
    """
    if moment is None:
        return "any time"
    here = open_zone(zone or "UTC")
    day, today = moment.astimezone(here).date(), now.astimezone(here).date()
    if day < today:
        return f"{counted((today - day).days, 'day')} late"
    time = clock_time(moment, zone)
    if day == today:
        return time
    words = day_in_words(day, today)
    return f"{words} {time}" if (day - today).days == 1 else f"{words}, {time}"


def ahead(moment: datetime, now: datetime, zone: str | None = None) -> str:
    """Say when something comes: "in 20 minutes", "in 3 hours", "tomorrow 10:00"."""
    left = (moment - now).total_seconds()
    if left < MINUTE:
        return "within a minute"
    if left < HOUR:
        return f"in {counted(round(left / MINUTE), 'minute')}"
    if left < DAY / 2:
        return f"in {counted(round(left / HOUR), 'hour')}"
    words = due(moment, now, zone)
    return f"today {words}" if words[:1].isdigit() and ":" in words[:5] else words


def date_in_words(day: date) -> str:
    """Give a date as "22 Nov 2026"."""
    return f"{day.day} {day:%b %Y}"


def day_bounds(now: datetime, zone: str | None = None) -> tuple[datetime, datetime]:
    """Return the midnights before and after a moment, in the reader's time zone."""
    here = open_zone(zone or "UTC")
    today = now.astimezone(here).date()
    start, end = (
        datetime.combine(day, datetime.min.time(), here) for day in (today, today + timedelta(1))
    )
    return start, end


def is_stale(moment: datetime, now: datetime) -> bool:
    """Whether a daily run must have been missed since a moment."""
    return now - moment > STALE_AFTER


def in_words(name: str, words: Mapping[str, str] | None = None) -> str:
    """Give a stored name such as wedding_planner as "Wedding planner"."""
    if words and name in words:
        return words[name]
    return first_upper(name.replace("_", " ").strip())


def first_upper(words: str) -> str:
    """Begin words as a sentence begins; the others stay as they are."""
    return words[:1].upper() + words[1:]
