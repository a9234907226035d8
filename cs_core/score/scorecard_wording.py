"""What differs between two scorecards, in words."""

from collections.abc import Iterator
from typing import Any

from cs_core.base.definitions import Definition
from cs_core.score.drivers import WORDS
from cs_core.score.scorecard import MEASURES, RATIO_MEASURES

THRESHOLDS = {"critical_below": "Critical", "at_risk_below": "At risk"}
POLICIES = {"zero": "count as 0", "exclude": "leave out"}


def scorecard_changes(before: Definition, after: Definition) -> list[str]:
    """Say what one scorecard changes against another.

    Parameters
    ----------
    before, after : mapping
        As stored (`Scorecard.to_dict`); a part that one of them lacks counts as nothing.

    Returns
    -------
    list of str
        A sentence each: "Feature adoption: 30 points instead of 25". Nothing where they are
        the same.
    """
    return [
        *_measure_changes(before.get("measures", {}), after.get("measures", {})),
        *_threshold_changes(before.get("thresholds", {}), after.get("thresholds", {})),
    ]


def windows_of(definition: Definition) -> dict[str, Any]:
    """Return the days of each window: what is measured depends on these, and on nothing else."""
    measures = definition["measures"]
    return {name: measures[name]["window_days"] for name in RATIO_MEASURES}


def steps_in_words(steps: Any) -> str:
    """Say what the steps give: "30 under 3 days, 20 under 7 days, else 0"."""
    parts = [
        f"{_number(step.get('points'))} under {_days(step.get('under_days'))}" for step in steps
    ]
    return f"{', '.join(parts)}, else 0"


def _measure_changes(before: Definition, after: Definition) -> Iterator[str]:
    for name in MEASURES:
        old, new = before.get(name, {}), after.get(name, {})
        words = WORDS[name]
        if old.get("weight") != new.get("weight"):
            was = _number(old.get("weight"))
            yield f"{words}: {_number(new.get('weight'))} points instead of {was}"
        if old.get("window_days") != new.get("window_days"):
            now, was = (_days(side.get("window_days")) for side in (new, old))
            yield f"{words}: looks back {now} instead of {was}"
        if old.get("steps", ()) != new.get("steps", ()):
            now, was = (steps_in_words(side.get("steps", ())) for side in (new, old))
            yield f"{words}: {now}; before: {was}"
        if old.get("no_data") != new.get("no_data"):
            now, was = (
                POLICIES.get(side.get("no_data", ""), "nothing said") for side in (new, old)
            )
            yield f"{words} without data: {now} instead of {was}"


def _threshold_changes(before: Definition, after: Definition) -> Iterator[str]:
    for name, words in THRESHOLDS.items():
        if before.get(name) != after.get(name):
            now, was = (_number(side.get(name)) for side in (after, before))
            yield f"{words} below {now} instead of {was}"


def _number(value: Any) -> str:
    return "nothing" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _days(value: Any) -> str:
    return f"{_number(value)} {'day' if value == 1 else 'days'}"
