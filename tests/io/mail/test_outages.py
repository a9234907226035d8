"""Mail servers that cannot be used, for an hour or for weeks: what is sent, and what is not."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.client import call
from cs_core.io.base.config import MailSettings, SmtpServer
from cs_core.io.mail.outbox import SendResult, send_due_mail
from embedded.postgres import free_port
from embedded.stack import Stack
from tests.support.letters import NOW, letter, queue
from tests.support.mail_servers import mail_server
from tests.support.mailbox import Mailbox, letters, states

MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
THREE_DAYS = "It could not be sent for three days. "


@pytest.fixture
def mailbox(stack: Stack, sql: Any) -> Iterator[Mailbox]:
    """An empty mailbox, and an empty outbox."""
    with Mailbox.emptied(stack) as made:
        yield made


@pytest.fixture
def nowhere(mailbox: Mailbox) -> MailSettings:
    """Settings with a mail server that is not there."""
    return dataclasses.replace(mailbox.settings, smtp=SmtpServer("127.0.0.1", free_port(), False))


def test_without_a_mail_server_nothing_is_lost_and_the_problem_is_named(
    mailbox: Mailbox, nowhere: MailSettings, service: Client, sql: Any
) -> None:
    queue(service, *letters(60))
    result = send_due_mail(service, nowhere, NOW)
    assert (result.sent, result.waiting, result.dead) == (0, 60, 0)
    assert result.problem is not None
    assert "does not listen there" in result.problem
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(sent=60)
    assert len(mailbox.read()) == 60


def test_a_server_that_becomes_unusable_in_the_middle_stops_the_batch(
    mailbox: Mailbox, service: Client, sql: Any
) -> None:
    queue(
        service,
        *(letter(f"m{n:02}", scheduled_for=(NOW - (5 - n) * MINUTE).isoformat()) for n in range(5)),
    )
    with mail_server() as (handler, port):
        handler.answers["m02@supplier.example"] = "530 5.7.0 Sign in first"
        here = dataclasses.replace(mailbox.settings, smtp=SmtpServer("127.0.0.1", port, False))
        result = send_due_mail(service, here, NOW)
        assert (result.sent, result.waiting, result.dead) == (2, 3, 0)
        assert result.problem is not None
        assert "530" in result.problem
        assert states(sql) == ["sent"] * 2 + ["queued"] * 3
        handler.answers.clear()
        assert send_due_mail(service, here, NOW) == SendResult(sent=3)
        assert len({address for address, _ in handler.mails}) == 5


def test_an_outage_uses_up_no_tries(
    mailbox: Mailbox, nowhere: MailSettings, service: Client, sql: Any
) -> None:
    queue(service, letter("a"))
    for hours in range(12):
        assert send_due_mail(service, nowhere, NOW + hours * 60 * MINUTE).waiting == 1
    assert states(sql, "attempts, first_tried_at") == [(0, NOW)]
    assert "does not listen there" in states(sql, "last_error")[0]
    mailbox.treat("refuse")  # for a moment, as a server does that remembers who comes again
    back = NOW + DAY
    assert send_due_mail(service, mailbox.settings, back) == SendResult(waiting=1)
    assert states(sql, "attempts, next_attempt_at") == [(1, back + 5 * MINUTE)]
    mailbox.treat("accept")
    assert send_due_mail(service, mailbox.settings, back + 5 * MINUTE) == SendResult(sent=1)


def test_what_is_not_taken_for_three_days_is_dead(
    mailbox: Mailbox, service: Client, sql: Any
) -> None:
    queue(service, letter("a"))
    mailbox.treat("refuse")
    results = [send_due_mail(service, mailbox.settings, NOW + n * DAY) for n in range(4)]
    assert results == [SendResult(waiting=1)] * 3 + [SendResult(dead=1)]
    assert states(sql, "last_error")[0].startswith(f"{THREE_DAYS}The mail server did not take it")


def test_after_three_days_without_a_mail_server_mail_is_given_up_though_it_is_back(
    mailbox: Mailbox, nowhere: MailSettings, service: Client, sql: Any
) -> None:
    queue(service, letter("old"))
    send_due_mail(service, nowhere, NOW)
    later = NOW + 3 * DAY + MINUTE
    queue(service, letter("young", scheduled_for=(later - DAY).isoformat()))
    assert send_due_mail(service, mailbox.settings, later) == SendResult(sent=1, dead=1)
    assert mailbox.subjects() == ["About young"]
    old, _ = states(sql, "status, attempts, may_have_arrived, last_error")
    assert old[:3] == ("dead", 0, False)
    assert old[3].startswith(f"{THREE_DAYS}The mail server 127.0.0.1:")


@pytest.mark.parametrize("kind", ["refuses", "is not there"])
def test_mail_whose_first_try_comes_weeks_late_has_its_three_days_from_then_on(
    kind: str, mailbox: Mailbox, nowhere: MailSettings, service: Client, sql: Any
) -> None:
    queue(service, letter("a"))
    late = NOW + 20 * DAY
    mailbox.treat("refuse")
    first = mailbox.settings if kind == "refuses" else nowhere
    assert send_due_mail(service, first, late).waiting == 1
    mailbox.treat("accept")
    assert send_due_mail(service, mailbox.settings, late + 2 * DAY) == SendResult(sent=1)


def test_a_person_s_retry_outlasts_a_passing_fault(
    mailbox: Mailbox, nowhere: MailSettings, service: Client, sql: Any
) -> None:
    (mail,) = queue(service, letter("a"))
    later = NOW + 9 * DAY
    send_due_mail(service, nowhere, NOW)
    assert send_due_mail(service, mailbox.settings, later) == SendResult(dead=1)
    assert call(service, "Retry", "retry_mail", {"p_ids": [mail], "p_now": later.isoformat()})
    mailbox.treat("refuse")
    assert send_due_mail(service, mailbox.settings, later) == SendResult(waiting=1)
    mailbox.treat("accept")
    assert send_due_mail(service, mailbox.settings, later + 5 * MINUTE) == SendResult(sent=1)


def test_a_mail_that_makes_the_server_unusable_holds_up_the_others_once(
    mailbox: Mailbox, service: Client, sql: Any
) -> None:
    queue(service, *letters(3))
    sql.execute("update outbox set next_attempt_at = %s where dedupe_key = 'm00'", (NOW - DAY,))
    with mail_server() as (handler, port):
        handler.answers["m00@supplier.example"] = "530 5.7.0 Not for us"
        here = dataclasses.replace(mailbox.settings, smtp=SmtpServer("127.0.0.1", port, False))
        results = [send_due_mail(service, here, NOW + n * MINUTE) for n in (1, 2)]
        assert [(one.sent, one.waiting) for one in results] == [(0, 3), (2, 1)]
    assert states(sql, "status, attempts") == [("queued", 0), ("sent", 1), ("sent", 1)]
