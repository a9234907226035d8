"""What differs between two scorecards, in words."""

import copy
from typing import Any

import pytest

from cs_core.score.scorecard_wording import scorecard_changes, windows_of
from tests.support.defaults import DEFAULT_SCORECARD

DEFAULT = DEFAULT_SCORECARD.to_dict()


def changed(*path_and_value: Any) -> dict[str, Any]:
    definition = copy.deepcopy(DEFAULT)
    *path, last, value = path_and_value
    part = definition
    for key in path:
        part = part[key]
    part[last] = value
    return definition


def test_the_same_scorecard_changes_nothing() -> None:
    assert scorecard_changes(DEFAULT, copy.deepcopy(DEFAULT)) == []


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (
            changed("measures", "feature_adoption", "weight", 30),
            "Feature adoption: 30 points instead of 25",
        ),
        (
            changed("measures", "client_activity", "window_days", 1),
            "Client activity: looks back 1 day instead of 30 days",
        ),
        (
            changed("measures", "form_completion", "no_data", "zero"),
            "Form completion without data: count as 0 instead of leave out",
        ),
        (
            changed("measures", "login_recency", "steps", [{"under_days": 5, "points": 30}]),
            "Login recency: 30 under 5 days, else 0;"
            " before: 30 under 3 days, 20 under 7 days, 10 under 14 days, else 0",
        ),
        (changed("thresholds", "critical_below", 45.5), "Critical below 45.5 instead of 40"),
        (changed("thresholds", "at_risk_below", 60), "At risk below 60 instead of 70"),
    ],
)
def test_each_part_that_differs_is_said(after: dict[str, Any], words: str) -> None:
    assert scorecard_changes(DEFAULT, after) == [words]


def test_a_stored_scorecard_that_lacks_a_part_can_be_compared_all_the_same() -> None:
    words = scorecard_changes({"measures": {}, "thresholds": {}}, DEFAULT)
    assert "Login recency: 30 points instead of nothing" in words
    assert "Critical below 40 instead of nothing" in words


def test_the_windows_tell_whether_there_is_something_to_measure_again() -> None:
    other = changed("measures", "feature_adoption", "weight", 30)
    assert windows_of(other) == windows_of(DEFAULT)
    other = changed("measures", "feature_adoption", "window_days", 31)
    assert windows_of(other) != windows_of(DEFAULT)
