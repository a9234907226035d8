"""Playbooks in words."""

from typing import Any

import pytest

from cs_core.outreach.conditions import FIELDS
from cs_core.outreach.playbook_wording import (
    condition_in_words,
    conditions_in_words,
    playbook_changes,
    playbook_in_words,
)
from tests.support.defaults import DEFAULT_PLAYBOOKS
from tests.support.outreach_plans import CALL, definition


def test_every_field_that_conditions_know_has_words() -> None:
    assert all(field.subject and field.words for field in FIELDS.values())
    assert all(bool(field.denied) == (field.kind == "truth") for field in FIELDS.values())


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"field": "days_silent", "at_least": 7}, "at least 7 days without a login"),
        ({"field": "risk_level", "is_not": "at_risk"}, "risk level is not at risk"),
        ({"field": "tier", "is": "gold"}, "tier is “gold”"),
        ({"field": "status", "one_of": ["trial", "active"]}, "status is one of trial, active"),
        ({"field": "onboarded", "is": False}, "set-up is not finished"),
        ({"field": "onboarded", "is_not": False}, "set-up is finished"),
        (
            {"field": "feature_adoption_ratio", "below": 0.4},
            "share of core features used is below 40%",
        ),
        (
            {"field": "days_since_login", "is_missing": True},
            "days since the last login is not known",
        ),
        ({"not": {"field": "clients_known", "is": 0}}, "not exactly 0 clients"),
        ({"field": "trial_days_left", "at_most": 1}, "at most 1 day left of the trial"),
        ({"field": "score_change_7_days", "at_most": -15}, "change within 7 days is at most -15"),
        (
            {"any": [{"field": "opted_out", "is": True}, {"field": "tier", "is": "x"}]},
            "(does not want e-mails or tier is “x”)",
        ),
        ({"field": "health_score", "above": None}, "health score is above …"),
    ],
)
def test_a_condition_is_said(entry: dict[str, Any], words: str) -> None:
    assert condition_in_words(entry) == words


def test_all_of_a_list_must_hold() -> None:
    both = [{"field": "onboarded", "is": True}, {"field": "days_silent", "at_least": 7}]
    assert conditions_in_words(both) == "set-up is finished and at least 7 days without a login"
    assert conditions_in_words([]) == "nothing yet"


def test_a_playbook_says_when_what_how_often_and_who_is_left_alone() -> None:
    said = playbook_in_words(DEFAULT_PLAYBOOKS["silent_after_set_up"] | {"holdout_percent": 12.5})
    assert said == [
        "When set-up is finished and at least 7 days without a login.",
        "Then: e-mail “Come back tips” and check-in call.",
        "Not again within 14 days.",
        "12.5% of the suppliers are left alone, to compare.",
    ]


def test_a_playbook_that_waits_for_a_change_says_so() -> None:
    words = "When risk level is critical, on a day on which the risk level changes."
    assert playbook_in_words(DEFAULT_PLAYBOOKS["became_critical"])[0] == words


@pytest.mark.parametrize("name", DEFAULT_PLAYBOOKS)
def test_the_same_playbook_changes_nothing(name: str) -> None:
    assert playbook_changes(DEFAULT_PLAYBOOKS[name], dict(DEFAULT_PLAYBOOKS[name])) == []


def test_what_is_left_out_is_the_default_and_no_change() -> None:
    short = {
        key: value
        for key, value in definition().items()
        if key not in ("holdout_percent", "priority", "enabled")
    }
    assert playbook_changes(short, definition()) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"enabled": False}, "Turned off"),
        ({"title": "B"}, "Title: “B” instead of “A playbook”"),
        ({"cool_down_days": 3}, "Cool-down of 3 days instead of 14"),
        ({"holdout_percent": 10}, "10% left alone instead of 0"),
        ({"priority": 5}, "Priority 5 instead of 100"),
        ({"actions": [CALL]}, "Does: check-in call; before: e-mail “Tips”"),
        (
            {"trigger": "transition"},
            "Fires only on a day on which the risk level changes",
        ),
        (
            {"conditions": [{"field": "tier", "is": "x"}]},
            "When tier is “x”; before: health score is at least 0",
        ),
    ],
)
def test_each_change_is_said(changes: dict[str, Any], words: str) -> None:
    assert playbook_changes(definition(), definition(**changes)) == [words]
