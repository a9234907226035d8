"""Why a supplier is where it is, and why it is contacted, in words."""

from datetime import date
from typing import Any

import pytest

from cs_core.outreach.reasons import causes_in_words, reason_of, reason_of_drop, reason_of_recovery
from tests.core.score.test_change import points, row_of
from tests.support.defaults import DEFAULT_SCORECARD

FACTS = {"features_used": 3, "features_core": 6, "clients_active": 1, "clients_known": 4}


def test_the_measure_that_costs_most_is_the_reason() -> None:
    row = row_of(points(10, 12.5, 6.25, None, None), 9.0, **FACTS)
    assert reason_of(row, DEFAULT_SCORECARD) == "No login for 9 days"
    row = row_of(points(30, 25, 6.25, None, None), 0.5, **FACTS)
    assert reason_of(row, DEFAULT_SCORECARD) == "1 of 4 clients active in the last 30 days"


def test_a_measure_without_data_is_named() -> None:
    row = row_of(points(30, 25, 0, None, None), 0.5)
    assert reason_of(row, DEFAULT_SCORECARD) == "Client activity: no data yet"


def test_a_full_score_has_no_reason() -> None:
    assert reason_of(row_of(points(37.5, 31.25, 31.25, None, None)), DEFAULT_SCORECARD) is None


def test_the_cause_of_a_call_is_the_playbook_and_what_it_saw() -> None:
    cause = {
        "reasons": [
            {"playbook": "silent", "drivers": [{"fact": "no login for 9 days"}, {"fact": "x"}]},
            {"playbook": "unknown_by_now"},
            {"requested_by": "a", "note": "Asked for a call back"},
            {"requested_by": "gone"},
            {"milestone": "ten_clients"},
            {"playbook": "unknown_by_now"},
        ]
    }
    assert causes_in_words(cause, {"silent": "Silent after set-up"}, {"a": "Ada"}) == (
        "Silent after set-up: no login for 9 days",
        "Unknown by now",
        "Asked for by Ada: Asked for a call back",
        "Asked for by hand",
        "Milestone: Ten clients",
    )
    assert causes_in_words(None, {}, {}) == ()


# ============ what moved a score ============


def test_a_drop_is_explained_by_what_fell_most_not_by_what_costs_most() -> None:
    now = row_of(points(20, 25, 6.25, None, None), 9.0, **FACTS)
    assert reason_of(now, DEFAULT_SCORECARD) == "1 of 4 clients active in the last 30 days"
    then = points_before(37.5, 25, 8, None, None)
    assert reason_of_drop(now, then, DEFAULT_SCORECARD) == "No login for 9 days"


def test_what_fell_only_because_another_measure_takes_its_share_is_no_reason_of_a_drop() -> None:
    now = row_of(points(30 / 0.9, 20, 6.25, 0, None), 0.5, **FACTS)
    then = points_before(37.5, 21, 8, None, None)
    told = reason_of_drop(now, then, DEFAULT_SCORECARD)
    assert told == "1 of 4 clients active in the last 30 days"


def test_the_fourth_largest_loss_can_be_what_fell_most() -> None:
    now = row_of(points(0, 0, 0, 2, 10), 40.0, forms_sent=5, forms_completed=1, **FACTS)
    then = points_before(0, 0, 0, 10, 10)
    told = reason_of_drop(now, then, DEFAULT_SCORECARD)
    assert told == "1 of 5 forms sent in the last 90 days completed"


def test_where_nothing_fell_what_costs_most_is_the_reason_and_nothing_where_nothing_costs() -> None:
    now = row_of(points(10, 12.5, 6.25, None, None), 9.0, **FACTS)
    assert reason_of_drop(now, now, DEFAULT_SCORECARD) == "No login for 9 days"
    full = row_of(points(37.5, 31.25, 31.25, None, None))
    assert reason_of_drop(full, full, DEFAULT_SCORECARD) is None


def test_a_recovery_is_explained_by_what_regained_most() -> None:
    now = points_before(30, 12.5, 6.25, None, None)
    then = points_before(0, 10, None, None, None)
    assert reason_of_recovery(now, then) == "Login recency +30"
    assert reason_of_recovery(points_before(0, 12.5, 0, 0, 0), then) == "Feature adoption +2.5"
    assert reason_of_recovery(then, now) is None


def points_before(*values: float | None) -> dict[str, Any]:
    return {f"{name}_points": value for name, value in points(*values).items()}


# ============ causes of another day ============

TITLES = {"silent": "Silent after set-up", "no_clients": "No clients yet"}
TODAY = date(2026, 11, 23)


def silent(days: int, on: str) -> dict[str, Any]:
    return {"playbook": "silent", "drivers": [{"fact": f"no login for {days} days"}], "on": on}


def test_the_newest_cause_comes_first_and_one_of_another_day_says_which() -> None:
    reasons = [silent(7, "2026-11-16"), silent(5, "2025-11-14"), silent(14, "2026-11-23")]
    assert causes_in_words({"reasons": reasons}, TITLES, {}, TODAY) == (
        "Silent after set-up: no login for 14 days",
        "Silent after set-up: no login for 7 days, as of 16 Nov",
        "Silent after set-up: no login for 5 days, as of 14 Nov 2025",
    )


def test_causes_of_one_day_keep_their_order() -> None:
    reasons = [{"playbook": name, "on": "2026-11-23"} for name in ("silent", "no_clients")]
    assert causes_in_words({"reasons": reasons}, TITLES, {}, TODAY) == tuple(TITLES.values())


def test_what_was_asked_for_and_what_was_reached_say_on_which_day() -> None:
    on = {"on": "2026-11-16"}
    reasons = [{"requested_by": "a", "note": "Rings back"} | on, {"milestone": "ten_clients"} | on]
    assert causes_in_words({"reasons": reasons}, {}, {"a": "Ada"}, TODAY) == (
        "Asked for by Ada on 16 Nov: Rings back",
        "Milestone: Ten clients on 16 Nov",
    )


def test_without_a_day_to_compare_with_causes_are_undated() -> None:
    told = causes_in_words({"reasons": [silent(7, "2026-11-16")]}, TITLES, {})
    assert told == ("Silent after set-up: no login for 7 days",)


@pytest.mark.parametrize(
    ("on", "words"),
    [("2026-11-23", "No clients yet"), ("2026-11-16", "No clients yet, as of 16 Nov")],
)
def test_that_there_is_no_data_yet_says_nothing_about_a_playbook(on: str, words: str) -> None:
    reason = {"playbook": "no_clients", "drivers": [{"fact": "no data yet"}], "on": on}
    assert causes_in_words({"reasons": [reason]}, TITLES, {}, TODAY) == (words,)
