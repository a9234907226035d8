"""The command line of outreach: contact, send-mail, show and publish."""

import datetime as dt
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from embedded.stack import Stack
from tests.conftest import ROOT
from tests.support.asking import count
from tests.support.commands import Cli, Said
from tests.support.morning import Team
from tests.support.outreach_world import World, whom
from tests.support.runs import Sql

Command = Callable[..., Said]


@pytest.fixture
def cli(stack: Stack, sql: Sql, monkeypatch: Any, capsys: Any) -> Cli:
    """Runs commands in this process, on an emptied database."""
    return Cli(stack, monkeypatch, capsys)


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    """An empty world of this very morning."""
    return World(add_supplier, add_events, sql, dt.datetime.now(dt.UTC))


@pytest.fixture
def contact(cli: Cli, add_person: Any) -> Command:
    """A function that runs `contact` as an admin."""
    add_person("admin@wedsync.example", "admin")

    def run(supplier: str, *arguments: str, **more: str) -> Said:
        return cli("contact", supplier, "--asked-by", "Admin@wedsync.example", *arguments, **more)

    return run


# ============ contact and send-mail ============


def test_contact_sends_a_template_at_once_as_a_program_of_its_own(
    world: World, contact: Command, stack: Stack, team: Team
) -> None:
    ash = world.silent("Ash")
    done = subprocess.run(
        [sys.executable, "-m", "cs_core", "contact", ash, "--type", "email", "--template",
         "check_in", "--asked-by", "admin@wedsync.example"],
        env=os.environ | stack.env, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = team.contacts(ash)
    assert row["status"] == "sent"
    assert row["id"] in done.stdout
    assert whom(team.new_mails()) == ["ash@supplier.example"]


def test_contact_sends_own_words_from_a_file_or_standard_input(
    world: World, contact: Command, team: Team, tmp_path: Path
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Hello <Ash> ä\n")
    own = ("--type", "email", "--subject", "Hi", "--message-file")
    assert contact(world.silent("Ash"), *own, str(words)).code == 0
    assert contact(world.silent("Elm"), *own, "-", stdin="Hello Elm").code == 0
    texts = [mail.get_body(("plain",)).get_content() for mail in team.new_mails()]
    assert any("Hello <Ash> ä" in text for text in texts)
    assert any("Hello Elm" in text for text in texts)


def test_contact_plans_a_call_and_says_for_when(world: World, contact: Command, team: Team) -> None:
    ash = world.silent("Ash")
    said = contact(ash, "--type", "call", "--call-type", "technical_support", "--note", "Broken")
    (call,) = team.contacts(ash)
    assert (said.code, call["call_type"]) == (0, "technical_support")
    assert call["scheduled_for"].replace("T", " ")[:16] in said.out
    again = contact(ash, "--type", "call")
    assert again.code == 0
    assert "A call is planned already" in again.out


def test_contact_says_what_was_not_sent_and_why(
    world: World, contact: Command, team: Team, sql: Sql
) -> None:
    ash, elm = world.silent("Ash"), world.silent("Elm", email_opt_out=True)
    check_in = ("--type", "email", "--template", "check_in")
    said = contact(elm, *check_in, "--override-cap")
    assert (said.code, "Not sent: opt out." in said.err) == (1, True)
    assert contact(ash, *check_in).code == 0
    said = contact(ash, *check_in)
    assert (said.code, "Not sent: frequency cap." in said.err) == (1, True)
    assert contact(ash, *check_in, "--override-cap").code == 0
    assert whom(team.new_mails()) == ["ash@supplier.example"] * 2


def test_contact_with_a_key_is_one_request_however_often(
    world: World, contact: Command, team: Team, sql: Sql
) -> None:
    ash = world.silent("Ash")
    check_in = ("--type", "email", "--template", "check_in", "--key", "k")
    assert [contact(ash, *check_in).code for _ in range(2)] == [0, 0]
    assert (len(team.new_mails()), count(sql)) == (1, 1)
    said = contact(ash, *check_in, "--note", "Another")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "The idempotency key k was used for another request." in said.err


def test_contact_for_later_is_sent_by_send_mail_when_it_is_due(
    world: World, contact: Command, cli: Cli, team: Team, sql: Sql
) -> None:
    ash = world.silent("Ash")
    at = (world.now + dt.timedelta(hours=3)).isoformat()
    assert contact(ash, "--type", "email", "--template", "check_in", "--at", at).code == 0
    assert cli("send-mail").out == "Sent 0 mails; 0 wait, 0 failed for good.\n"
    sql.execute("update interventions set scheduled_for = now()")
    assert cli("send-mail").out == "Sent 1 mail; 0 wait, 0 failed for good.\n"
    assert whom(team.new_mails()) == ["ash@supplier.example"]


def test_send_mail_says_why_the_mail_server_cannot_be_used(
    world: World, contact: Command, cli: Cli, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CS_SMTP_URL", "smtp://127.0.0.1:1")
    contact(world.silent("Ash"), "--type", "email", "--template", "check_in")
    said = cli("send-mail")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "1 wait" in said.out


WRONG: tuple[tuple[list[str], str], ...] = (
    (["--type", "email", "--template", "nonsense"], "no message template nonsense"),
    (["--type", "email", "--template", "critical_digest"], "no message template critical"),
    (["--type", "email"], "message is missing"),
    (["--type", "call", "--template", "check_in"], "message goes with"),
    (["--type", "in_app", "--subject", "S", "--message-file", "/nowhere"], "/nowhere cannot"),
    (["--type", "in_app", "--subject", "S", "--message-file", "/"], "/ cannot be read"),
    (["--type", "call", "--at", "tomorrow"], "--at 'tomorrow' is no timestamp"),
    (["--type", "call", "--at", "2026-11-23T10:00"], "requested_for needs a time zone"),
    (["--type", "call", "--at", "2020-01-01T10:00Z"], "requested_for lies in the past"),
    (["--type", "call", "--key", ""], "idempotency_key"),
    (["--type", "fax"], "invalid choice"),
    (["--type", "call", "--asked-by", "nobody@x.example"], "nobody signs in so"),
    (["--type", "call", "--asked-by", "analyst@wedsync.example"], "Only an admin"),
)


def test_contact_names_what_is_wrong_in_one_line_with_code_2(
    world: World, contact: Command, add_person: Any, sql: Sql
) -> None:
    add_person("analyst@wedsync.example", "analyst")
    ash = world.silent("Ash")
    for arguments, words in WRONG:
        said = contact(ash, *arguments)
        assert (said.code, words in said.err, said.err.count("\n")) == (2, True, 1), said
    assert count(sql) == 0


def test_contact_refuses_unknown_suppliers_and_messages_of_100_kb(
    world: World, contact: Command, sql: Sql, tmp_path: Path
) -> None:
    for supplier in (str(uuid.uuid4()), "42"):
        said = contact(supplier, "--type", "call")
        assert (said.code, said.err.count("\n")) == (2, 1), said.err
    long, binary = tmp_path / "long.txt", tmp_path / "binary"
    long.write_text("m" * 102_400)
    binary.write_bytes(b"\xff\xfe\x00")
    for file, words in ((long, "message has 102,400 characters"), (binary, "not UTF-8")):
        own = ("--type", "email", "--subject", "S", "--message-file", str(file))
        said = contact(world.silent(file.stem), *own)
        assert (said.code, words in said.err) == (2, True), said.err
    assert count(sql) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CS_MAIL_FROM", "care at wedsync"),
        ("CS_MAIL_FROM", ""),
        ("CS_SMTP_URL", "http://x"),
        ("CS_ALERT_TO", "team@"),
    ],
)
def test_wrong_mail_settings_are_named_before_anything_is_planned(
    name: str, value: str, world: World, contact: Command, cli: Cli, sql: Sql, monkeypatch: Any
) -> None:
    monkeypatch.setenv(name, value)
    ash = world.silent("Ash")
    for said in (contact(ash, "--type", "email", "--template", "check_in"), cli("send-mail")):
        assert (said.code, f"Setting {name}" in said.err, said.err.count("\n")) == (2, True, 1)
    assert count(sql) == 0


ZONES = ("Mars/Olympus", "", "europe/london", "EST5EDT4", "+02:00", "Europe", "../x")


def test_an_unknown_time_zone_is_refused_by_the_database_and_named(
    sql: Sql, add_supplier: Any
) -> None:
    known = add_supplier(timezone="America/Argentina/Buenos_Aires")
    for zone in ZONES:
        with pytest.raises(psycopg.Error, match="is no time zone; use a name such as Europe/L"):
            add_supplier(timezone=zone)
        with pytest.raises(psycopg.Error, match=r"suppliers\.timezone"):
            sql.execute("update suppliers set timezone = %s where id = %s", (zone, known))
    assert count(sql, "suppliers") == 1
