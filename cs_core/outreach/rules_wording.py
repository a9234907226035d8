"""Outreach rules in words: what they say, and what one version changes against another."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from cs_core.base.definitions import Definition

DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
MOST_DATES = 5


def rules_changes(before: Definition, after: Definition) -> list[str]:
    """Say what a version of the rules changes against another, a sentence each.

    Both as they are stored, whatever may be wrong with them.
    """
    told = [
        _changed("E-mails to one supplier", _cap(before), _cap(after)),
        _changed("Quiet hours", _quiet(before), _quiet(after)),
        _changed("Calls on", _days(before), _days(after)),
        _changed("Calls at", before.get("call_time"), after.get("call_time")),
        *_holidays(before, after),
        _changed("Alerts go to", _addresses(before), _addresses(after)),
        _changed("The same supplier again", _again(before), _again(after)),
        _changed("Milestones are celebrated", _celebrated(before), _celebrated(after)),
    ]
    return [one for one in told if one]


def date_in_words(day: str) -> str:
    """Write a stored date as "Fri 25 Dec 2026"; what is none, as it is."""
    try:
        found = dt.date.fromisoformat(day)
    except (TypeError, ValueError):
        return str(day)
    return f"{found:%a} {found.day} {found:%b %Y}"


def _changed(what: str, before: Any, after: Any) -> str:
    return "" if before == after else f"{what}: {after}, was {before}"


def _cap(rules: Definition) -> str:
    cap = rules.get("email_cap")
    if not isinstance(cap, Mapping):
        return "not said"
    days = cap.get("days")
    span = "a day" if days == 1 else f"in {days} days"
    return f"at most {cap.get('emails')} {span}" if cap.get("emails") else "none at all"


def _quiet(rules: Definition) -> str:
    hours = rules.get("quiet_hours")
    if not isinstance(hours, Mapping):
        return "none"
    return f"{hours.get('from')} to {hours.get('until')}"


def _days(rules: Definition) -> str:
    chosen = rules.get("working_days") or ()
    return ", ".join(word for day, word in DAYS.items() if day in chosen) or "no day"


def _holidays(before: Definition, after: Definition) -> list[str]:
    old, new = (set(map(str, rules.get("holidays") or ())) for rules in (before, after))
    added, gone = sorted(new - old), sorted(old - new)
    return [
        *([f"Days without calls, new: {_listed(added)}"] if added else []),
        *([f"Days without calls, taken out: {_listed(gone)}"] if gone else []),
    ]


def _listed(days: Iterable[str]) -> str:
    words = [date_in_words(day) for day in days]
    more = f" and {len(words) - MOST_DATES} more" if len(words) > MOST_DATES else ""
    return ", ".join(words[:MOST_DATES]) + more


def _addresses(rules: Definition) -> str:
    return ", ".join(map(str, rules.get("alert_to") or ())) or "the addresses of the server"


def _again(rules: Definition) -> str:
    days = rules.get("alert_again_after_days")
    return f"alerted about after {days} {'day' if days == 1 else 'days'}"


def _celebrated(rules: Definition) -> str:
    days = rules.get("celebrate_within_days")
    return f"up to {days} {'day' if days == 1 else 'days'} after"
