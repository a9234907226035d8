"""What conditions mean: every operator and every field, on every kind of frame."""

import pytest

from cs_core.outreach.condition_fields import FIELDS
from cs_core.outreach.conditions import fields_in
from cs_core.outreach.facts import SCORE_COLUMNS, join_facts
from tests.core.outreach.condition_tables import figures, holds, matching
from tests.support.outreach_plans import facts_of, scored, supplier

# Operator: which of 6, 7, 8 and missing (suppliers 0 to 3) fulfil it with 7.
NUMBERS = {
    "is": ["1"],
    "is_not": ["0", "2"],
    "at_least": ["1", "2"],
    "above": ["2"],
    "at_most": ["0", "1"],
    "below": ["0"],
}


@pytest.mark.parametrize("operator", NUMBERS)
def test_an_operator_just_below_at_and_above_its_number_and_without_one(operator):
    frame = figures(6.0, 7.0, 8.0, None)
    entry = {"field": "days_since_sign_up", operator: 7}
    assert matching(frame, [entry]) == NUMBERS[operator]


def test_one_of_and_is_missing():
    frame = figures(6.0, 7.0, 8.0, None)
    field = {"field": "days_since_sign_up"}
    assert matching(frame, [field | {"one_of": [6, 8.0, 9]}]) == ["0", "2"]
    assert matching(frame, [field | {"is_missing": True}]) == ["3"]
    assert matching(frame, [field | {"is_missing": False}]) == ["0", "1", "2"]


def test_a_column_with_nothing_in_it_fulfils_only_is_missing():
    frame = figures(None, None)
    field = {"field": "days_since_sign_up"}
    assert matching(frame, [field | {"at_least": 0}]) == []
    assert matching(frame, [field | {"is_not": 3}]) == []
    assert matching(frame, [field | {"is_missing": True}]) == ["0", "1"]


def test_texts_compare_as_they_are():
    rows = [supplier(supplier_id=t or "none", tier=t) for t in ("gold", "Gold", None)]
    frame = join_facts(scored(rows), facts_of(rows))
    assert matching(frame, [{"field": "tier", "is": "gold"}]) == ["gold"]
    assert matching(frame, [{"field": "tier", "is_not": "gold"}]) == ["Gold"]
    assert matching(frame, [{"field": "tier", "one_of": ["gold", "x"]}]) == ["gold"]
    assert matching(frame, [{"field": "tier", "is_missing": True}]) == ["none"]


def test_truths_are_true_false_or_missing():
    rows = [supplier(supplier_id=str(t), onboarded=t) for t in (True, False, None)]
    frame = join_facts(scored(rows), facts_of(rows))
    assert matching(frame, [{"field": "onboarded", "is": True}]) == ["True"]
    assert matching(frame, [{"field": "onboarded", "is": False}]) == ["False"]
    assert matching(frame, [{"field": "onboarded", "is_not": True}]) == ["False"]
    assert matching(frame, [{"field": "onboarded", "is_missing": True}]) == ["None"]


def test_entries_are_joined_by_and_any_by_or_and_not_turns_around():
    frame = figures(5.0, 6.0, 7.0, None)
    six, seven = ({"field": "days_since_sign_up", "is": n} for n in (6, 7))
    at_least_six = {"field": "days_since_sign_up", "at_least": 6}
    assert matching(frame, [six, seven]) == []
    assert matching(frame, [{"any": [six, seven]}]) == ["1", "2"]
    assert matching(frame, [{"all": [at_least_six, {"not": six}]}]) == ["2"]
    # What is not known to be at least six is not at least six.
    assert matching(frame, [{"not": at_least_six}]) == ["0", "3"]
    nested = [{"not": {"any": [six, {"not": at_least_six}]}}]
    assert matching(frame, nested) == ["2"]


@pytest.mark.parametrize(
    ("given_figures", "field", "value"),
    [
        ({"health_score": 55}, "health_score", 55),
        ({"previous_score": 80, "health_score": 55}, "score_change", -25),
        ({"best_score_7_days": 50, "health_score": 55}, "score_change_7_days", 5),
        ({"days_since_login": 9.5}, "days_since_login", 9.5),
        ({"days_since_login": -1}, "days_since_login", 0),
        ({"days_since_login": 9.5, "days_since_onboarded": 2}, "days_silent", 9.5),
        ({"days_since_login": None, "days_since_onboarded": 2}, "days_silent", 2),
        (
            {"days_since_login": None, "days_since_onboarded": None, "days_since_sign_up": 4},
            "days_silent",
            4,
        ),
        ({"days_since_onboarded": 7}, "days_since_onboarded", 7),
        ({"monthly_revenue": 49.5}, "monthly_revenue", 49.5),
        ({"trial_days_left": 2.5}, "trial_days_left", 2.5),
        ({"features_used": 3}, "features_used", 3),
        ({"features_used": 3}, "feature_adoption_ratio", 0.5),
        ({"clients_active": 3}, "client_activity_ratio", 0.25),
        ({"forms_completed": 3}, "form_completion_ratio", 3 / 9),
        ({"steps_completed": 2}, "journey_performance_ratio", 0.25),
        ({"risk_level": "critical"}, "risk_level", "critical"),
        ({"previous_level": "at_risk"}, "previous_level", "at_risk"),
        ({"status": "trial"}, "status", "trial"),
        ({"category": "florist"}, "category", "florist"),
        ({"opted_out": True}, "opted_out", True),
    ],
)
def test_a_field_is_what_its_words_say(given_figures, field, value):
    assert holds([{"field": field, "is": value}], **given_figures)
    assert not holds([{"field": field, "is_not": value}], **given_figures)


@pytest.mark.parametrize(
    ("field", "gone"),
    [
        ("score_change", {"previous_score": None}),
        ("score_change_7_days", {"best_score_7_days": None}),
        ("days_since_login", {"days_since_login": None}),
        ("trial_days_left", {"trial_days_left": None}),
        ("form_completion_ratio", {"forms_sent": 0, "forms_completed": 0}),
        ("points_since_call", {}),
        (
            "days_silent",
            {"days_since_login": None, "days_since_onboarded": None, "days_since_sign_up": None},
        ),
    ],
)
def test_a_field_is_missing_where_there_is_nothing_to_know(field, gone):
    assert holds([{"field": field, "is_missing": True}], **gone)


def test_points_since_call_count_from_the_lowest_score_a_call_was_planned_at():
    calls = [
        {"supplier_id": "s", "intervention_id": str(score), "playbooks": "|x|", "score": score}
        for score in (40, 30)
    ]
    entry = {"field": "points_since_call", "is": 25}
    assert holds([entry], open_calls=calls, health_score=55)


def test_every_field_has_words_and_a_value_for_a_supplier():
    row = supplier()
    frame = join_facts(scored([row]), facts_of([row]))
    for name, field in FIELDS.items():
        assert field.words[0].isupper(), name
        assert not field.words.endswith("."), name
        assert matching(frame, [{"field": name, "is_missing": False}]) == (
            [] if name in ("trial_days_left", "points_since_call") else ["s"]
        )


def test_the_columns_of_a_score_are_there():
    assert set(SCORE_COLUMNS) <= set(scored([supplier()]).column_names)


def test_the_fields_that_conditions_look_at_are_found_in_groups_too() -> None:
    comparison = {"field": "tier", "is": "starter"}
    nested = {"not": {"any": [{"field": "risk_level", "is": "critical"}, {"all": [comparison]}]}}
    assert fields_in([{"field": "days_silent", "at_least": 7}, nested]) == {
        *("days_silent", "risk_level", "tier")
    }
    assert fields_in([]) == set()
