import dataclasses
import json

import pytest

from cs_core.score.drivers import Driver, driver_text, explain_score
from tests.support.defaults import DEFAULT_SCORECARD
from tests.support.scored_suppliers import card, score_one, weighted

NOTHING = {
    "days_since_login": None,
    "features_used": 0,
    "clients_active": 0,
    "clients_known": 0,
    "forms_sent": 0,
    "forms_completed": 0,
    "steps_due": 0,
    "steps_completed": 0,
}


def texts(scorecard=DEFAULT_SCORECARD, **figures):
    """What explains the score of a supplier perfect but for these figures."""
    row = score_one(scorecard, **figures)
    return [driver_text(driver) for driver in explain_score(row, scorecard)]


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ({"days_since_login": 9.9}, "Login recency: 10 of 30 points, no login for 9 days"),
        ({"days_since_login": None}, "Login recency: 0 of 30 points, never logged in"),
        (
            {"features_used": 1},
            "Feature adoption: 4.2 of 25 points, 1 of 6 core features used in the last 30 days",
        ),
        ({"features_core": 0}, "Feature adoption: 0 of 25 points, no data yet"),
        (
            {"clients_active": 3},
            "Client activity: 6.3 of 25 points, 3 of 12 clients active in the last 30 days",
        ),
        (
            {"clients_active": 0, "clients_known": 1},
            "Client activity: 0 of 25 points, 0 of 1 client active in the last 30 days",
        ),
        (
            {"forms_completed": 0},
            "Form completion: 0 of 10 points, 0 of 9 forms sent in the last 90 days completed",
        ),
        (
            {"steps_completed": 4},
            "Journey performance: 5 of 10 points, 4 of 8 journey steps due in the last 90 days "
            "completed",
        ),
    ],
)
def test_a_measure_that_costs_points_is_named_with_what_happened(figures, text):
    assert texts(**figures) == [text]


def test_a_perfect_supplier_has_nothing_to_explain():
    assert texts() == []


def test_the_largest_loss_comes_first_and_three_are_shown():
    found = texts(days_since_login=4, features_used=0, clients_active=6, forms_completed=0)
    assert [text.split(":")[0] for text in found] == [
        "Feature adoption",
        "Client activity",
        "Login recency",
    ]


def test_equal_losses_come_in_the_order_of_the_measures():
    found = texts(features_used=0, clients_active=0, forms_completed=0, steps_completed=0)
    assert [text.split(":")[0] for text in found] == [
        "Feature adoption",
        "Client activity",
        "Form completion",
    ]


@pytest.mark.parametrize(("completed", "named"), [(900, True), (901, False), (899, True)])
def test_a_loss_of_less_than_a_point_is_not_named(completed, named):
    assert bool(texts(forms_sent=1000, forms_completed=completed)) == named


def test_a_measure_left_out_is_not_named_and_the_others_are_rescaled():
    found = texts(days_since_login=4, forms_sent=0, forms_completed=0)
    assert found == ["Login recency: 22.2 of 33.3 points, no login for 4 days"]


def test_points_and_possible_points_of_all_measures_kept_are_of_100():
    row = score_one(**NOTHING | {"features_core": 6})
    drivers = explain_score(row, DEFAULT_SCORECARD)
    assert sum(driver.possible_points for driver in drivers) == pytest.approx(100)


def test_with_every_measure_left_out_nothing_can_be_said():
    scorecard = weighted(20, 20, 20, 20, 20, no_data="exclude")
    assert texts(scorecard, **NOTHING | {"features_core": 0}) == []


def test_a_measure_of_no_weight_is_not_named():
    scorecard = weighted(50, 50, 0, 0, 0)
    assert texts(scorecard, clients_active=0) == []


def test_the_windows_are_those_of_the_scorecard():
    scorecard = card(feature_adoption={"window_days": 1})
    assert texts(scorecard, features_used=0) == [
        "Feature adoption: 0 of 25 points, 0 of 6 core features used in the last day"
    ]


@pytest.mark.parametrize(
    ("days", "fact"),
    [
        (-1, "last login less than a day ago"),
        (0.99, "last login less than a day ago"),
        (1, "no login for 1 day"),
        (1.99, "no login for 1 day"),
        (2, "no login for 2 days"),
    ],
)
def test_the_gap_since_the_last_login_in_words(days, fact):
    row = score_one() | {"login_recency_points": 0.0, "days_since_login": days}
    assert explain_score(row, DEFAULT_SCORECARD)[0].fact == fact


def test_more_used_than_counted_does_not_read_as_a_mistake():
    row = score_one(features_used=9) | {"feature_adoption_points": 0.0}
    assert explain_score(row, DEFAULT_SCORECARD)[0].fact == (
        "6 of 6 core features used in the last 30 days"
    )


def test_a_driver_is_stored_as_json():
    driver = explain_score(score_one(days_since_login=9), DEFAULT_SCORECARD)[0]
    stored = json.loads(json.dumps(driver.to_dict()))
    assert stored == {
        "measure": "login_recency",
        "words": "Login recency",
        "points": 10.0,
        "possible_points": 30.0,
        "fact": "no login for 9 days",
    }
    assert Driver(**stored) == driver
    assert dataclasses.is_dataclass(driver)
    assert driver_text(Driver(**stored | {"possible_points": 1.0, "points": 0.0})) == (
        "Login recency: 0 of 1 point, no login for 9 days"
    )
