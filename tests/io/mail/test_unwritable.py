"""Messages that cannot be written, or not to everybody: the others go out all the same."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.morning import Team, morning_of
from tests.support.outreach_world import World, whom
from tests.support.runs import Sql

Job = Callable[..., "subprocess.CompletedProcess[str]"]
Score = Callable[..., Any]
MORNING = morning_of("2026-06-10")


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    """An empty world on a morning in June."""
    return World(add_supplier, add_events, sql, MORNING)


def spoil(sql: Sql, name: str, text: str) -> None:
    sql.execute(
        "insert into message_templates (name, version, audience, subject, body_text)"
        " select name, version + 1, audience, subject, %s from message_templates"
        " where name = %s order by version desc limit 1",
        (text, name),
    )


def test_a_broken_template_fails_its_own_messages_and_no_others(
    world: World, team: Team, sql: Sql
) -> None:
    ash, _ = world.silent("Ash"), world.started("Hazel")
    spoil(sql, "come_back_tips", "Hello {{ frist_name }}")
    team.run("2026-06-10")
    (mail,) = team.contacts(ash, type="email")
    assert mail["status"] == "failed"
    assert "body_text" in mail["last_error"]
    assert "frist_name" in mail["last_error"]
    assert whom(team.new_mails()) == ["hazel@supplier.example"]
    assert sql.execute("select status from runs").fetchall() == [("done",)]
    # Mended, it is not sent after all: days have passed by then, and the call is in the queue.
    spoil(sql, "come_back_tips", "Hello")
    team.run("2026-06-11")
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


ADDRESSES = (
    None,
    "",
    "ash",
    "ash@",
    "ash@x",
    "a@b@x.example",
    "ash@x.example, b@x.example",
    "Ash <ash@x.example>",
    "ash@x.example\r\nBcc: b@x.example",
)


def test_an_address_that_is_none_is_not_written_to(world: World, team: Team) -> None:
    odd = [world.silent(f"Odd{number}", email=address) for number, address in enumerate(ADDRESSES)]
    hazel = world.started("Hazel")
    team.run("2026-06-10")
    for supplier in odd:
        (mail,) = team.contacts(supplier, type="email")
        assert (mail["status"], mail["reason"]) == ("suppressed", "no_address")
        assert [c["status"] for c in team.contacts(supplier, type="call")] == ["planned"]
    assert team.milestone(hazel, "onboarding_finished")["celebrated"] is True
    assert whom(team.new_mails()) == ["hazel@supplier.example"]


STRANGE: dict[str, dict[str, Any]] = {
    "long": {"contact_name": "x" * 5000},
    "lines": {"contact_name": "A\r\nBcc: b@x.example", "business_name": "A\r\nBcc: b@x.example"},
    "bare": {"contact_name": None, "category": "", "tier": ""},
    "last": {
        "status": "trial",
        "trial_ends_at": "9999-12-31T23:59:59Z",
        "timezone": "Pacific/Auckland",
    },
    "beyond": {"status": "trial", "trial_ends_at": "12026-01-01T00:00:00Z"},
    "spaces": {"email": "  spaces@supplier.example "},
    "signs": {"business_name": "&<>\"'" * 60},
}


def test_strange_suppliers_are_written_to_and_hold_up_nobody(world: World, team: Team) -> None:
    for name, columns in STRANGE.items():
        world.silent(name, **columns)
    world.started("Hazel")
    team.run("2026-06-10")
    mails = team.new_mails()
    assert whom(mails) == sorted(f"{name}@supplier.example" for name in (*STRANGE, "hazel"))
    assert all(mail["Bcc"] is None for mail in mails)
