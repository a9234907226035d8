import copy
import dataclasses
import json

import pytest

from cs_core.base.errors import PlaybookError
from cs_core.outreach.playbooks import Action, Playbook
from tests.support.defaults import DEFAULT_PLAYBOOKS
from tests.support.outreach_plans import CALL, EMAIL, IN_APP, definition, playbook

GONE = object()


def changed(**changes):
    return {key: value for key, value in definition(**changes).items() if value is not GONE}


def problems(data, name="tips"):
    with pytest.raises(PlaybookError) as caught:
        Playbook.from_dict(name, data, version=2)
    return dict(caught.value.problems)


@pytest.mark.parametrize("name", DEFAULT_PLAYBOOKS)
def test_a_default_playbook_survives_json(name):
    made = Playbook.from_dict(name, json.loads(json.dumps(DEFAULT_PLAYBOOKS[name])), version=3)
    assert made.to_dict() == DEFAULT_PLAYBOOKS[name]
    again = Playbook.from_dict(name, made.to_dict(), version=3)
    assert again == made
    assert hash(again) == hash(made)


def test_two_that_differ_in_a_condition_alone_are_not_the_same():
    other = playbook(conditions=[{"field": "health_score", "at_least": 1}])
    assert other != playbook()


def test_what_may_be_left_out_has_its_default():
    data = changed(recovery=GONE, holdout_percent=GONE, priority=GONE, enabled=GONE)
    made = Playbook.from_dict("tips", data, version=1)
    assert (made.recovery, made.holdout_percent, made.priority, made.enabled) == ((), 0, 100, True)
    assert "recovery" not in made.to_dict()


def test_a_playbook_cannot_be_changed_not_even_through_what_it_was_made_from():
    data = definition()
    made = Playbook.from_dict("tips", data, version=1)
    data["conditions"][0]["at_least"] = 99
    made.to_dict()["conditions"][0]["at_least"] = 98
    assert made == playbook()
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.priority = 1


def test_the_actions_keep_their_order():
    made = playbook(actions=[CALL, IN_APP, EMAIL])
    assert made.actions == (
        Action("call", call_type="check_in"),
        Action("in_app", template="tips"),
        Action("email", template="tips"),
    )


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("cool_down_days", [1, 365]),
        ("holdout_percent", [0, 12.5, 100]),
        ("priority", [0, 1000]),
        ("enabled", [True, False]),
        ("title", ["x", "x" * 200]),
        ("trigger", ["condition", "transition"]),
    ],
)
def test_values_up_to_the_limits_are_accepted(key, values):
    for value in values:
        assert getattr(playbook(**{key: value}), key) == value


@pytest.mark.parametrize("name", ["a", "a" * 60, "silent_after_7_days"])
def test_a_name_is_lower_snake(name):
    assert playbook(name).name == name


NAME = "must be lower-case letters, digits and _, beginning with a letter, at most 60 characters"


@pytest.mark.parametrize("name", ["", "A", "a b", "7a", "_a", "a-b", "a" * 61, "a\n", "ä", None, 7])
def test_another_name_is_refused(name):
    assert problems(definition(), name)["name"].startswith(NAME)


@pytest.mark.parametrize("name", ["person", "milestone"])
def test_a_name_that_means_something_else_is_refused(name):
    assert problems(definition(), name)["name"].startswith(f"must not be {name}")


DAYS = "must be a whole number from 1 to 365, not "


@pytest.mark.parametrize(
    ("changes", "path", "problem"),
    [
        ({"title": GONE}, "title", "is missing; add it"),
        ({"title": " "}, "title", "must be a text of 1 to 200 characters, not ' '"),
        ({"title": "x" * 201}, "title", "must be a text of 1 to 200 characters"),
        (
            {"priority": GONE, "prioritty": 5},
            "prioritty",
            'is not known; did you mean "priority"? (known: title, trigger, ',
        ),
        ({"zzz": "x"}, "zzz", "is not known; remove it (known: title, trigger"),
        ({"trigger": "daily"}, "trigger", "must be condition or transition, not 'daily'"),
        ({"trigger": []}, "trigger", "must be condition or transition, not []"),
        ({"conditions": GONE}, "conditions", "is missing; add it"),
        ({"conditions": []}, "conditions", "must not be empty, that would match every supplier"),
        ({"recovery": []}, "recovery", "must not be empty, that would match every supplier"),
        ({"recovery": [{"field": "x", "is": 1}]}, "recovery[0].field", '"x" is not a field'),
        ({"recovery": GONE, "actions": [CALL]}, "recovery", "is missing; say when an open call"),
        ({"actions": GONE}, "actions", "is missing; add it"),
        ({"actions": []}, "actions", "must be a list of at least one action, not []"),
        ({"actions": CALL}, "actions", "must be a list of at least one action, not {"),
        ({"actions": ["call"]}, "actions[0]", "must be an object with type, template, not 'call'"),
        ({"actions": [{}]}, "actions[0].template", "is missing; add it"),
        ({"actions": [EMAIL, EMAIL]}, "actions[1].type", "is email again; keep one action per"),
        (
            {"actions": [{"type": "sms"}]},
            "actions[0].type",
            "must be one of email, call, in_app, not 'sms'",
        ),
        (
            {"actions": [{"type": ["email"]}]},
            "actions[0].type",
            "must be one of email, call, in_app, not ['email']",
        ),
        ({"actions": [{"type": "email"}]}, "actions[0].template", "is missing; add it"),
        ({"actions": [{"type": "in_app"}]}, "actions[0].template", "is missing; add it"),
        ({"actions": [{"type": "call"}]}, "actions[0].call_type", "is missing; add it"),
        (
            {"actions": [{"type": "call", "call_type": "chat"}]},
            "actions[0].call_type",
            "must be one of check_in, onboarding_call, technical_support, upgrade_discussion",
        ),
        ({"actions": [EMAIL | {"template": "Tips!"}]}, "actions[0].template", NAME),
        (
            {"actions": [EMAIL | {"call_type": "check_in"}]},
            "actions[0].call_type",
            "is not known; remove it (known: type, template)",
        ),
        ({"cool_down_days": 0}, "cool_down_days", DAYS + "0"),
        ({"cool_down_days": 366}, "cool_down_days", DAYS + "366"),
        ({"cool_down_days": 14.0}, "cool_down_days", DAYS + "14.0"),
        ({"cool_down_days": True}, "cool_down_days", DAYS + "True"),
        ({"cool_down_days": "14"}, "cool_down_days", DAYS + "'14'"),
        ({"holdout_percent": -1}, "holdout_percent", "must be a number from 0 to 100, not -1"),
        ({"holdout_percent": 100.1}, "holdout_percent", "must be a number from 0 to 100"),
        ({"holdout_percent": float("nan")}, "holdout_percent", "must be a number from 0 to 100"),
        ({"priority": -1}, "priority", "must be a whole number from 0 (most important) to 1000"),
        ({"priority": 1001}, "priority", "must be a whole number from 0"),
        ({"priority": None}, "priority", "must be a whole number from 0"),
        ({"enabled": 1}, "enabled", "must be true or false, not 1"),
    ],
)
def test_a_bad_value_is_named_with_what_to_do(changes, path, problem):
    found = problems(changed(**changes))
    assert path in found
    assert found[path].startswith(problem)
    assert len(found) == (2 if changes.get("actions") == [{}] else 1)


@pytest.mark.parametrize("data", [None, [], "playbook", 3])
def test_what_is_not_an_object_is_refused(data):
    assert problems(data)["playbook"].startswith("must be an object with title, trigger, ")


def test_all_problems_are_reported_at_once():
    data = copy.deepcopy(definition(trigger="daily", cool_down_days=0))
    data["conditions"].append({"field": "days_quiet", "at_least": 7})
    with pytest.raises(PlaybookError) as caught:
        Playbook.from_dict("Tips", data, version=2)
    assert str(caught.value).startswith("Playbook: name must be lower-case letters, ")
    paths = [path for path, _ in caught.value.problems]
    assert paths == ["name", "trigger", "conditions[1].field", "cool_down_days"]
