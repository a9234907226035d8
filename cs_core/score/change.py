"""Where a change of a health score comes from, measure by measure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cs_core.score.drivers import WORDS, state_fact
from cs_core.score.scorecard import MEASURES, Scorecard

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class MeasureChange:
    """One measure's part of a change, in points of 100 to one decimal.

    `then` or `now` is None where the measure was left out for lack of data; it counts as 0.
    `then + change == now`, exactly. `fact_then` and `fact_now` say what the measure saw.
    """

    measure: str
    words: str
    then: Decimal | None
    now: Decimal | None
    change: Decimal
    fact_then: str
    fact_now: str


@dataclass(frozen=True)
class ScoreChange:
    """A change of a whole score: the measures' changes and `rounding` sum to `change`, exactly.

    `rounding` is what cutting the scores down to whole numbers makes, mostly less than a point.
    `is_other_scorecard`: the two scores were made by different rules.
    """

    then: int
    now: int
    change: int
    measures: tuple[MeasureChange, ...]
    rounding: Decimal
    is_other_scorecard: bool

    @property
    def moved(self) -> tuple[MeasureChange, ...]:
        """The measures that changed, the largest change first."""
        changed = [part for part in self.measures if part.change]
        return tuple(sorted(changed, key=lambda part: -abs(part.change)))


def explain_change(
    now_row: Mapping[str, Any],
    then_row: Mapping[str, Any],
    now_scorecard: Scorecard,
    then_scorecard: Scorecard | None = None,
) -> ScoreChange:
    """Split the change between two scores of a supplier into its measures.

    Parameters
    ----------
    now_row, then_row : mapping
        Two scores: `health_score`, the points of each measure (null = left out), the counts,
        and `days_since_login` (days, null = never). `DayScore.row` and `Supplier360.row` are such.
    now_scorecard : Scorecard
        The one the later score was made with.
    then_scorecard : Scorecard, optional
        That of the earlier one, where it was another.

    Returns
    -------
    ScoreChange
        Every measure in the order of the scorecard, also those without a change.
    """
    earlier_card = then_scorecard or now_scorecard
    measures = tuple(
        _change_of(name, now_row, then_row, now_scorecard, earlier_card) for name in MEASURES
    )
    now, then = int(now_row["health_score"]), int(then_row["health_score"])
    explained = sum((part.change for part in measures), Decimal(0))
    return ScoreChange(
        then=then,
        now=now,
        change=now - then,
        measures=measures,
        rounding=now - then - explained,
        # What was undone is a new version with the old rules.
        is_other_scorecard=replace(earlier_card, version=now_scorecard.version) != now_scorecard,
    )


def change_by_measure(
    now_row: Mapping[str, Any], then_row: Mapping[str, Any]
) -> dict[str, Decimal]:
    """Say by how many points of 100 each measure changed; one without data counts as 0.

    Parameters
    ----------
    now_row, then_row : mapping
        The points of each measure (null = left out) in two scores.
    """

    def points(name: str, row: Mapping[str, Any]) -> Decimal:
        return _in_tenths(row[f"{name}_points"]) or Decimal(0)

    return {name: points(name, now_row) - points(name, then_row) for name in MEASURES}


def _change_of(
    name: str,
    now_row: Mapping[str, Any],
    then_row: Mapping[str, Any],
    now_card: Scorecard,
    then_card: Scorecard,
) -> MeasureChange:
    now, then = (_in_tenths(row[f"{name}_points"]) for row in (now_row, then_row))
    return MeasureChange(
        measure=name,
        words=WORDS[name],
        then=then,
        now=now,
        change=(now or Decimal(0)) - (then or Decimal(0)),
        fact_then=state_fact(name, then_row, then_card),
        fact_now=state_fact(name, now_row, now_card),
    )


def _in_tenths(points: float | None) -> Decimal | None:
    if points is None or points != points:
        return None
    return Decimal(repr(float(points))).quantize(TENTH, ROUND_HALF_UP)
