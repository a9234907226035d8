"""A demo world ends on a morning that is over, whenever it is made."""

import datetime as dt

import pytest

from embedded.mornings import last_morning


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-23T00:00:00+00:00", "2026-11-22"),
        ("2026-11-23T05:59:59+00:00", "2026-11-22"),
        ("2026-11-23T06:00:00+00:00", "2026-11-23"),
        ("2026-11-23T23:59:59+00:00", "2026-11-23"),
        ("2026-11-23T01:00:00+02:00", "2026-11-22"),
    ],
)
def test_the_last_morning_is_todays_only_after_six(now: str, day: str) -> None:
    assert last_morning(dt.datetime.fromisoformat(now)) == dt.date.fromisoformat(day)
