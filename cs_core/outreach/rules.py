"""The rules all playbooks share: how often to write, and when people may be called."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cs_core.base.checks import Problem, check_keys, is_whole, must
from cs_core.base.errors import NoWorkingDay, OutreachRulesError
from cs_core.base.time_zones import open_zone
from cs_core.mail.addresses import AddressError, parse_address
from cs_core.outreach.quiet_hours import QuietHours, is_time, quiet_problems

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_EMAILS = 100
MOST_DAYS = 365
MOST_HOLIDAYS = 1000
MOST_ADDRESSES = 20
# Further ahead than this no call makes sense, and a search has to end.
SEARCHED_DAYS = 400

KEYS = (
    "email_cap",
    "working_days",
    "call_time",
    "holidays",
    "alert_again_after_days",
    "celebrate_within_days",
    "quiet_hours",
    "alert_to",
)


@dataclass(frozen=True)
class OutreachRules:
    """What every playbook keeps to. Build one with `from_dict`, which checks it."""

    version: int
    # The frequency cap: at most so many e-mails per supplier in so many days, whatever playbooks
    # want them. 0 e-mails = none at all.
    emails: int
    days: int
    working_days: tuple[str, ...]  # days of the week on which calls are scheduled, of `WEEKDAYS`
    call_time: time  # when calls are scheduled, in the supplier's own time zone
    holidays: tuple[date, ...]  # days without calls, ascending
    alert_again_after_days: int  # how long the team's alert about one supplier is not repeated
    # Milestones reached longer ago, in UTC dates, are recorded and not celebrated.
    celebrate_within_days: int
    # When no message leaves by itself, in the supplier's own time zone; None: at any time.
    quiet_hours: QuietHours | None = None
    # Addresses that the team's alerts go to; empty: those of the setting CS_ALERT_TO.
    alert_to: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: Any, version: int) -> "OutreachRules":
        """Check rules as they are stored and edited (JSON), and build them.

        Raises OutreachRulesError if anything is missing, unknown or out of range. Its `problems`
        lists all of them as (field path, what to do).
        """
        problems = list(_problems(data))
        if problems:
            raise OutreachRulesError(*problems)
        return cls(
            version=version,
            emails=data["email_cap"]["emails"],
            days=data["email_cap"]["days"],
            working_days=tuple(day for day in WEEKDAYS if day in data["working_days"]),
            call_time=time.fromisoformat(data["call_time"]),
            holidays=tuple(sorted({date.fromisoformat(day) for day in data["holidays"]})),
            alert_again_after_days=data["alert_again_after_days"],
            celebrate_within_days=data["celebrate_within_days"],
            quiet_hours=QuietHours.from_dict(data.get("quiet_hours")),
            alert_to=tuple(data.get("alert_to", ())),
        )

    @property
    def cap(self) -> dict[str, int]:
        """The e-mail cap as the database takes it."""
        return {"emails": self.emails, "days": self.days}

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape `from_dict` reads; the version is kept beside it, not in it."""
        return {
            "email_cap": self.cap,
            "working_days": list(self.working_days),
            "call_time": self.call_time.strftime("%H:%M"),
            "holidays": [day.isoformat() for day in self.holidays],
            "alert_again_after_days": self.alert_again_after_days,
            "celebrate_within_days": self.celebrate_within_days,
            "quiet_hours": self.quiet_hours.to_dict() if self.quiet_hours else None,
            "alert_to": list(self.alert_to),
        }


def next_working_moment(now: datetime, zone: str, rules: OutreachRules) -> datetime:
    """Find when a supplier may be called next.

    Parameters
    ----------
    now : datetime
        An aware instant.
    zone : str
        The supplier's time zone, an IANA name; one that does not exist counts as UTC.
    rules : OutreachRules
        Working days, holidays and the time of day.

    Returns
    -------
    datetime
        In UTC: the call time, in the zone, of the first working day after today's date there.
        A time the clocks jump over is read as if they had not yet (02:30 becomes 03:30); of
        a time that comes twice, the first is meant.

    Raises
    ------
    NoWorkingDay
        If none of the next 400 days is one.
    """
    local = open_zone(zone)
    today = now.astimezone(local).date()
    for ahead in range(1, SEARCHED_DAYS + 1):
        day = today + timedelta(days=ahead)
        if WEEKDAYS[day.weekday()] in rules.working_days and day not in rules.holidays:
            # The default fold reads a time in a gap with the offset before it.
            return datetime.combine(day, rules.call_time, local).astimezone(UTC)
    raise NoWorkingDay(days=SEARCHED_DAYS, after=today)


def _problems(data: Any) -> Iterator[Problem]:
    keys = yield from check_keys("rules", "", data, KEYS)
    if "email_cap" in keys:
        yield from _check_cap(data["email_cap"])
    if "working_days" in keys:
        yield from _check_working_days(data["working_days"])
    if "call_time" in keys and not is_time(data["call_time"]):
        yield "call_time", must("be a time of day such as 10:00", data["call_time"])
    if "holidays" in keys:
        yield from _check_holidays(data["holidays"])
    for key in ("alert_again_after_days", "celebrate_within_days"):
        if key in keys and not is_whole(data[key], 0, MOST_DAYS):
            yield key, must(f"be a whole number from 0 to {MOST_DAYS}", data[key])
    if "quiet_hours" in keys and data["quiet_hours"] is not None:
        yield from quiet_problems(data["quiet_hours"])
    if "alert_to" in keys:
        yield from _check_addresses(data["alert_to"])


def _check_cap(cap: Any) -> Iterator[Problem]:
    keys = yield from check_keys("rules", "email_cap", cap, ("emails", "days"))
    if "emails" in keys and not is_whole(cap["emails"], 0, MOST_EMAILS):
        rule = f"be a whole number from 0 (no e-mail at all) to {MOST_EMAILS}"
        yield "email_cap.emails", must(rule, cap["emails"])
    if "days" in keys and not is_whole(cap["days"], 1, MOST_DAYS):
        yield "email_cap.days", must(f"be a whole number from 1 to {MOST_DAYS}", cap["days"])


def _check_working_days(days: Any) -> Iterator[Problem]:
    if not isinstance(days, list | tuple) or not days:
        yield "working_days", must(f"be a list of at least one of {', '.join(WEEKDAYS)}", days)
        return
    for index, day in enumerate(days):
        at = f"working_days[{index}]"
        if day not in WEEKDAYS:
            yield at, must(f"be one of {', '.join(WEEKDAYS)}", day)
        elif day in days[:index]:
            yield at, f"names {day} again; remove it"


def _check_holidays(days: Any) -> Iterator[Problem]:
    if not isinstance(days, list | tuple) or len(days) > MOST_HOLIDAYS:
        yield "holidays", must(f"be a list of at most {MOST_HOLIDAYS} dates", days)
        return
    for index, day in enumerate(days):
        if not _is_date(day):
            yield f"holidays[{index}]", must("be a date such as 2026-12-25", day)


def _check_addresses(addresses: Any) -> Iterator[Problem]:
    if not isinstance(addresses, list | tuple) or len(addresses) > MOST_ADDRESSES:
        yield "alert_to", must(f"be a list of at most {MOST_ADDRESSES} e-mail addresses", addresses)
        return
    known: set[str] = set()
    for index, address in enumerate(addresses):
        at = f"alert_to[{index}]"
        try:
            bare = parse_address(address).address.lower() if isinstance(address, str) else None
        except AddressError as error:
            yield at, f"{error.reason}; it must be like team@wedsync.example"
            continue
        if bare is None:
            yield at, must("be an e-mail address", address)
        elif bare in known:
            yield at, f"names {address} again; remove it"
        else:
            known.add(bare)


def _is_date(value: Any) -> bool:
    # fromisoformat alone would also take 20261225 and 2026-W52-5.
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
