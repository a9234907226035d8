"""The command line of the outbox: what died or waits, and sending it again."""

import subprocess
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from supabase import Client

from cs_core.cli import mail as mail_commands
from embedded.stack import Stack
from tests.support.commands import Cli
from tests.support.letters import NOW, Sender, letter, queue
from tests.support.mailbox import Mailbox, letters, states
from tests.support.runs import summary

Job = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def cli(stack: Stack, sql: Any, monkeypatch: Any, capsys: Any) -> Cli:
    """Runs commands in this process, on an emptied database."""
    return Cli(stack, monkeypatch, capsys)


@pytest.fixture
def mailbox(stack: Stack, sql: Any) -> Any:
    """An empty mailbox, and an empty outbox."""
    with Mailbox.emptied(stack) as made:
        yield made


@pytest.fixture
def died(service: Client, sql: Any, add_supplier: Callable[..., str]) -> tuple[str, str]:
    """Two dead mails: a refused one to a supplier, and one to the team that may have arrived."""
    ann = add_supplier(business_name="Rowan & Fox\nPhotography", email="ann@supplier.example")
    refused, unknown = queue(service, letter("ann", recipient_id=ann), letter("team"))
    sender = Sender(service)
    sender.ids()
    for mail, outcome, error in (
        (refused, "dead", "The mail server refused it for good: 550 no."),
        (unknown, "may_have_arrived", "It may have arrived.\nYes"),
    ):
        sender.note(None, mail)
        sender.note({"id": mail, "outcome": outcome, "error": error, "at": NOW.isoformat()})
    return refused, unknown


# ============ a night on which mails die ============


def test_a_run_says_how_many_mails_died_and_where_to_look(
    mailbox: Mailbox, service: Client, daily_scoring: Job
) -> None:
    mailbox.treat("reject")
    queue(service, *letters(2))
    done = daily_scoring("--json")
    assert (summary(done)["mails_dead"], summary(done)["mails_waiting"]) == (2, 0)
    assert done.stderr == (
        "daily_scoring: 2 mails failed for good. python -m cs_core mail says which, and why.\n"
    )
    queue(service, letter("one more"))
    words = daily_scoring()
    assert words.returncode == 0
    assert "Sent 0 mails; 0 wait, 1 failed for good." in words.stdout.splitlines()
    mailbox.treat("accept")
    assert (daily_scoring("--json").stderr, summary(daily_scoring("--json"))["mails_dead"]) == (
        "",
        0,
    )


def test_send_mail_says_so_too_and_ends_well(mailbox: Mailbox, cli: Cli, service: Client) -> None:
    mailbox.treat("reject")
    queue(service, *letters(2))
    said = cli("send-mail")
    assert (said.code, said.out) == (0, "Sent 0 mails; 0 wait, 2 failed for good.\n")
    assert said.err == "2 mails failed for good. python -m cs_core mail says which, and why.\n"


# ============ mail ============


@pytest.mark.parametrize("options", [(), ("--dead",)])
def test_dead_mail_is_listed_without_addresses(
    options: tuple[str, ...], died: tuple[str, str], cli: Cli
) -> None:
    said = cli("mail", *options)
    assert (said.code, said.err) == (0, "")
    assert "@" not in said.out
    refused, unknown = died
    lines = said.out.splitlines()
    assert len(lines) == 4
    at = lines.index(f"{refused}  2026-06-01 06:00  Rowan & Fox Photography: About ann")
    assert lines[at + 1] == "    tried once. The mail server refused it for good: 550 no."
    at = lines.index(f"{unknown}  2026-06-01 06:00  team: About team")
    assert lines[at + 1] == "    tried once. It may have arrived. Yes"


def test_waiting_mail_is_listed_and_an_empty_list_says_so(
    died: tuple[str, str], cli: Cli, service: Client, sql: Any
) -> None:
    assert cli("mail", "--waiting").out == "No mail waits.\n"
    (waiting,) = queue(service, letter("waits"))
    assert cli("mail", "--waiting").out.splitlines() == [
        f"{waiting}  2026-06-01 06:00  team: About waits",
        "    tried 0 times.",
    ]
    sql.execute("delete from outbox")
    assert cli("mail").out == "No mail failed for good.\n"


def test_a_long_list_is_cut_and_says_so(
    cli: Cli, service: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_commands, "MOST_SHOWN", 3)
    queue(service, *letters(5))
    lines = cli("mail", "--waiting").out.splitlines()
    assert (len(lines), lines[-1]) == (7, "and 2 more")


# ============ retry-mail ============


def test_a_mail_is_sent_again_by_its_id(
    died: tuple[str, str], cli: Cli, mailbox: Mailbox, sql: Any
) -> None:
    said = cli("retry-mail", died[1])
    assert (said.code, said.err) == (0, "")
    assert said.out == "Sent 1 mail; 0 wait, 0 failed for good.\n"
    assert mailbox.subjects() == ["About team"]
    assert states(sql, "status, may_have_arrived") == [("dead", False), ("sent", False)]
    said = cli("retry-mail", died[1])
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert f"No mail that failed for good has the id {died[1]}" in said.err
    assert len(mailbox.read()) == 1


def test_all_are_sent_again_but_what_may_have_arrived(
    died: tuple[str, str], cli: Cli, mailbox: Mailbox, sql: Any
) -> None:
    said = cli("retry-mail", "--all")
    assert said.code == 0
    assert said.out == "1 mail is sent again.\nSent 1 mail; 0 wait, 0 failed for good.\n"
    assert said.err == "1 mail that may have arrived is not: retry-mail ID sends one.\n"
    assert mailbox.subjects() == ["About ann"]
    assert states(sql) == ["sent", "dead"]


@pytest.mark.parametrize(
    "arguments", [("x",), (str(uuid.UUID(int=0)),), (), ("x", "--all")], ids=str
)
def test_what_is_no_dead_mail_is_said_in_one_line(arguments: tuple[str, ...], cli: Cli) -> None:
    said = cli("retry-mail", *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


def test_without_a_way_to_send_it_no_mail_is_queued_again(
    died: tuple[str, str], cli: Cli, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CS_SMTP_URL", "nonsense")
    assert cli("retry-mail", "--all").code == 2
    assert states(sql) == ["dead", "dead"]
