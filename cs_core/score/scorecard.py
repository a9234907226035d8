"""The scorecard: what is measured, what it is worth, where the risk levels begin."""

import math
import reprlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cs_core.base.errors import ScorecardError

RATIO_MEASURES = ("feature_adoption", "client_activity", "form_completion", "journey_performance")
MEASURES = ("login_recency", *RATIO_MEASURES)
NO_DATA_POLICIES = ("zero", "exclude")
LONGEST_WINDOW_DAYS = 365
# Weights written with decimals rarely sum to exactly 100 in binary.
SUM_TOLERANCE_POINTS = 1e-6

Problem = tuple[str, str]


@dataclass(frozen=True)
class LoginStep:
    """Points for a last login less than `under_days` days ago."""

    under_days: float
    points: float


@dataclass(frozen=True)
class LoginRecency:
    """The measure scored in steps: the longer the gap in days, the fewer points."""

    weight: float
    steps: tuple[LoginStep, ...]
    no_data: str

    @property
    def excludes_no_data(self) -> bool:
        """Whether a supplier without data is scored on the other measures alone."""
        return self.no_data == "exclude"


@dataclass(frozen=True)
class RatioMeasure:
    """A measure scored as `weight` points times a ratio over the last `window_days` days."""

    weight: float
    window_days: int
    no_data: str

    @property
    def excludes_no_data(self) -> bool:
        """Whether a supplier without data is scored on the other measures alone."""
        return self.no_data == "exclude"


@dataclass(frozen=True)
class Scorecard:
    """Measures, their weights in points (100 in all) and the thresholds between risk levels.

    Build one with `from_dict`, which checks it.
    """

    version: int
    login_recency: LoginRecency
    feature_adoption: RatioMeasure
    client_activity: RatioMeasure
    form_completion: RatioMeasure
    journey_performance: RatioMeasure
    critical_below: float
    at_risk_below: float

    def measure(self, name: str) -> LoginRecency | RatioMeasure:
        """Return one measure by its name in `MEASURES`."""
        measure: LoginRecency | RatioMeasure = getattr(self, name)
        return measure

    @classmethod
    def from_dict(cls, data: Any, version: int) -> "Scorecard":
        """Check a scorecard as it is stored and edited (JSON), and build it.

        Parameters
        ----------
        data : mapping
            `measures` (weight in points; `steps` or `window_days` in days; `no_data` policy)
            and `thresholds` (points).
        version : int
            The number stored scores name it by.

        Returns
        -------
        Scorecard

        Raises
        ------
        ScorecardError
            If anything is missing, unknown or out of range. Its `problems` lists all of them
            as (field path, what to do).
        """
        problems = list(_problems(data))
        if problems:
            raise ScorecardError(*problems)
        measures, thresholds = data["measures"], data["thresholds"]
        login = measures["login_recency"]
        return cls(
            version=version,
            login_recency=LoginRecency(
                login["weight"],
                tuple(LoginStep(step["under_days"], step["points"]) for step in login["steps"]),
                login["no_data"],
            ),
            **{name: RatioMeasure(**measures[name]) for name in RATIO_MEASURES},
            critical_below=thresholds["critical_below"],
            at_risk_below=thresholds["at_risk_below"],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape `from_dict` reads; the version is kept beside it, not in it."""
        login = self.login_recency
        measures: dict[str, Any] = {
            "login_recency": {
                "weight": login.weight,
                "steps": [{"under_days": s.under_days, "points": s.points} for s in login.steps],
                "no_data": login.no_data,
            }
        }
        for name in RATIO_MEASURES:
            ratio: RatioMeasure = getattr(self, name)
            measures[name] = {
                "weight": ratio.weight,
                "window_days": ratio.window_days,
                "no_data": ratio.no_data,
            }
        return {
            "measures": measures,
            "thresholds": {
                "critical_below": self.critical_below,
                "at_risk_below": self.at_risk_below,
            },
        }


def _problems(data: Any) -> Iterator[Problem]:
    """Check everything there is; a part that is missing is named once and not looked into."""
    keys = yield from _check_keys("scorecard", data, ("measures", "thresholds"))
    if "measures" in keys:
        measures = data["measures"]
        names = yield from _check_keys("measures", measures, MEASURES)
        for name in MEASURES:
            if name in names:
                yield from _check_measure(name, measures[name])
        yield from _check_sum(measures, names)
    if "thresholds" in keys:
        yield from _check_thresholds(data["thresholds"])


def _check_keys(
    path: str, data: Any, expected: tuple[str, ...]
) -> Generator[Problem, None, frozenset[str]]:
    """Name missing and unknown keys; return the expected ones that are there."""
    if not isinstance(data, Mapping):
        yield path, f"must be an object with {', '.join(expected)}, not {reprlib.repr(data)}"
        return frozenset()
    # The whole scorecard has no name inside itself: its keys are paths already.
    prefix = "" if path == "scorecard" else f"{path}."
    for key in expected:
        if key not in data:
            yield f"{prefix}{key}", "is missing; add it"
    for key in data:
        if key not in expected:
            yield f"{prefix}{key}", f"is not known; remove it (known: {', '.join(expected)})"
    return frozenset(expected).intersection(data)


def _check_measure(name: str, data: Any) -> Iterator[Problem]:
    path = f"measures.{name}"
    own_key = "steps" if name == "login_recency" else "window_days"
    keys = yield from _check_keys(path, data, ("weight", own_key, "no_data"))
    if "weight" in keys and not _is_points(data["weight"]):
        yield f"{path}.weight", _must("be a number from 0 to 100", data["weight"])
    if "window_days" in keys and not _is_window(data["window_days"]):
        whole = f"be a whole number from 1 to {LONGEST_WINDOW_DAYS}"
        yield f"{path}.window_days", _must(whole, data["window_days"])
    if "no_data" in keys and data["no_data"] not in NO_DATA_POLICIES:
        yield f"{path}.no_data", _must("be zero or exclude", data["no_data"])
    if "steps" in keys:
        yield from _check_steps(f"{path}.steps", data["steps"], data.get("weight"))


def _check_steps(path: str, steps: Any, weight: Any) -> Iterator[Problem]:
    """Check that a longer gap never earns more, and that the shortest earns the weight."""
    if not isinstance(steps, list | tuple) or not steps:
        yield path, _must("be a list of at least one step (under_days, points)", steps)
        return
    days_before: float = 0
    points_before: float | None = None
    for index, step in enumerate(steps):
        at = f"{path}[{index}]"
        keys = yield from _check_keys(at, step, ("under_days", "points"))
        if "under_days" in keys:
            days = step["under_days"]
            if not _is_number(days) or days <= days_before:
                yield f"{at}.under_days", _must(f"be a number above {days_before}", days)
            else:
                days_before = days
        if "points" in keys:
            points = step["points"]
            if not _is_points(points):
                yield f"{at}.points", _must("be a number from 0 to 100", points)
                continue
            if points_before is not None and points > points_before:
                yield f"{at}.points", _must(f"be at most {points_before}", points)
            if index == 0 and _is_points(weight) and points != weight:
                yield f"{at}.points", _must(f"equal the measure's weight, {weight}", points)
            points_before = points


def _check_sum(measures: Any, names: frozenset[str]) -> Iterator[Problem]:
    """Check the sum of the weights, once all of them are there to be summed."""
    parts = [measures[name] for name in names]
    weights: list[Any] = [part.get("weight") for part in parts if isinstance(part, Mapping)]
    if len(weights) < len(MEASURES) or not all(map(_is_points, weights)):
        return
    total = math.fsum(weights)
    if abs(total - 100) > SUM_TOLERANCE_POINTS:
        yield "measures", f"must have weights that sum to 100, not {total:.10g}; change the weights"


def _check_thresholds(data: Any) -> Iterator[Problem]:
    keys = yield from _check_keys("thresholds", data, ("critical_below", "at_risk_below"))
    bad = [key for key in sorted(keys) if not (_is_points(data[key]) and data[key] > 0)]
    for key in bad:
        yield f"thresholds.{key}", _must("be a number above 0, at most 100", data[key])
    if len(keys) == 2 and not bad and data["critical_below"] >= data["at_risk_below"]:
        ceiling = f"be below at_risk_below, {data['at_risk_below']}"
        yield "thresholds.critical_below", _must(ceiling, data["critical_below"])


def _must(rule: str, value: object) -> str:
    return f"must {rule}, not {reprlib.repr(value)}"


def _is_number(value: Any) -> bool:
    """Tell a finite number from everything else JSON and Python would let pass as one."""
    # bool is an int to Python; the comparison also refuses NaN, infinity and overflow.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e9


def _is_points(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 100


def _is_window(value: Any) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and 1 <= value <= LONGEST_WINDOW_DAYS
