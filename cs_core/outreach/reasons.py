"""Why a supplier is where it is, and why it is contacted, in a few words."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from cs_core.outreach.milestones import milestone_title
from cs_core.score.change import change_by_measure
from cs_core.score.drivers import WORDS, Driver, explain_score
from cs_core.score.scorecard import MEASURES, Scorecard

NO_DATA = "no data yet"


def reason_of(row: Mapping[str, Any], scorecard: Scorecard) -> str | None:
    """Name what costs a supplier the most points: "No login for 9 days".

    Parameters
    ----------
    row : mapping
        A score with points, counts and `days_since_login`; see `drivers.explain_score`.
    scorecard : Scorecard
        The one it was made with.

    Returns
    -------
    str or None
        None where nothing costs a point.
    """
    drivers = explain_score(row, scorecard)
    return _fact_of(drivers[0]) if drivers else None


def reason_of_drop(
    row: Mapping[str, Any], then: Mapping[str, Any], scorecard: Scorecard
) -> str | None:
    """Of what costs a supplier points, name what fell most: "No login for 9 days".

    Parameters
    ----------
    row : mapping
        As of `reason_of`.
    then : mapping
        The points of each measure before.
    scorecard : Scorecard
        The one that `row` was made with.

    Returns
    -------
    str or None
        What costs most where nothing fell; None where nothing costs a point.
    """
    drivers = explain_score(row, scorecard, most=len(MEASURES))
    changes = change_by_measure(row, then)
    # A measure can also fall because another got data and takes its share: that is no reason.
    fallen = min(drivers, key=lambda one: min(changes[one.measure], Decimal(0)), default=None)
    return _fact_of(fallen) if fallen else None


def reason_of_recovery(row: Mapping[str, Any], then: Mapping[str, Any]) -> str | None:
    """Name the measure that regained the most points: "Login recency +30".

    `row`, `then`: the points of each measure now and before. None where no measure gained.
    """
    changes = change_by_measure(row, then)
    best = max(MEASURES, key=lambda name: changes[name])
    if changes[best] <= 0:
        return None
    return f"{WORDS[best]} +{str(changes[best]).removesuffix('.0')}"


def _fact_of(driver: Driver) -> str:
    if driver.fact == NO_DATA:
        return f"{driver.words}: {NO_DATA}"
    return driver.fact[:1].upper() + driver.fact[1:]


def causes_in_words(
    cause: Mapping[str, Any] | None,
    titles: Mapping[str, str],
    names: Mapping[str, str],
    today: date | None = None,
) -> tuple[str, ...]:
    """Say why an intervention was planned, one line for each reason, the newest first.

    Parameters
    ----------
    cause : mapping or None
        As `interventions.cause` keeps it: `reasons`, each with a playbook or who asked, the
        drivers of the score, a note.
    titles : mapping
        Playbook -> its title.
    names : mapping
        Person's id -> name.
    today : date, optional
        Given, a reason of an earlier day says which: what it saw may be otherwise by now.

    Returns
    -------
    tuple of str
        "Silent after set-up: no login for 9 days, as of 16 Nov", "Asked for by Ada: wants to be
        called back".
    """
    reasons = (cause or {}).get("reasons") or []
    # Of one day they stay in their order: the first one is why the call was planned.
    newest_first = sorted(reasons, key=lambda reason: reason.get("on") or "", reverse=True)
    return tuple(dict.fromkeys(_in_words(one, titles, names, today) for one in newest_first))


def _in_words(
    reason: Mapping[str, Any],
    titles: Mapping[str, str],
    names: Mapping[str, str],
    today: date | None,
) -> str:
    playbook, day = reason.get("playbook"), _day_of(reason, today)
    if playbook is not None:
        start = titles.get(playbook) or _spoken(playbook)
        facts = [driver["fact"] for driver in reason.get("drivers") or []]
        known = f": {facts[0]}" if facts and facts[0] != NO_DATA else ""
        return f"{start}{known}{f', as of {day}' if day else ''}"
    when = f" on {day}" if day else ""
    if reason.get("milestone"):
        return f"Milestone: {milestone_title(reason['milestone'])}{when}"
    name = names.get(str(reason.get("requested_by")))
    start = f"Asked for by {name}" if name else "Asked for by hand"
    return f"{start}{when}: {reason['note']}" if reason.get("note") else f"{start}{when}"


def _day_of(reason: Mapping[str, Any], today: date | None) -> str:
    """Write a reason's day, of another year with the year; nothing for today."""
    day = date.fromisoformat(reason["on"]) if reason.get("on") else None
    if day is None or today is None or day >= today:
        return ""
    return f"{day.day} {day:%b}{'' if day.year == today.year else f' {day.year}'}"


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()
