"""What a change of a score is made of, in a sentence."""

from decimal import Decimal

import pytest

from cs_app.supplier.wording import why_in_words
from cs_core.score.change import MeasureChange, ScoreChange


def change(whole: int, **parts: tuple[str | None, str | None]) -> ScoreChange:
    """A change of a score; of each measure what it gave then and now."""
    measures = []
    for name, (then, now) in parts.items():
        was, is_ = (None if one is None else Decimal(one) for one in (then, now))
        moved = (is_ or Decimal(0)) - (was or Decimal(0))
        words = name.replace("_", " ").capitalize()
        measures.append(MeasureChange(name, words, was, is_, moved, "", ""))
    return ScoreChange(80, 80 + whole, whole, tuple(measures), Decimal(0), False)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            change(-25, login_recency=("30", "5")),
            "It lost 25 points in 7 days, all of them on login recency (30 to 5).",
        ),
        (
            change(-25, login_recency=("30", "10"), form_completion=("10", "5")),
            "It lost 25 points in 7 days, most of them on login recency (30 to 10).",
        ),
        # It alone lost more than the whole score: another gained.
        (
            change(-5, login_recency=("30", "20"), form_completion=("5", "10")),
            "It lost 5 points in 7 days; login recency fell from 30 to 20.",
        ),
        # Half is not most.
        (
            change(-10, login_recency=("30", "25"), form_completion=("10", "5")),
            "It lost 10 points in 7 days; login recency fell from 30 to 25.",
        ),
        (
            change(6, login_recency=("20", "30"), form_completion=("10", "6")),
            "It gained 6 points in 7 days; login recency rose from 20 to 30.",
        ),
    ],
)
def test_what_a_change_is_made_of_is_said_truly(found: ScoreChange, said: str) -> None:
    assert why_in_words([], found).endswith(said)
