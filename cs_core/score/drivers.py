"""Why a health score is what it is: the measures that cost a supplier the most points."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cs_core.score.scorecard import MEASURES, Scorecard
from cs_core.score.scoring import COUNTS, DUST

SHOWN = 3
# The score is whole: less than a point lost explains nothing.
LEAST_LOSS_POINTS = 1.0

WORDS = {
    "login_recency": "Login recency",
    "feature_adoption": "Feature adoption",
    "client_activity": "Client activity",
    "form_completion": "Form completion",
    "journey_performance": "Journey performance",
}
# Measure: what "3 of 12" counts, one and many, and what follows "in the last 30 days".
_COUNTED = {
    "feature_adoption": ("core feature used", "core features used", ""),
    "client_activity": ("client active", "clients active", ""),
    "form_completion": ("form sent", "forms sent", " completed"),
    "journey_performance": ("journey step due", "journey steps due", " completed"),
}


@dataclass(frozen=True)
class Driver:
    """A measure that explains a score: what it gave, what it could have given, and why.

    `points` and `possible_points` are of 100, after rescaling for measures left out.
    """

    measure: str
    words: str
    points: float
    possible_points: float
    fact: str

    def to_dict(self) -> dict[str, Any]:
        """Return the driver as it is stored (JSON)."""
        return asdict(self)


def explain_score(row: Mapping[str, Any], scorecard: Scorecard, most: int = SHOWN) -> list[Driver]:
    """Name the measures that cost a supplier the most points.

    Parameters
    ----------
    row : mapping
        One supplier's score: the points of each measure (null = left out), the counts, and
        `days_since_login` (days, null = never logged in).
    scorecard : Scorecard
        The one it was scored on.
    most : int
        How many at most.

    Returns
    -------
    list of Driver
        The largest loss first, ties in the order of the measures; only losses
        of a point or more.
    """
    earned = {name: _known(row[f"{name}_points"]) for name in MEASURES}
    weights = {
        name: scorecard.measure(name).weight for name in MEASURES if earned[name] is not None
    }
    kept = math.fsum(weights.values())
    drivers = [
        Driver(
            name,
            WORDS[name],
            earned[name] or 0.0,
            weight * 100 / kept,
            state_fact(name, row, scorecard),
        )
        for name, weight in weights.items()
        if weight > 0
    ]
    losses = {driver: driver.possible_points - driver.points for driver in drivers}
    worth_naming = [driver for driver in drivers if losses[driver] >= LEAST_LOSS_POINTS - DUST]
    # Rounded, so that float dust breaks no tie: sorting keeps the order of ties.
    return sorted(worth_naming, key=lambda driver: -round(losses[driver], 6))[:most]


def driver_text(driver: Driver) -> str:
    """Write a driver in one line: "Login recency: 10 of 30 points, no login for 9 days"."""
    points, possible = _short(driver.points), _short(driver.possible_points)
    unit = "point" if possible == "1" else "points"
    return f"{driver.words}: {points} of {possible} {unit}, {driver.fact}"


def state_fact(measure: str, row: Mapping[str, Any], scorecard: Scorecard) -> str:
    """Say what a measure saw: "no login for 9 days", "2 of 9 forms sent in the last 90 days"."""
    if measure == "login_recency":
        return _login_fact(_known(row["days_since_login"]))
    part, whole = (row[name] for name in COUNTS[measure])
    if not whole:
        return "no data yet"
    one, many, end = _COUNTED[measure]
    days = getattr(scorecard, measure).window_days
    window = "in the last day" if days == 1 else f"in the last {days} days"
    # More used than counted would read as a mistake; the ratio is clipped too.
    return f"{min(part, whole):.0f} of {whole:.0f} {one if whole == 1 else many} {window}{end}"


def _login_fact(days: float | None) -> str:
    if days is None:
        return "never logged in"
    whole = max(0, math.floor(days))
    if whole == 0:
        return "last login less than a day ago"
    return f"no login for {whole} day{'' if whole == 1 else 's'}"


def _known(value: Any) -> float | None:
    return None if value is None else float(value)


def _short(points: float) -> str:
    """Write points with a decimal only where there is one."""
    return f"{points + DUST:.1f}".removesuffix(".0")
