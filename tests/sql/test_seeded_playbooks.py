"""The playbooks and rules a fresh database begins with, and what it refuses to keep."""

import json
from typing import Any

import psycopg
import pytest

from cs_core.outreach.playbooks import Playbook
from cs_core.outreach.rules import OutreachRules
from tests.support.defaults import DEFAULT_PLAYBOOKS, DEFAULT_RULES
from tests.support.outreach_plans import CALL, EMAIL, definition

GONE = object()


def insert_playbook(sql: Any, data: Any, name: str = "tips", version: int = 1) -> None:
    sql.execute(
        "insert into playbooks (name, version, definition) values (%s, %s, %s)",
        (name, version, json.dumps(data)),
    )


def insert_rules(sql: Any, data: Any, version: int = 2) -> None:
    sql.execute(
        "insert into outreach_rules (version, definition) values (%s, %s)",
        (version, json.dumps(data)),
    )


@pytest.fixture
def undone(sql: Any) -> Any:
    """Direct SQL, of which nothing stays."""
    with sql.transaction(force_rollback=True):
        yield sql


def test_the_default_playbooks_pass_the_checks_and_are_those_of_the_seed_files(sql: Any) -> None:
    rows = sql.execute(
        "select name, version, definition from playbooks where published_at = '2000-01-01 00:00+00'"
    ).fetchall()
    assert {name: data for name, _, data in rows} == DEFAULT_PLAYBOOKS
    for name, version, data in rows:
        assert Playbook.from_dict(name, data, version).to_dict() == data


def test_the_default_rules_are_those_of_the_seed_file(sql: Any) -> None:
    [(version, data)] = sql.execute(
        "select version, definition from outreach_rules where published_at = '2000-01-01 00:00+00'"
    ).fetchall()
    assert OutreachRules.from_dict(data, version) == DEFAULT_RULES


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"cool_down_days": 1},
        {"cool_down_days": 365},
        {"holdout_percent": 12.5},
        {"holdout_percent": 100},
        {"priority": 0},
        {"priority": 1000},
        {"enabled": False},
        {"recovery": GONE, "holdout_percent": GONE, "priority": GONE, "enabled": GONE},
        {"actions": [EMAIL, CALL, {"type": "in_app", "template": "a" * 60}]},
    ],
)
def test_a_good_playbook_is_kept(undone: Any, changes: dict[str, Any]) -> None:
    data = {key: value for key, value in definition(**changes).items() if value is not GONE}
    Playbook.from_dict("tips", data, version=1)
    insert_playbook(undone, data)
    [(stored,)] = undone.execute("select definition from playbooks where name = 'tips'").fetchall()
    assert stored == data


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"title": " "}, "title_is_given"),
        ({"title": 7}, "title_is_given"),
        ({"title": GONE}, "title_is_given"),
        ({"trigger": "daily"}, "trigger_is_known"),
        ({"trigger": GONE}, "trigger_is_known"),
        ({"conditions": []}, "conditions_are_given"),
        ({"conditions": {}}, "conditions_are_given"),
        ({"conditions": GONE}, "conditions_are_given"),
        ({"actions": []}, "actions_are_given"),
        ({"actions": EMAIL}, "actions_are_given"),
        ({"actions": GONE}, "actions_are_given"),
        ({"actions": ["email"]}, "actions_are_known"),
        ({"actions": [[EMAIL]]}, "actions_are_known"),
        ({"actions": [{"type": "sms"}]}, "actions_are_known"),
        ({"actions": [{"type": "email"}]}, "actions_are_known"),
        ({"actions": [{"type": "in_app", "template": "A b"}]}, "actions_are_known"),
        ({"actions": [{"type": "call", "call_type": "chat"}]}, "actions_are_known"),
        ({"actions": [EMAIL, EMAIL]}, "one_action_per_type"),
        ({"actions": [CALL], "recovery": GONE}, "a_call_has_a_recovery"),
        ({"actions": [CALL], "recovery": []}, "a_call_has_a_recovery"),
        ({"cool_down_days": 0}, "cool_down_is_1_to_365_days"),
        ({"cool_down_days": 366}, "cool_down_is_1_to_365_days"),
        ({"cool_down_days": 1.5}, "cool_down_is_1_to_365_days"),
        ({"cool_down_days": "14"}, "cool_down_is_1_to_365_days"),
        ({"cool_down_days": [14]}, "cool_down_is_1_to_365_days"),
        ({"cool_down_days": GONE}, "cool_down_is_1_to_365_days"),
        ({"holdout_percent": -1}, "holdout_is_a_percentage"),
        ({"holdout_percent": 101}, "holdout_is_a_percentage"),
        ({"holdout_percent": None}, "holdout_is_a_percentage"),
        ({"priority": -1}, "priority_is_0_to_1000"),
        ({"priority": 1.5}, "priority_is_0_to_1000"),
        ({"enabled": 1}, "enabled_is_true_or_false"),
    ],
)
def test_a_bad_playbook_is_refused_even_when_written_directly(
    undone: Any, changes: dict[str, Any], constraint: str
) -> None:
    data = {key: value for key, value in definition(**changes).items() if value is not GONE}
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        insert_playbook(undone, data)
    assert caught.value.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("name", "version"),
    [
        *((name, 1) for name in ("Tips", "a b", "", "a\n", "a" * 61, "person", "milestone")),
        ("tips", 0),
        ("tips", -1),
    ],
)
def test_a_bad_name_or_version_is_refused(undone: Any, name: str, version: int) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        insert_playbook(undone, definition(), name, version)


@pytest.mark.parametrize("data", [None, [], "playbook", 7, {}])
def test_what_is_no_definition_is_refused(undone: Any, data: Any) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), undone.transaction():
        insert_playbook(undone, data)
    with pytest.raises(psycopg.errors.CheckViolation), undone.transaction():
        insert_rules(undone, data)


def test_good_rules_are_kept(undone: Any) -> None:
    data = DEFAULT_RULES.to_dict() | {
        "email_cap": {"emails": 0, "days": 365},
        "working_days": ["sun"],
        "call_time": "23:59",
        "holidays": ["2026-12-25"],
        "alert_again_after_days": 0,
    }
    insert_rules(undone, data)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"email_cap": {"emails": -1, "days": 7}}, "email_cap_is_not_negative"),
        ({"email_cap": {"emails": 0.5, "days": 7}}, "email_cap_is_not_negative"),
        ({"email_cap": {"emails": 1, "days": 0}}, "email_cap_is_not_negative"),
        ({"email_cap": {"emails": 1}}, "email_cap_is_not_negative"),
        ({"email_cap": [{"emails": 1, "days": 7}]}, "email_cap_is_not_negative"),
        ({"working_days": []}, "a_day_of_the_week_is_worked"),
        ({"working_days": ["monday"]}, "a_day_of_the_week_is_worked"),
        ({"working_days": "mon"}, "a_day_of_the_week_is_worked"),
        ({"call_time": "24:00"}, "call_time_is_a_time_of_day"),
        ({"call_time": 10}, "call_time_is_a_time_of_day"),
        ({"holidays": None}, "holidays_are_a_list"),
        ({"alert_again_after_days": -1}, "waits_are_not_negative"),
        ({"celebrate_within_days": "7"}, "waits_are_not_negative"),
    ],
)
def test_bad_rules_are_refused_even_when_written_directly(
    undone: Any, changes: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        insert_rules(undone, DEFAULT_RULES.to_dict() | changes)
    assert caught.value.diag.constraint_name == constraint


def test_who_published_a_playbook_is_in_the_audit_log_with_its_name(undone: Any) -> None:
    insert_playbook(undone, definition())
    insert_rules(undone, DEFAULT_RULES.to_dict())
    rows = undone.execute(
        "select table_name, action, after ->> 'name' from audit_log order by id"
    ).fetchall()
    assert rows == [("playbooks", "insert", "tips"), ("outreach_rules", "insert", None)]
