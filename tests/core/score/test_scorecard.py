import copy
import dataclasses
import json

import pytest

from cs_core.base.errors import ScorecardError
from cs_core.score.scorecard import Scorecard
from tests.support.defaults import DEFAULT_SCORECARD

DATA = {
    "measures": {
        "login_recency": {
            "weight": 30,
            "steps": [
                {"under_days": 3, "points": 30},
                {"under_days": 7, "points": 20},
                {"under_days": 14, "points": 10},
            ],
            "no_data": "zero",
        },
        "feature_adoption": {"weight": 25, "window_days": 30, "no_data": "zero"},
        "client_activity": {"weight": 25, "window_days": 30, "no_data": "zero"},
        "form_completion": {"weight": 10, "window_days": 90, "no_data": "exclude"},
        "journey_performance": {"weight": 10, "window_days": 90, "no_data": "exclude"},
    },
    "thresholds": {"critical_below": 40, "at_risk_below": 70},
}
GONE = object()


def changed(path: str, value: object) -> dict:
    """DATA with one value replaced, or removed."""
    data = copy.deepcopy(DATA)
    *parents, last = [int(p) if p.isdigit() else p for p in path.split("/")]
    part = data
    for parent in parents:
        part = part[parent]
    if value is GONE:
        del part[last]
    else:
        part[last] = value
    return data


def problems(data: object) -> dict[str, str]:
    with pytest.raises(ScorecardError) as caught:
        Scorecard.from_dict(data, version=2)
    return dict(caught.value.problems)


def test_the_default_is_the_table_of_the_design():
    assert DEFAULT_SCORECARD.to_dict() == DATA
    assert Scorecard.from_dict(DATA, version=1) == DEFAULT_SCORECARD


def test_a_scorecard_survives_json():
    again = Scorecard.from_dict(json.loads(json.dumps(DEFAULT_SCORECARD.to_dict())), version=1)
    assert again == DEFAULT_SCORECARD
    assert hash(again) == hash(DEFAULT_SCORECARD)


def test_a_scorecard_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT_SCORECARD.critical_below = 1


def test_fractional_weights_that_sum_to_100_in_decimal_are_accepted():
    data = copy.deepcopy(DATA)
    weights = (33.3, 33.3, 33.2, 0.1, 0.1)
    for measure, weight in zip(data["measures"].values(), weights, strict=True):
        measure["weight"] = weight
    data["measures"]["login_recency"]["steps"] = [{"under_days": 0.5, "points": 33.3}]
    assert Scorecard.from_dict(data, version=2).to_dict() == data


def test_a_weight_of_zero_is_accepted():
    data = changed("measures/form_completion/weight", 0)
    data["measures"]["journey_performance"]["weight"] = 20
    assert Scorecard.from_dict(data, version=2).form_completion.weight == 0


@pytest.mark.parametrize("days", [1, 365])
def test_a_window_may_be_as_short_as_a_day_and_as_long_as_a_year(days):
    data = changed("measures/form_completion/window_days", days)
    assert Scorecard.from_dict(data, version=2).form_completion.window_days == days


def test_thresholds_may_reach_100():
    data = changed("thresholds/at_risk_below", 100)
    assert Scorecard.from_dict(data, version=2).at_risk_below == 100


NUMBER = "must be a number from 0 to 100, not "
WHOLE = "must be a whole number from 1 to 365, not "
ABOVE_ZERO = "must be a number above 0, at most 100, not "
STEPS = "measures/login_recency/steps"
ONE_STEP = "must be a list of at least one step (under_days, points), not "


@pytest.mark.parametrize(
    ("path", "value", "field", "problem"),
    [
        ("measures", GONE, "measures", "is missing; add it"),
        ("measures", 5, "measures", "must be an object with login_recency, feature_adoption, "),
        ("measures/client_activity", GONE, "measures.client_activity", "is missing; add it"),
        ("measures/mood", {}, "measures.mood", "is not known; remove it (known: login_recency"),
        ("extra", 1, "extra", "is not known; remove it (known: measures, thresholds)"),
        ("measures/form_completion/weight", GONE, "measures.form_completion.weight", "is missing"),
        ("measures/form_completion/weight", True, None, NUMBER + "True"),
        ("measures/form_completion/weight", "10", None, NUMBER + "'10'"),
        ("measures/form_completion/weight", float("nan"), None, NUMBER + "nan"),
        ("measures/form_completion/weight", float("inf"), None, NUMBER + "inf"),
        ("measures/form_completion/weight", 10**400, None, NUMBER + "1000"),
        ("measures/form_completion/weight", -1, None, NUMBER + "-1"),
        ("measures/form_completion/weight", None, None, NUMBER + "None"),
        (
            "measures/form_completion/weight",
            5,
            "measures",
            "must have weights that sum to 100, not 95; change the weights",
        ),
        (
            "measures/form_completion/weight",
            10.00001,
            "measures",
            "must have weights that sum to 100, not 100.00001; change the weights",
        ),
        ("measures/form_completion/window_days", 0, None, WHOLE + "0"),
        ("measures/form_completion/window_days", 366, None, WHOLE + "366"),
        ("measures/form_completion/window_days", 30.0, None, WHOLE + "30.0"),
        ("measures/form_completion/window_days", True, None, WHOLE + "True"),
        (
            "measures/form_completion/no_data",
            "skip",
            "measures.form_completion.no_data",
            "must be zero or exclude, not 'skip'",
        ),
        ("measures/form_completion/no_data", [], None, "must be zero or exclude, not []"),
        ("measures/login_recency/window_days", 30, None, "is not known; remove it (known: weight"),
        (STEPS, [], None, ONE_STEP + "[]"),
        (STEPS, "3", None, ONE_STEP + "'3'"),
        (f"{STEPS}/1", 7, "measures.login_recency.steps[1]", "must be an object with under_days"),
        (f"{STEPS}/1/points", GONE, "measures.login_recency.steps[1].points", "is missing"),
        (
            f"{STEPS}/0/under_days",
            0,
            "measures.login_recency.steps[0].under_days",
            "must be a number above 0, not 0",
        ),
        (
            f"{STEPS}/1/under_days",
            3,
            "measures.login_recency.steps[1].under_days",
            "must be a number above 3, not 3",
        ),
        (
            f"{STEPS}/1/under_days",
            float("nan"),
            "measures.login_recency.steps[1].under_days",
            "must be a number above 3, not nan",
        ),
        (
            f"{STEPS}/2/points",
            21,
            "measures.login_recency.steps[2].points",
            "must be at most 20, not 21",
        ),
        (f"{STEPS}/2/points", -1, "measures.login_recency.steps[2].points", NUMBER + "-1"),
        (
            f"{STEPS}/0/points",
            29,
            "measures.login_recency.steps[0].points",
            "must equal the measure's weight, 30, not 29",
        ),
        ("thresholds/critical_below", 0, None, ABOVE_ZERO + "0"),
        ("thresholds/at_risk_below", 101, None, ABOVE_ZERO + "101"),
        ("thresholds/at_risk_below", "70", None, ABOVE_ZERO + "'70'"),
        ("thresholds/critical_below", 70, None, "must be below at_risk_below, 70, not 70"),
        ("thresholds/critical_below", GONE, None, "is missing; add it"),
    ],
)
def test_a_bad_value_is_named_with_what_to_do(path, value, field, problem):
    found = problems(changed(path, value))
    field = field or path.replace("/", ".")
    assert list(found) == [field]
    assert found[field].startswith(problem)


@pytest.mark.parametrize("data", [None, [], "card", 3])
def test_what_is_not_an_object_is_refused(data):
    assert problems(data)["scorecard"].startswith("must be an object with measures, thresholds")


def test_all_problems_are_reported_at_once():
    data = changed("measures/form_completion/no_data", "skip")
    data["measures"]["client_activity"]["window_days"] = 0
    data["thresholds"]["at_risk_below"] = 40
    with pytest.raises(ScorecardError) as caught:
        Scorecard.from_dict(data, version=2)
    assert str(caught.value) == (
        "Scorecard: measures.client_activity.window_days must be a whole number from 1 to 365, "
        "not 0; measures.form_completion.no_data must be zero or exclude, not 'skip'; "
        "thresholds.critical_below must be below at_risk_below, 40, not 40."
    )
