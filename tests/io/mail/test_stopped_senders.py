"""Senders that are killed, and senders at the same time: each mail leaves once."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.client import call, connect_service
from cs_core.io.base.config import Settings
from cs_core.io.mail import outbox
from cs_core.io.mail.outbox import SendResult, send_due_mail
from embedded.stack import Stack
from tests.conftest import ROOT
from tests.support.letters import NOW, letter, queue
from tests.support.mailbox import Mailbox, letters, states

pytestmark = pytest.mark.slow


@pytest.fixture
def mailbox(stack: Stack, sql: Any) -> Iterator[Mailbox]:
    """An empty mailbox, and an empty outbox."""
    with Mailbox.emptied(stack) as made:
        yield made


@pytest.fixture
def quick_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims run out after a second, as those of `killed_sender` do."""
    monkeypatch.setattr(outbox, "CLAIM_SECONDS", 1.0)


KILLED = """
import datetime, sys
from cs_core.io.mail import outbox
from cs_core.io.base.config import load_mail_settings, load_settings
from cs_core.io.base.client import connect_service
outbox.CLAIM_SECONDS = 1.0
now = datetime.datetime.fromisoformat(sys.argv[1])
outbox.send_due_mail(connect_service(load_settings()), load_mail_settings(), now)
"""


@pytest.fixture
def killed_sender(stack: Stack, sql: Any, tmp_path: Path) -> Callable[..., None]:
    """A function that starts a sender and kills it as soon as a query finds a row."""

    def run(query: str, **environment: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, NOW.isoformat()],
            env=os.environ | stack.env | environment | {"PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
        )
        try:
            while sql.execute(query).fetchone() is None:
                assert process.poll() is None, "it ended before it was killed"
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    return run


def test_a_sender_killed_before_it_sent_leaves_all_to_the_next(
    mailbox: Mailbox,
    service: Client,
    sql: Any,
    killed_sender: Callable[..., None],
    quick_claims: None,
) -> None:
    queue(service, *letters(5))
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the call and says nothing
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        killed_sender("select from outbox where claimed_by is not null", CS_SMTP_URL=url)
    assert states(sql) == ["queued"] * 5
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(sent=5)
    assert mailbox.subjects() == [f"About m{n:02}" for n in range(5)]


def test_a_sender_killed_at_a_mail_is_followed_by_one_that_sends_the_others(
    mailbox: Mailbox,
    service: Client,
    sql: Any,
    killed_sender: Callable[..., None],
    quick_claims: None,
) -> None:
    queue(service, *letters(5))
    mailbox.treat("delay", 60)
    killed_sender("select from outbox where status = 'sending'")
    mailbox.treat("accept")
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(sent=4, dead=1)
    (dead,) = sql.execute("select id, subject, last_error from outbox where status = 'dead'")
    assert "It may have arrived; send it again only if it did not" in dead[2]
    assert dead[1] not in mailbox.subjects()
    retry = {"p_ids": [str(dead[0])], "p_now": NOW.isoformat()}
    assert call(service, "Retrying", "retry_mail", retry)
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(sent=1)
    assert mailbox.subjects() == [f"About m{n:02}" for n in range(5)]


def test_two_senders_at_once_send_each_mail_once(
    mailbox: Mailbox,
    settings: Settings,
    service: Client,
    sql: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 5)
    queue(service, *letters(60))
    results: list[SendResult] = []
    senders = [
        threading.Thread(
            target=lambda: results.append(
                send_due_mail(connect_service(settings), mailbox.settings, NOW)
            )
        )
        for _ in range(2)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sum(result.sent for result in results) == 60
    assert [(r.waiting, r.dead, r.problem) for r in results] == [(0, 0, None)] * 2
    assert mailbox.subjects() == [f"About m{n:02}" for n in range(60)]


def test_a_server_slower_than_the_claims_is_waited_for(
    mailbox: Mailbox,
    settings: Settings,
    service: Client,
    sql: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "CLAIM_SECONDS", 0.4)
    mailbox.treat("delay", 1.5)
    queue(service, letter("a"))
    first: list[SendResult] = []
    slow = threading.Thread(
        target=lambda: first.append(send_due_mail(connect_service(settings), mailbox.settings, NOW))
    )
    slow.start()
    while states(sql) == ["queued"]:
        pass
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult()
    slow.join()
    assert first == [SendResult(sent=1)]
    assert len(mailbox.read()) == 1
