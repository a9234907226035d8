"""The day a score belongs to."""

import datetime as dt

import pytest

from cs_core.score.day import score_date


@pytest.mark.parametrize(
    ("as_of", "day"),
    [
        ("2026-11-22T23:59:59.999999+00:00", "2026-11-22"),
        ("2026-11-23T00:00:00+00:00", "2026-11-22"),  # the end of a day
        ("2026-11-23T00:00:00.000001+00:00", "2026-11-23"),
        ("2026-11-23T00:30:00+01:00", "2026-11-22"),
        ("2026-11-22T20:00:00-05:00", "2026-11-23"),
    ],
)
def test_a_score_belongs_to_the_utc_day_that_its_last_instant_is_in(as_of: str, day: str) -> None:
    assert score_date(dt.datetime.fromisoformat(as_of)) == dt.date.fromisoformat(day)
