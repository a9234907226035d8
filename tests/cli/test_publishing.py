"""Showing and publishing playbooks, outreach rules and templates on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from embedded.stack import Stack
from tests.support.asking import count
from tests.support.commands import Cli, Said
from tests.support.runs import Sql

TABLES = ("playbooks", "outreach_rules", "message_templates")

PLAYBOOK: dict[str, Any] = {
    "name": "tips",
    "title": "Tips",
    "trigger": "condition",
    "conditions": [{"field": "days_silent", "at_least": 7}],
    "actions": [{"type": "email", "template": "come_back_tips"}],
    "cool_down_days": 14,
}
RULES: dict[str, Any] = {
    "email_cap": {"emails": 1, "days": 7},
    "working_days": ["mon"],
    "call_time": "10:00",
    "holidays": [],
    "alert_again_after_days": 7,
    "celebrate_within_days": 7,
    "quiet_hours": None,
    "alert_to": [],
}
TEMPLATE: dict[str, Any] = {
    "name": "tips",
    "audience": "supplier",
    "subject": "Tips for {{ business_name }}",
    "body_text": "Hello {{ first_name }},\nyours",
}
GIVEN = {"playbook": PLAYBOOK, "rules": RULES, "template": TEMPLATE}


@pytest.fixture
def cli(stack: Stack, sql: Sql, monkeypatch: Any, capsys: Any) -> Cli:
    """Runs commands in this process, on an emptied database."""
    return Cli(stack, monkeypatch, capsys)


def versions(sql: Sql) -> list[int]:
    return [count(sql, table) for table in TABLES]


def publish(run: Cli, kind: str, data: Any, *more: str) -> Said:
    text = data if isinstance(data, str) else json.dumps(data)
    return run("publish", kind, "-", *more, stdin=text)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("playbook", "silent_after_set_up"), ("rules", None), ("template", "come_back_tips")],
)
def test_what_is_shown_can_be_published_again_as_the_next_version(
    kind: str, name: str | None, cli: Cli, sql: Sql, tmp_path: Path
) -> None:
    shown = cli("show", kind, *([name] if name else []))
    assert (shown.code, shown.err) == (0, "")
    file = tmp_path / "it.json"
    file.write_text(shown.out)
    said = cli("publish", kind, str(file), "--note", "The same")
    assert (said.code, said.err) == (0, ""), said.err
    assert said.out.strip().endswith("is in force as version 2.")
    assert cli("show", kind, *([name] if name else [])).out == shown.out
    table = dict(zip(GIVEN, TABLES, strict=True))[kind]
    where = "name = %s" if name else "%s::text is null"
    rows = sql.execute(
        f"select to_jsonb(t) - array['version', 'note', 'published_at', 'published_by']"
        f" from {table} t where {where} order by version",
        (name,),
    ).fetchall()
    assert len(rows) == 2
    if kind == "template":  # the other seeds leave out what is the default
        assert rows[0] == rows[1]


def test_every_seed_survives_the_round_trip(cli: Cli, sql: Sql) -> None:
    before = versions(sql)
    for kind in ("playbook", "template"):
        for name in cli("show", kind).out.split():
            said = publish(cli, kind, cli("show", kind, name).out, "--check")
            assert (said.code, said.err) == (0, ""), (name, said.err)
            assert "Nothing was stored." in said.out
    assert versions(sql) == before


@pytest.mark.parametrize("kind", GIVEN)
def test_something_new_is_published_and_shown(kind: str, cli: Cli, sql: Sql) -> None:
    said = publish(cli, kind, GIVEN[kind], "--note", "New")
    assert said.code == 0, said.err
    shown = json.loads(cli("show", kind, *([] if kind == "rules" else ["tips"])).out)
    assert shown | GIVEN[kind] == shown
    if kind != "rules":
        assert "tips" in cli("show", kind).out.split()
    # Tidy what the emptying between tests, which keeps first versions, would leave.
    sql.execute("delete from playbooks where name = 'tips'")
    sql.execute("delete from message_templates where name = 'tips'")


def changed(kind: str, **parts: Any) -> dict[str, Any]:
    return GIVEN[kind] | parts


WRONG: tuple[tuple[str, Any, str], ...] = (
    (
        "playbook",
        changed("playbook", conditions=[{"field": "days_quiet", "at_least": 7}]),
        "conditions[0].field",
    ),
    ("playbook", changed("playbook", cool_down_days=-1), "cool_down_days"),
    ("playbook", changed("playbook", holdout_percent=101), "holdout_percent"),
    (
        "playbook",
        changed("playbook", actions=[{"type": "email", "template": "nonsense"}]),
        "no message template nonsense",
    ),
    (
        "playbook",
        changed("playbook", actions=[{"type": "email", "template": "critical_digest"}]),
        "no message template critical_digest",
    ),
    ("playbook", changed("playbook", name=7), "name"),
    ("playbook", changed("playbook", name="person"), "name"),
    ("playbook", {}, "name"),
    ("playbook", "[]", "name"),
    ("playbook", changed("playbook", title="a\x00b"), "null character"),
    ("rules", changed("rules", email_cap={"emails": -1, "days": 7}), "email_cap.emails"),
    ("rules", changed("rules", working_days=[]), "working_days"),
    ("rules", changed("rules", call_time="25:00"), "call_time"),
    ("rules", "null", "rules"),
    ("template", changed("template", body_text="Hello {{ frist_name }}"), "frist_name"),
    ("template", changed("template", body_text="m" * 102_400), "body_text has 102,400"),
    ("template", changed("template", body_html="<script>x</script>"), "body_html"),
    ("template", changed("template", subject="{{ first_name"), "subject"),
    ("template", changed("template", audience="everybody"), "audience"),
    ("template", changed("template", name="Bad Name"), "name"),
    ("template", "[1]", "template"),
    ("rules", "{", "is not JSON"),
    ("rules", "", "is not JSON"),
    ("rules", "[" * 100_000, "is not JSON"),
    ("rules", '{"email_cap": ' + "9" * 5000 + "}", "is not JSON"),
    ("playbook", changed("playbook", title="\ud800"), "is not JSON"),
)


def test_what_breaks_a_rule_is_named_with_code_2_and_nothing_is_stored(cli: Cli, sql: Sql) -> None:
    before = versions(sql)
    for kind, data, words in WRONG:
        said = publish(cli, kind, data)
        assert (said.code, words in said.err) == (2, True), (str(data)[:200], said)
    assert versions(sql) == before


def test_all_faults_are_named_at_once(cli: Cli) -> None:
    said = publish(cli, "playbook", changed("playbook", cool_down_days=0, trigger="x", extra=1))
    assert all(word in said.err for word in ("cool_down_days", "trigger", "extra"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "playbook", "nonsense"), "no playbook nonsense"),
        (("show", "scorecard"), "invalid choice"),
        (("publish", "rules", "/nowhere.json"), "/nowhere.json cannot be read"),
        (("publish", "rules", "-", "--note", "n" * 2001), "--note"),
        (("publish",), "required"),
    ],
)
def test_wrong_usage_is_named_in_one_line_with_code_2(
    arguments: Any, words: str, cli: Cli, sql: Sql
) -> None:
    before = count(sql, "outreach_rules")
    said = cli(*arguments, stdin=json.dumps(RULES))
    assert (said.code, words in said.err, said.err.count("\n")) == (2, True, 1), said
    assert count(sql, "outreach_rules") == before
