"""Quiet hours: the time of day, where the supplier is, at which no message leaves by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from cs_core.base.checks import Problem, check_keys, must
from cs_core.base.time_zones import open_zone

MINUTE = timedelta(minutes=1)
LEAST_OPEN_MINUTES = 60
DAY_MINUTES = 24 * 60
# Quiet hours end within a day, and clocks go back by some hours at most.
SEARCHED = timedelta(hours=30)


@dataclass(frozen=True)
class QuietHours:
    """From a time of day until another; over midnight where the second is the earlier one."""

    begin: time
    end: time

    @classmethod
    def from_dict(cls, data: Any) -> "QuietHours | None":
        """Build them from JSON that `quiet_problems` found nothing wrong with; None stays None."""
        if data is None:
            return None
        return cls(time.fromisoformat(data["from"]), time.fromisoformat(data["until"]))

    def to_dict(self) -> dict[str, str]:
        """Return the JSON shape `from_dict` reads."""
        return {"from": f"{self.begin:%H:%M}", "until": f"{self.end:%H:%M}"}

    def include(self, local: time) -> bool:
        """Whether it is quiet at a time of day; at the end it is not any more."""
        if self.begin < self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end


def is_time(value: Any) -> bool:
    """Whether a value is a time of day such as 08:00."""
    return isinstance(value, str) and bool(re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value))


def quiet_problems(data: Any) -> Iterator[Problem]:
    """Say what is wrong with quiet hours as they are stored and edited."""
    keys = yield from check_keys("rules", "quiet_hours", data, ("from", "until"))
    wrong = [key for key in ("from", "until") if key in keys and not is_time(data[key])]
    for key in wrong:
        yield f"quiet_hours.{key}", must("be a time of day such as 20:00", data[key])
    if wrong or len(keys) < 2:
        return
    begin, end = (_minutes(time.fromisoformat(data[key])) for key in ("from", "until"))
    if begin == end:
        yield "quiet_hours.until", f"must differ from {data['from']}, when they begin"
    elif (begin - end) % DAY_MINUTES < LEAST_OPEN_MINUTES:
        yield (
            "quiet_hours.until",
            f"must leave an hour before {data['from']} at least, in which messages can leave",
        )


def leaves_at(moment: datetime, zone: str | None, hours: QuietHours | None) -> datetime:
    """Say when a message that is due at a moment leaves.

    Parameters
    ----------
    moment : datetime
        An aware instant.
    zone : str, optional
        The supplier's time zone, an IANA name; one that does not exist counts as UTC.

    Returns
    -------
    datetime
        The moment itself where it is not quiet, else in UTC the first minute that is not, on
        the supplier's clock: an hour that clocks jump over ends quiet hours that would have
        ended in it, and of an end that comes twice the next one counts.
    """
    if hours is None or not _is_quiet(moment, zone or "UTC", hours):
        return moment
    return _end_of_quiet(moment.astimezone(UTC).replace(second=0, microsecond=0), zone, hours)


def _is_quiet(moment: datetime, zone: str, hours: QuietHours) -> bool:
    return hours.include(moment.astimezone(open_zone(zone)).time())


# Messages to many suppliers of few zones are due at the same minute.
@lru_cache(maxsize=1024)
def _end_of_quiet(minute: datetime, zone: str | None, hours: QuietHours) -> datetime:
    # Minute by minute: no arithmetic of clocks that jump is as surely right.
    for ahead in range(1, int(SEARCHED / MINUTE)):
        later = minute + ahead * MINUTE
        if not _is_quiet(later, zone or "UTC", hours):
            return later
    raise AssertionError("quiet hours are shorter than a day")


def _minutes(local: time) -> int:
    return local.hour * 60 + local.minute
