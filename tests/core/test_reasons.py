"""Why a supplier is where it is, and why it is contacted, in words."""

from cs_core.reasons import causes_in_words, reason_of
from cs_core.scorecard import DEFAULT_SCORECARD
from tests.core.test_score_change import points, row_of

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
