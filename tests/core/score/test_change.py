"""Where a change of a score comes from adds up to the change, exactly."""

import math
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cs_core.score.change import explain_change
from cs_core.score.scorecard import MEASURES
from tests.support.defaults import DEFAULT_SCORECARD

COUNTS = (
    "features_used", "features_core", "clients_active", "clients_known",
    "forms_sent", "forms_completed", "steps_due", "steps_completed",
)  # fmt: skip


def row_of(points: dict[str, float | None], days: float | None = 1.0, **counts: int) -> Any:
    total = math.fsum(value or 0 for value in points.values())
    known = dict.fromkeys(COUNTS, 0) | counts
    return (
        {f"{name}_points": points[name] for name in MEASURES}
        | known
        | {"health_score": math.floor(total + 1e-6), "days_since_login": days}
    )


def points(*values: float | None) -> dict[str, float | None]:
    return dict(zip(MEASURES, values, strict=True))


@st.composite
def scores(draw: Any) -> Any:
    """Points of a supplier as scoring makes them: parts of 100, some measures left out."""
    shares = draw(st.lists(st.floats(0, 1), min_size=5, max_size=5))
    weights = [DEFAULT_SCORECARD.measure(name).weight for name in MEASURES]
    left_out = draw(st.sets(st.sampled_from((3, 4))))
    kept = math.fsum(weight for place, weight in enumerate(weights) if place not in left_out)
    return row_of(
        points(
            *(
                None if place in left_out else share * weights[place] * 100 / kept
                for place, share in enumerate(shares)
            )
        )
    )


@given(scores(), scores())
def test_the_parts_add_up_to_the_change(now: Any, then: Any) -> None:
    change = explain_change(now, then, DEFAULT_SCORECARD)
    assert sum((part.change for part in change.measures), change.rounding) == change.change
    assert change.then + change.change == change.now
    for part in change.measures:
        assert (part.then or Decimal(0)) + part.change == (part.now or Decimal(0))
    # Two scores cut down to whole numbers, and five parts rounded to tenths.
    assert abs(change.rounding) < Decimal("1.6")


def test_each_measure_says_what_it_saw_then_and_now() -> None:
    then = row_of(points(30, 12.5, 10, None, None), 1.0, features_used=3, features_core=6)
    now = row_of(points(10, 12.5, 10, None, None), 9.5, features_used=3, features_core=6)
    change = explain_change(now, then, DEFAULT_SCORECARD)
    assert (change.then, change.now, change.change) == (52, 32, -20)
    (moved,) = change.moved
    assert (moved.words, moved.then, moved.now) == ("Login recency", 30, 10)
    assert (moved.fact_then, moved.fact_now) == ("no login for 1 day", "no login for 9 days")
    assert change.rounding == 0
    assert [part.measure for part in change.measures] == list(MEASURES)


def test_the_largest_move_comes_first() -> None:
    then, now = row_of(points(30, 5, 20, 0, 0)), row_of(points(20, 10, 5, 0, 0))
    moved = explain_change(now, then, DEFAULT_SCORECARD).moved
    assert [part.change for part in moved] == [-15, -10, 5]


def test_a_measure_that_comes_in_counts_from_nothing() -> None:
    then, now = row_of(points(30, 25, 25, None, 10)), row_of(points(27, 22, 22, 5, 9))
    part = explain_change(now, then, DEFAULT_SCORECARD).measures[3]
    assert (part.then, part.now, part.change) == (None, 5, 5)


def test_what_cutting_down_makes_is_a_line_of_its_own() -> None:
    then, now = row_of(points(10, 10.9, 0, 0, 0)), row_of(points(10, 10.0, 0, 0, 0))
    change = explain_change(now, then, DEFAULT_SCORECARD)
    assert (change.change, change.rounding) == (0, Decimal("0.9"))


def test_a_score_by_other_rules_is_told() -> None:
    row = row_of(points(10, 10, 0, 0, 0))
    other = replace(DEFAULT_SCORECARD, version=2, critical_below=30)
    assert explain_change(row, row, other, DEFAULT_SCORECARD).is_other_scorecard
    assert not explain_change(row, row, other).is_other_scorecard
    undone = replace(DEFAULT_SCORECARD, version=3)
    assert not explain_change(row, row, undone, DEFAULT_SCORECARD).is_other_scorecard
