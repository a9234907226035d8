"""Ctrl-C and SIGTERM while mail is sent: the mail at hand is finished, the others wait."""

import dataclasses
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.config import SmtpServer
from cs_core.io.dispatch import dispatch
from cs_core.io.mail import outbox
from cs_core.io.mail.outbox import SendResult, send_due_mail
from cs_core.io.run.stopping import stopped_by_signals
from embedded.stack import Stack
from tests.conftest import ROOT
from tests.support.letters import NOW, Sender, queue
from tests.support.mail_servers import mail_server
from tests.support.mailbox import Mailbox, letters, states
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import World, whom

pytestmark = pytest.mark.slow

SEND_MAIL = ("-m", "cs_core", "send-mail")
DAILY = ("daily_scoring.py", "--json")
Program = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def mailbox(stack: Stack, sql: Any) -> Iterator[Mailbox]:
    """An empty mailbox, and an empty outbox."""
    with Mailbox.emptied(stack) as made:
        yield made


@pytest.fixture
def start(stack: Stack, sql: Any) -> Program:
    """A function that starts one of the programs, with another mail server if that is given."""

    def begin(*command: str, port: int | None = None) -> "subprocess.Popen[str]":
        other = {"CS_SMTP_URL": f"smtp://127.0.0.1:{port}"} if port else {}
        return subprocess.Popen(
            [sys.executable, *command],
            env=os.environ | stack.env | other,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


def test_after_a_stop_no_mail_leaves_and_all_others_are_given_back_untouched(
    mailbox: Mailbox, service: Client, sql: Any
) -> None:
    queue(service, *letters(5))
    stop = threading.Event()
    with mail_server() as (handler, port):
        here = dataclasses.replace(mailbox.settings, smtp=SmtpServer("127.0.0.1", port, False))
        handler.after_each = lambda: stop.set() if len(handler.mails) == 2 else None
        result = send_due_mail(service, here, NOW, stop)
        assert result == SendResult(sent=2, waiting=3, was_stopped=True)
        columns = "status, attempts, claimed_by is null, first_tried_at, last_error"
        untouched = [row for row in states(sql, columns) if row[0] != "sent"]
        assert untouched == [("queued", 0, True, None, None)] * 3
        assert send_due_mail(service, here, NOW) == SendResult(sent=3)
        assert len({address for address, _ in handler.mails}) == 5


def test_who_waits_for_another_sender_heeds_a_stop(
    mailbox: Mailbox, service: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "CLAIM_SECONDS", 1.0)
    queue(service, *letters(2))
    other = Sender(service, seconds=3600.0)
    other.ids()
    stop, results = threading.Event(), []
    waiting = threading.Thread(
        target=lambda: results.append(send_due_mail(service, mailbox.settings, NOW, stop))
    )
    waiting.start()
    stop.set()
    waiting.join()
    assert results == [SendResult(waiting=2, was_stopped=True)]


def test_after_a_stop_nothing_is_written_either(
    add_supplier: Any, add_events: Any, sql: Any, team: Team, service: Client
) -> None:
    morning = morning_of("2026-06-10")
    World(add_supplier, add_events, sql, morning).silent("Ash")
    team.decide(morning)
    stop = threading.Event()
    stop.set()
    assert dispatch(service, team.mail, morning, stop) == SendResult(was_stopped=True)
    assert states(sql) == []
    assert dispatch(service, team.mail, morning) == SendResult(sent=1)
    assert whom(team.new_mails()) == ["ash@supplier.example"]


@pytest.mark.parametrize("command", [SEND_MAIL, DAILY], ids=["send-mail", "daily"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_program_after_the_mail_at_hand(
    number: signal.Signals, command: tuple[str, ...], start: Program, service: Client, sql: Any
) -> None:
    queue(service, *letters(3))
    with mail_server() as (handler, port):
        with start(*command, port=port) as process:
            handler.after_each = lambda: process.send_signal(number)
            out, err = process.communicate()
        assert len(handler.mails) == 1
    assert process.returncode == 1
    assert "Sending was stopped; 2 mails wait." in err
    assert err.count("\n") == 1
    assert sorted(states(sql)) == ["queued", "queued", "sent"]
    if command == DAILY:
        assert json.loads(out)["status"] == "failed"
        assert sql.execute("select status from runs").fetchall() == [("done",)]


@pytest.mark.parametrize("command", [SEND_MAIL, DAILY], ids=["send-mail", "daily"])
def test_a_second_signal_ends_a_program_at_once(
    command: tuple[str, ...], mailbox: Mailbox, start: Program, service: Client, sql: Any
) -> None:
    queue(service, *letters(1))
    mailbox.treat("delay", 60)
    with start(*command) as process:
        while states(sql) == ["queued"]:
            assert process.poll() is None
        began = dt.datetime.now(dt.UTC)
        while process.poll() is None and dt.datetime.now(dt.UTC) - began < dt.timedelta(seconds=30):
            process.send_signal(signal.SIGTERM)
        process.communicate()
    assert process.returncode == -signal.SIGTERM
    assert states(sql) == ["sending"]


def test_afterwards_signals_mean_what_they_meant() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stopped_by_signals() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_set()
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
