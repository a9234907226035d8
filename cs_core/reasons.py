"""Why a supplier is where it is, and why it is contacted, in a few words."""

from collections.abc import Mapping
from typing import Any

from cs_core.drivers import explain_score
from cs_core.milestones import milestone_title
from cs_core.scorecard import Scorecard

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
    for driver in explain_score(row, scorecard):
        if driver.fact == NO_DATA:
            return f"{driver.words}: {NO_DATA}"
        return driver.fact[:1].upper() + driver.fact[1:]
    return None


def causes_in_words(
    cause: Mapping[str, Any] | None, titles: Mapping[str, str], names: Mapping[str, str]
) -> tuple[str, ...]:
    """Say why an intervention was planned, one line for each reason.

    Parameters
    ----------
    cause : mapping or None
        As `interventions.cause` keeps it: `reasons`, each with a playbook or who asked, the
        drivers of the score, a note.
    titles : mapping
        Playbook -> its title.
    names : mapping
        Person's id -> name.

    Returns
    -------
    tuple of str
        "Silent after set-up: no login for 9 days", "Asked for by Ada: wants to be called back".
    """
    reasons = (cause or {}).get("reasons") or []
    return tuple(dict.fromkeys(_in_words(reason, titles, names) for reason in reasons))


def _in_words(
    reason: Mapping[str, Any], titles: Mapping[str, str], names: Mapping[str, str]
) -> str:
    playbook = reason.get("playbook")
    if playbook is not None:
        start = titles.get(playbook) or _spoken(playbook)
        facts = [driver["fact"] for driver in reason.get("drivers") or []]
        end = facts[0] if facts else ""
    elif reason.get("milestone"):
        start, end = f"Milestone: {milestone_title(reason['milestone'])}", ""
    else:
        name = names.get(str(reason.get("requested_by")))
        start = f"Asked for by {name}" if name else "Asked for by hand"
        end = reason.get("note") or ""
    return f"{start}: {end}" if end else start


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()
