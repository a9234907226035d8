"""Messages that cannot be written, or not to everybody: the others go out all the same."""

import datetime as dt
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.run.conftest import Sql, summary
from tests.run.morning import Team, morning_of
from tests.run.outreach_world import DAY, World, whom

Job = Callable[..., "subprocess.CompletedProcess[str]"]
Score = Callable[..., Any]
MORNING = morning_of("2026-06-10")


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    """An empty world on a morning in June."""
    return World(add_supplier, add_events, sql, MORNING)


@pytest.fixture
def today(add_supplier: Any, add_events: Any, sql: Sql, score: Score) -> dict[str, str]:
    """Some of everybody today, scored on the day before: name -> id."""
    now = dt.datetime.now(dt.UTC)
    suppliers = World(add_supplier, add_events, sql, now).everybody()
    score(now - DAY)
    return suppliers


def spoil(sql: Sql, name: str, text: str) -> None:
    sql.execute(
        "insert into message_templates (name, version, audience, subject, body_text)"
        " select name, version + 1, audience, subject, %s from message_templates"
        " where name = %s order by version desc limit 1",
        (text, name),
    )


def test_a_broken_template_fails_its_own_messages_and_no_others(
    today: dict[str, str], daily_scoring: Job, team: Team, sql: Sql
) -> None:
    spoil(sql, "come_back_tips", "Hello {{ frist_name }}")
    said = summary(daily_scoring("--json"))
    assert said["mails_sent"] == 2
    (mail,) = team.contacts(today["Ash"], type="email")
    assert mail["status"] == "failed"
    assert "body_text" in mail["last_error"]
    assert "frist_name" in mail["last_error"]
    assert whom(team.new_mails()) == ["cs-team@wedsync.example", "hazel@supplier.example"]
    # Mended, it is not sent after all: days have passed by then, and the call is in the queue.
    spoil(sql, "come_back_tips", "Hello")
    assert daily_scoring().returncode == 0
    assert team.new_mails() == []


def test_a_template_that_was_deleted_fails_its_messages_and_is_named(
    world: World, team: Team, sql: Sql
) -> None:
    ash, hazel = world.silent("Ash"), world.started("Hazel")
    template = sql.execute(
        "select to_jsonb(t) from message_templates t where name = 'come_back_tips'"
    ).fetchone()
    sql.execute("delete from message_templates where name = 'come_back_tips'")
    try:
        team.run("2026-06-10")
    finally:
        sql.execute(
            "insert into message_templates select * from"
            " jsonb_populate_record(null::message_templates, %s)",
            (json.dumps(template[0]),),
        )
    (mail,) = team.contacts(ash, type="email")
    assert mail["status"] == "failed"
    assert "There is no message template come_back_tips." in mail["last_error"]
    assert team.milestone(hazel, "onboarding_finished")["celebrated"] is True
    assert whom(team.new_mails()) == ["hazel@supplier.example"]


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "ash",
        "ash@",
        "ash@x",
        "a@b@x.example",
        "ash@x.example, b@x.example",
        "Ash <ash@x.example>",
        "ash@x.example\r\nBcc: b@x.example",
    ],
)
def test_an_address_that_is_none_is_not_written_to(address: Any, world: World, team: Team) -> None:
    ash, hazel = world.silent("Ash", email=address), world.started("Hazel")
    team.run("2026-06-10")
    (mail,) = team.contacts(ash, type="email")
    assert (mail["status"], mail["reason"]) == ("suppressed", "no_address")
    assert [c["status"] for c in team.contacts(ash, type="call")] == ["planned"]
    assert team.milestone(hazel, "onboarding_finished")["celebrated"] is True
    assert whom(team.new_mails()) == ["hazel@supplier.example"]


@pytest.mark.parametrize(
    "columns",
    [
        {"contact_name": "x" * 5000},
        {"contact_name": "Maya\r\nBcc: b@x.example", "business_name": "A\r\nBcc: b@x.example"},
        {"contact_name": None, "category": "", "tier": ""},
        {
            "status": "trial",
            "trial_ends_at": "9999-12-31T23:59:59Z",
            "timezone": "Pacific/Auckland",
        },
        {"status": "trial", "trial_ends_at": "12026-01-01T00:00:00Z"},
        {"email": "  ash@supplier.example "},
        {"business_name": "&<>\"'" * 60},
    ],
    ids=lambda columns: "-".join(columns),
)
def test_a_strange_supplier_is_written_to_and_holds_up_nobody(
    columns: dict[str, Any], world: World, team: Team
) -> None:
    world.silent("Ash", **columns)
    world.started("Hazel")
    team.run("2026-06-10")
    mails = team.new_mails()
    assert whom(mails) == ["ash@supplier.example", "hazel@supplier.example"]
    assert all(mail["Bcc"] is None for mail in mails)
