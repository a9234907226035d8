"""When a digest is due for whom: at the hour they chose, where they are, once a day or week."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cs_core.base.time_zones import open_zone

DAILY, WEEKLY = "daily", "weekly"
# So long a digest waits for the day's scores. After that it says what it knows.
PATIENCE = dt.timedelta(hours=2)
# But a daily one leaves on its day: so long before midnight it waits no more.
LAST_CHANCE = dt.timedelta(minutes=30)
# So many days later a weekly report still leaves, where nothing ran on its day.
WEEKLY_GRACE_DAYS = 2
# Further back there is no news; a digest after a long pause is no history.
MOST_DAYS_TOLD = 7


@dataclass(frozen=True)
class Reader:
    """Somebody of the team who wants digests.

    Parameters
    ----------
    daily, weekly : bool
        Which ones.
    hour : int
        From which hour on, 0 to 23, in `timezone`.
    weekday : int
        Of the weekly report; 1 is Monday.
    changed_at : datetime
        When that was chosen: what would have been due before is not sent.
    last_daily, last_weekly : date, optional
        The days of the last ones that were decided.
    told_daily : date, optional
        The scored day up to which the last daily one told changes.
    """

    person_id: str
    name: str
    email: str
    daily: bool
    weekly: bool
    hour: int
    weekday: int
    timezone: str
    changed_at: dt.datetime
    last_daily: dt.date | None = None
    told_daily: dt.date | None = None
    last_weekly: dt.date | None = None


@dataclass(frozen=True)
class DueDigest:
    """A digest that is due."""

    reader: Reader
    digest: str  # daily or weekly
    day: dt.date  # where the reader is; together with the reader it names the digest
    since: dt.date  # changes after this scored day are told
    # The reader's midnights before and after.
    day_start: dt.datetime
    day_end: dt.datetime
    is_behind: bool = False  # the day's scores are not there yet


def plan_digests(
    readers: Sequence[Reader], score_date: dt.date | None, now: dt.datetime
) -> list[DueDigest]:
    """Say which digests are due now.

    Parameters
    ----------
    score_date : date or None
        The newest scored day; None: nothing is due before the first run.

    Returns
    -------
    list of DueDigest
        A daily one from the chosen hour to the end of the reader's day; it waits two hours, and
        not into the last half hour, for scores that were not told yet. A weekly one on its
        weekday, and up to two days later.
    """
    if score_date is None:
        return []
    due = [
        one
        for reader in readers
        for one in (_daily(reader, score_date, now), _weekly(reader, score_date, now))
    ]
    return [one for one in due if one is not None]


def _daily(reader: Reader, score_date: dt.date, now: dt.datetime) -> DueDigest | None:
    zone = open_zone(reader.timezone)
    day = now.astimezone(zone).date()
    at = dt.datetime.combine(day, dt.time(reader.hour), zone)
    is_decided = reader.last_daily is not None and reader.last_daily >= day
    if not reader.daily or is_decided or now < at or at < reader.changed_at:
        return None
    told = reader.told_daily
    is_behind = told is not None and told >= score_date
    start, end = _bounds(day, zone)
    # In UTC: hours on the reader's clock may be skipped or come twice.
    at, end = at.astimezone(dt.UTC), end.astimezone(dt.UTC)
    if is_behind and now < min(at + PATIENCE, end - LAST_CHANCE):
        return None
    earliest = score_date - dt.timedelta(days=MOST_DAYS_TOLD)
    # The first one tells of the newest day alone.
    since = score_date - dt.timedelta(days=1) if told is None else max(told, earliest)
    return DueDigest(reader, DAILY, day, min(since, score_date), start, end, is_behind)


def _weekly(reader: Reader, score_date: dt.date, now: dt.datetime) -> DueDigest | None:
    zone = open_zone(reader.timezone)
    today = now.astimezone(zone).date()
    late_by = (today.isoweekday() - reader.weekday) % 7
    day = today - dt.timedelta(days=late_by)
    at = dt.datetime.combine(day, dt.time(reader.hour), zone)
    is_decided = reader.last_weekly is not None and reader.last_weekly >= day
    if not reader.weekly or is_decided or now < at or at < reader.changed_at:
        return None
    if late_by > WEEKLY_GRACE_DAYS:
        return None
    # The run of that morning belongs to it.
    is_behind = score_date < day and late_by == 0
    if is_behind and now - at < PATIENCE:
        return None
    start, end = _bounds(today, zone)
    since = score_date - dt.timedelta(days=7)
    return DueDigest(reader, WEEKLY, day, since, start, end, is_behind)


def _bounds(day: dt.date, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
    start, end = (
        dt.datetime.combine(one, dt.time(), zone) for one in (day, day + dt.timedelta(days=1))
    )
    return start, end
