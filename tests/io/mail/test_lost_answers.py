"""Connections that break and answers that do not come: what may have arrived, and what not."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from cs_core.io.base.config import SmtpServer
from cs_core.io.mail import smtp
from cs_core.io.mail.message import Mail
from cs_core.io.mail.smtp import MailConnection, MailMayHaveArrived, MailNotTaken, MailRefused
from cs_core.mail.addresses import Address
from tests.support.mail_servers import Handler, mail_server

SENDER = Address("WedSync Care", "care@wedsync.example")
AT = datetime(2026, 6, 1, 6, tzinfo=UTC)


def mail(number: int = 1) -> Mail:
    return Mail(str(number), Address("Rowan", f"m{number}@x.example"), "Hello", "Hi")


def send(server: SmtpServer, *mails: Mail) -> None:
    with MailConnection(server, SENDER) as connection:
        for one in mails or [mail()]:
            connection.send(one, AT)


@pytest.fixture
def plain() -> Iterator[tuple[Handler, SmtpServer]]:
    """A mail server without TLS."""
    with mail_server() as (handler, port):
        yield handler, SmtpServer("127.0.0.1", port, False)


def test_where_the_connection_broke_before_the_content_it_was_not_taken(
    plain: tuple[Handler, SmtpServer],
) -> None:
    handler, server = plain
    handler.hang_up_at = "RCPT"
    with pytest.raises(MailNotTaken, match="the connection broke"):
        send(server)
    assert handler.mails == []


def test_where_it_broke_after_the_content_it_may_have_arrived_and_the_next_is_sent(
    plain: tuple[Handler, SmtpServer],
) -> None:
    handler, server = plain
    handler.hang_up_at = "DATA"
    with MailConnection(server, SENDER) as connection:
        with pytest.raises(MailMayHaveArrived, match=r"the connection broke.* send it again only"):
            connection.send(mail(1), AT)
        handler.hang_up_at = ""
        connection.send(mail(2), AT)
    assert [address for address, _ in handler.mails] == ["m1@x.example", "m2@x.example"]


def test_the_answer_to_the_content_is_waited_for_longer_than_others(
    plain: tuple[Handler, SmtpServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert smtp.ANSWER_SECONDS == 600
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.2)
    handler, server = plain
    handler.seconds = 0.6
    send(server, mail(1), mail(2))
    assert (len(handler.mails), handler.connections) == (2, 1)


def test_only_the_answer_to_the_content_is_waited_for_so_long(
    plain: tuple[Handler, SmtpServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.3)
    handler, server = plain
    with MailConnection(server, SENDER) as connection:
        connection.send(mail(1), AT)
        handler.seconds_at_rcpt = 5.0
        with pytest.raises(MailNotTaken, match="the connection broke"):
            connection.send(mail(2), AT)
    assert len(handler.mails) == 1


def test_an_answer_that_does_not_come_says_nothing(
    plain: tuple[Handler, SmtpServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "ANSWER_SECONDS", 0.2)
    handler, server = plain
    handler.seconds = 2.0
    with pytest.raises(MailMayHaveArrived, match="no answer within"):
        send(server)
    assert len(handler.mails) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("451 4.3.0 Later", MailNotTaken),
        ("421 4.3.2 Closing", MailNotTaken),
        ("554 5.7.1 Spam", MailRefused),
        ("354 Go on", MailMayHaveArrived),
        ("What was that", MailMayHaveArrived),
    ],
)
def test_a_clear_answer_to_the_content_counts_and_another_says_nothing(
    answer: str, error: type[Exception], plain: tuple[Handler, SmtpServer]
) -> None:
    handler, server = plain
    handler.answers["DATA"] = answer
    with MailConnection(server, SENDER) as connection:
        with pytest.raises(error):
            connection.send(mail(1), AT)
        handler.answers.clear()
        connection.send(mail(2), AT)


def test_lines_that_begin_with_a_dot_arrive_as_they_are(
    plain: tuple[Handler, SmtpServer],
) -> None:
    handler, server = plain
    send(server, dataclasses.replace(mail(), text=".\n..\n.x\n\n."))
    ((_, content),) = handler.mails
    text = message_from_bytes(content, policy=policy.default).get_content()
    assert text.splitlines() == [".", "..", ".x", "", "."]
