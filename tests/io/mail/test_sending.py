"""Sending what is due: what arrives, and what becomes of mail that is not taken."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.client import call
from cs_core.io.base.config import SmtpServer
from cs_core.io.mail import outbox
from cs_core.io.mail.outbox import SendResult, plan_next_attempt, send_due_mail
from embedded.postgres import free_port
from embedded.stack import Stack
from tests.support.letters import NOW, letter, queue
from tests.support.mail_servers import mail_server
from tests.support.mailbox import Mailbox, letters, states

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
LINK = "https://success.example.com/unsubscribe?supplier=1&token={token}"


@pytest.fixture
def mailbox(stack: Stack, sql: Any) -> Iterator[Mailbox]:
    """An empty mailbox, and an empty outbox."""
    with Mailbox.emptied(stack) as made:
        yield made


# ============ what arrives ============


def test_what_is_due_arrives_whole_and_is_noted(
    mailbox: Mailbox,
    service: Client,
    sql: Any,
    add_supplier: Callable[..., str],
) -> None:
    ann = add_supplier(email="now@supplier.example")
    (sent, _) = queue(
        service,
        letter("now", recipient_id=ann, body_html="<p>Inner</p>", unsubscribe_url=LINK),
        letter("later", scheduled_for=(NOW + MINUTE).isoformat()),
    )
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(sent=1)
    (message,) = mailbox.read()
    (token,) = sql.execute("select private.unsubscribe_token(%s)", (ann,)).fetchone()
    link = LINK.replace("{token}", token)
    assert message["From"] == "care@wedsync.example"
    assert message["To"] == "Rowan & Fox <now@supplier.example>"
    assert message["Message-ID"] == f"<{sent}@wedsync.example>"
    assert message["Date"].datetime == NOW
    assert message["List-Unsubscribe"] == f"<{link}>"
    text, html = (part.get_content() for part in message.iter_parts())
    assert text.startswith("Text of now")
    assert link in text
    assert "<p>Inner</p>" in html
    assert link.replace("&", "&amp;") in html
    assert states(sql, "status, attempts, sent_at, claimed_by") == [
        ("queued", 0, None, None),
        ("sent", 1, NOW, None),
    ]
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult()
    assert len(mailbox.read()) == 1


def test_a_mail_without_html_is_plain_text(mailbox: Mailbox, service: Client) -> None:
    queue(service, letter("a", body_html="<p>Inner</p>"), letter("b"))
    send_due_mail(service, mailbox.settings, NOW)
    both = {message["Subject"]: message for message in mailbox.read()}
    text, html = (part.get_content().strip() for part in both["About a"].iter_parts())
    assert text.startswith("Text of a")
    assert "<p>Inner</p>" in html
    assert both["About b"].get_content_type() == "text/plain"


def test_all_of_a_large_outbox_leaves_one_connection_a_batch(
    mailbox: Mailbox, service: Client, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 10)
    queue(service, *letters(25))
    with mail_server() as (handler, port):
        here = dataclasses.replace(mailbox.settings, smtp=SmtpServer("127.0.0.1", port, False))
        assert send_due_mail(service, here, NOW) == SendResult(sent=25)
        assert handler.connections == 3
        assert len({address for address, _ in handler.mails}) == 25


def test_nothing_due_asks_for_no_mail_server(mailbox: Mailbox, service: Client) -> None:
    nowhere = dataclasses.replace(
        mailbox.settings, smtp=SmtpServer("127.0.0.1", free_port(), False)
    )
    assert send_due_mail(service, nowhere, NOW) == SendResult()


def test_who_opts_out_while_mail_is_queued_gets_none(
    mailbox: Mailbox,
    service: Client,
    sql: Any,
    add_supplier: Callable[..., str],
) -> None:
    ann, bea = add_supplier(email="ann@x.example"), add_supplier(email="bea@x.example")
    queue(
        service,
        letter("ann", recipient_id=ann, unsubscribe_url=LINK),
        letter("bea", recipient_id=bea, unsubscribe_url=LINK),
    )
    sql.execute("update suppliers set email_opt_out = true where id = %s", (ann,))
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(sent=1)
    assert states(sql, "status, last_error") == [("cancelled", "opt_out"), ("sent", None)]
    assert mailbox.subjects() == ["About bea"]


# ============ what is not taken ============


def test_what_is_not_taken_now_is_sent_later_with_the_same_message_id(
    mailbox: Mailbox, service: Client, sql: Any
) -> None:
    ids = queue(service, *letters(2))
    mailbox.treat("refuse")
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(waiting=2)
    assert (
        states(sql, "status, attempts, next_attempt_at - scheduled_for")
        == [("queued", 1, 5 * MINUTE)] * 2
    )
    assert all("451" in error for error in states(sql, "last_error"))
    mailbox.treat("accept")
    assert send_due_mail(service, mailbox.settings, NOW + 4 * MINUTE) == SendResult(waiting=2)
    assert send_due_mail(service, mailbox.settings, NOW + 5 * MINUTE) == SendResult(sent=2)
    assert {m["Message-ID"] for m in mailbox.read()} == {f"<{i}@wedsync.example>" for i in ids}
    assert states(sql, "status, last_error") == [("sent", None)] * 2


def test_what_the_server_kept_without_an_answer_is_never_sent_twice_by_itself(
    mailbox: Mailbox, service: Client, sql: Any
) -> None:
    queue(service, *letters(2))
    with mail_server() as (handler, port):
        here = dataclasses.replace(mailbox.settings, smtp=SmtpServer("127.0.0.1", port, False))
        handler.hang_up_at = "DATA"
        assert send_due_mail(service, here, NOW) == SendResult(dead=2)
        handler.hang_up_at = ""
        for days in range(5):
            assert send_due_mail(service, here, NOW + days * DAY) == SendResult()
        assert len(handler.mails) == 2
    assert states(sql, "status, may_have_arrived") == [("dead", True)] * 2
    assert all("send it again only if it did not" in error for error in states(sql, "last_error"))


def test_what_is_refused_for_good_is_dead_until_a_person_sends_it_again(
    mailbox: Mailbox,
    service: Client,
    sql: Any,
) -> None:
    (one,) = queue(service, letter("a"))
    mailbox.treat("reject")
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(dead=1)
    ((status, error),) = states(sql, "status, last_error")
    assert status == "dead"
    assert "550 5.1.1 The sink was told to reject" in error
    mailbox.treat("accept")
    assert send_due_mail(service, mailbox.settings, NOW + DAY) == SendResult()
    assert call(service, "Retry", "retry_mail", {"p_ids": [one], "p_now": (NOW + DAY).isoformat()})
    assert send_due_mail(service, mailbox.settings, NOW + DAY) == SendResult(sent=1)
    assert len(mailbox.read()) == 1


def test_an_address_that_is_none_is_dead_and_holds_up_nobody(
    mailbox: Mailbox, service: Client, sql: Any
) -> None:
    queue(service, letter("a", to_address="rowan at fox"), letter("b"))
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(sent=1, dead=1)
    assert states(sql, "last_error")[0] == "It cannot be sent there: the address holds a space."
    assert mailbox.subjects() == ["About b"]


@pytest.mark.parametrize(
    ("attempts", "age", "wait"),
    [
        (1, 0 * DAY, 5 * MINUTE),
        (2, 0 * DAY, 20 * MINUTE),
        (3, 0 * DAY, HOUR),
        (4, 0 * DAY, 6 * HOUR),
        (9, 3 * DAY - 6 * HOUR, 6 * HOUR),
        (9, 3 * DAY - 6 * HOUR + MINUTE, None),
        (1, 3 * DAY - 5 * MINUTE, 5 * MINUTE),
        (1, 3 * DAY - 4 * MINUTE, None),
    ],
)
def test_waits_grow_and_end_three_days_after_the_first_try(
    attempts: int, age: dt.timedelta, wait: dt.timedelta | None
) -> None:
    upcoming = plan_next_attempt(attempts, NOW - age, NOW)
    assert upcoming == (None if wait is None else NOW + wait)
