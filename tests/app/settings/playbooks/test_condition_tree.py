"""Conditions as the form changes them."""

from typing import Any

import pytest

from cs_app.settings.playbooks.condition_tree import (
    NEW_GROUPS,
    add,
    fit,
    remove,
    value_to_begin_with,
)
from cs_core.outreach.conditions import FIELDS, check_conditions

A: dict[str, Any] = {"field": "days_silent", "at_least": 7}
B: dict[str, Any] = {"field": "tier", "is": "x"}


def tree() -> dict[str, Any]:
    return {"conditions": [A, {"any": [A, {"not": B}]}], "recovery": [B]}


def test_a_condition_is_added_to_the_list_at_a_path() -> None:
    changed = tree()
    add(changed, "conditions[1].any", B)
    add(changed, "recovery", A)
    assert changed == {"conditions": [A, {"any": [A, {"not": B}, B]}], "recovery": [B, A]}


def test_what_is_added_is_a_copy() -> None:
    changed = tree()
    add(changed, "conditions", NEW_GROUPS["none"])
    changed["conditions"][2]["not"]["any"][0]["at_least"] = 99
    assert NEW_GROUPS["none"]["not"]["any"][0]["at_least"] == 7


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("conditions[0]", [{"any": [A, {"not": B}]}]),
        ("conditions[1]", [A]),
        ("conditions[1].any[0]", [A, {"any": [{"not": B}]}]),
        ("conditions[1].any[1].not", [A, {"any": [A]}]),
    ],
)
def test_a_condition_is_taken_out_at_a_path(path: str, left: list[Any]) -> None:
    changed = tree()
    remove(changed, path)
    assert changed["conditions"] == left


def test_another_operator_keeps_the_value_where_it_can() -> None:
    assert fit("days_silent", "above", A) == {"field": "days_silent", "above": 7}
    assert fit("days_silent", "is_missing", A) == {"field": "days_silent", "is_missing": True}
    assert fit("days_silent", "one_of", A) == {"field": "days_silent", "one_of": []}


def test_another_field_begins_with_a_value_and_an_operator_of_its_own() -> None:
    assert fit("risk_level", "at_least", A) == {"field": "risk_level", "is": "critical"}
    assert fit("onboarded", "at_least", A) == {"field": "onboarded", "is": True}
    assert fit("health_score", "at_least", A) == {"field": "health_score", "at_least": None}


@pytest.mark.parametrize("name", FIELDS)
def test_what_a_field_begins_with_is_right_or_waits_to_be_filled_in(name: str) -> None:
    entry = fit(name, "is", {"field": "something else", "is": "x"})
    found = check_conditions([entry], "conditions")
    assert not found or value_to_begin_with(name, "is") in (None, "")


@pytest.mark.parametrize("group", NEW_GROUPS)
def test_a_new_group_is_right_from_the_start(group: str) -> None:
    assert check_conditions([NEW_GROUPS[group]], "conditions") == []
