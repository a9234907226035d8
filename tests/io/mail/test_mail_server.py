"""Talking to mail servers: encryption, sign-in, one connection, and what answers mean."""

import dataclasses
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from cs_core.io.base.config import SmtpServer
from cs_core.io.mail import smtp
from cs_core.io.mail.message import BadRecipient, CannotBeWritten, Mail
from cs_core.io.mail.smtp import MailConnection, MailNotTaken, MailRefused, MailServerUnusable
from cs_core.mail.addresses import Address
from embedded.postgres import free_port
from tests.support.mail_servers import Handler, asking_who, mail_server, make_certificate

SENDER = Address("WedSync Care", "care@wedsync.example")
AT = datetime(2026, 6, 1, 6, tzinfo=UTC)
LOCAL = "127.0.0.1"


def mail(number: int = 1, address: str = "") -> Mail:
    return Mail(str(number), Address("Rowan", address or f"m{number}@x.example"), "Hello", "Hi")


def send(server: SmtpServer, *mails: Mail) -> None:
    with MailConnection(server, SENDER) as connection:
        for one in mails or [mail()]:
            connection.send(one, AT)


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server's TLS context that this process trusts."""
    context, trusted = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return context


@pytest.fixture
def plain() -> Iterator[tuple[Handler, SmtpServer]]:
    """A mail server without TLS."""
    with mail_server() as (handler, port):
        yield handler, SmtpServer(LOCAL, port, False)


def test_a_batch_goes_over_one_connection(plain: tuple[Handler, SmtpServer]) -> None:
    handler, server = plain
    send(server, *(mail(n) for n in range(20)))
    assert handler.connections == 1
    assert [address for address, _ in handler.mails] == [f"m{n}@x.example" for n in range(20)]


def test_what_cannot_be_written_is_said_of_that_mail_and_the_next_one_leaves(
    plain: tuple[Handler, SmtpServer],
) -> None:
    handler, server = plain
    with MailConnection(server, SENDER) as connection:
        with pytest.raises(CannotBeWritten, match="UnicodeEncodeError"):
            connection.send(dataclasses.replace(mail(1), text="half \ud83d"), AT)
        connection.send(mail(2), AT)
    assert [address for address, _ in handler.mails] == ["m2@x.example"]


def test_a_server_that_takes_few_mails_on_a_connection_gets_them_all(
    plain: tuple[Handler, SmtpServer],
) -> None:
    handler, server = plain
    handler.hang_up_after = 3
    send(server, *(mail(n) for n in range(7)))
    assert handler.connections == 3
    assert len(handler.mails) == 7


def test_a_server_that_hangs_up_at_once_is_unusable(plain: tuple[Handler, SmtpServer]) -> None:
    handler, server = plain
    handler.hang_up_after = 0
    with pytest.raises(MailServerUnusable, match="ends the conversation"):
        send(server)


@pytest.mark.parametrize(
    ("step", "answer", "error"),
    [
        ("RCPT", "550 5.1.1 <m1@x.example>: no such user", MailRefused),
        ("RCPT", "450 4.2.0 Greylisted", MailNotTaken),
        ("RCPT", "421 4.3.2 Closing", MailNotTaken),
        ("RCPT", "530 5.7.0 Authentication required", MailServerUnusable),
        ("MAIL", "451 4.3.0 Later", MailNotTaken),
        ("MAIL", "552 5.3.4 Too large", MailRefused),
        ("MAIL", "530 5.7.0 Authentication required", MailServerUnusable),
        ("MAIL", "553 5.7.1 Sender not owned by user", MailServerUnusable),
    ],
)
def test_an_answer_means_never_later_or_not_at_all(
    step: str, answer: str, error: type[Exception], plain: tuple[Handler, SmtpServer]
) -> None:
    handler, server = plain
    handler.answers[step] = answer
    with pytest.raises(error, match=answer[:3]) as caught:
        send(server)
    assert "m1@x.example" not in str(caught.value)
    assert handler.mails == []


@pytest.mark.parametrize("answer", ["550 Unknown", "450 Later", "421 Closing"])
def test_after_one_that_was_not_taken_the_next_is_sent(
    answer: str, plain: tuple[Handler, SmtpServer]
) -> None:
    handler, server = plain
    handler.answers["m1@x.example"] = answer
    with MailConnection(server, SENDER) as connection:
        with pytest.raises((MailRefused, MailNotTaken)):
            connection.send(mail(1), AT)
        connection.send(mail(2), AT)
    assert [address for address, _ in handler.mails] == ["m2@x.example"]


@pytest.mark.parametrize("knows_all_letters", [True, False])
def test_letters_before_the_at_go_only_where_the_server_knows_them(knows_all_letters: bool) -> None:
    with mail_server(enable_SMTPUTF8=knows_all_letters) as (handler, port):
        server = SmtpServer(LOCAL, port, False)
        with MailConnection(server, SENDER) as connection:
            if not knows_all_letters:
                with pytest.raises(BadRecipient, match="takes no address with letters"):
                    connection.send(mail(1, "zoë@x.example"), AT)
            else:
                connection.send(mail(1, "zoë@x.example"), AT)
            connection.send(mail(2, "ann@bücher.example"), AT)
        got = [address for address, _ in handler.mails]
        assert got == ["zoë@x.example"] * knows_all_letters + ["ann@xn--bcher-kva.example"]


# ============ encryption and sign-in ============


@pytest.mark.parametrize("tls_from_start", [True, False])
def test_mail_and_sign_in_go_through_tls(tls_from_start: bool, certificate: Any) -> None:
    handlers: list[Handler] = []
    tls = {"ssl_context" if tls_from_start else "tls_context": certificate}
    if tls_from_start:
        tls["auth_require_tls"] = False  # the server does not see the outer TLS
    check = asking_who(handlers, b"care", b"p/w:%")
    with mail_server(authenticator=check, **tls) as (handler, port):
        handlers.append(handler)
        send(SmtpServer(LOCAL, port, tls_from_start, "care", "p/w:%"))
        assert handler.sign_ins == [(b"care", b"p/w:%")]
        assert len(handler.mails) == 1
        assert tls_from_start or handler.encrypted == [True]


def test_a_server_that_offers_tls_is_spoken_to_in_tls_without_a_sign_in_too(
    certificate: Any,
) -> None:
    with mail_server(tls_context=certificate) as (handler, port):
        send(SmtpServer(LOCAL, port, False))
        assert handler.encrypted == [True]


@pytest.mark.parametrize("tls_from_start", [True, False])
def test_a_certificate_nobody_vouches_for_ends_it_before_the_sign_in(
    tls_from_start: bool, tmp_path: Path
) -> None:
    context, _ = make_certificate(tmp_path)
    handlers: list[Handler] = []
    check = asking_who(handlers, b"care", b"secret")
    tls = {"ssl_context" if tls_from_start else "tls_context": context}
    with mail_server(authenticator=check, auth_require_tls=False, **tls) as (handler, port):
        handlers.append(handler)
        with pytest.raises(MailServerUnusable, match="certificate that is not trusted"):
            send(SmtpServer(LOCAL, port, tls_from_start, "care", "secret"))
        assert (handler.sign_ins, handler.mails) == ([], [])


def outward_address() -> str:
    addresses = [one for every in psutil.net_if_addrs().values() for one in every]
    found = [a.address for a in addresses if a.family == socket.AF_INET]
    outward = [address for address in found if not address.startswith("127.")]
    if not outward:
        pytest.skip("this machine has no address but its own loopback")
    return outward[0]


@pytest.mark.parametrize("is_local", [True, False])
def test_without_tls_a_sign_in_leaves_no_machine(is_local: bool) -> None:
    host = LOCAL if is_local else outward_address()
    handlers: list[Handler] = []
    check = asking_who(handlers, b"care", b"secret")
    with ExitStack() as stack:
        handler, port = stack.enter_context(
            mail_server(host, authenticator=check, auth_require_tls=False)
        )
        handlers.append(handler)
        server = SmtpServer(host, port, False, "care", "secret")
        if is_local:
            send(server)
            assert handler.sign_ins == [(b"care", b"secret")]
        else:
            with pytest.raises(MailServerUnusable, match="offers no TLS, so user name"):
                send(server)
            assert (handler.sign_ins, handler.mails) == ([], [])
            send(dataclasses.replace(server, user=None, password=None))
            assert len(handler.mails) == 1


def test_a_wrong_password_is_named_and_not_shown() -> None:
    handlers: list[Handler] = []
    check = asking_who(handlers, b"care", b"right")
    with mail_server(authenticator=check, auth_require_tls=False) as (handler, port):
        handlers.append(handler)
        with pytest.raises(MailServerUnusable, match="refuses the user name or the pass") as caught:
            send(SmtpServer(LOCAL, port, False, "care", "hunter2"))
        assert "hunter2" not in str(caught.value)
        assert handler.mails == []


# ============ servers that are none ============


def test_a_server_that_is_not_there_is_unusable() -> None:
    with pytest.raises(MailServerUnusable, match="does not listen there"):
        send(SmtpServer(LOCAL, free_port(), False))
    with pytest.raises(MailServerUnusable, match="is not known by this name"):
        send(SmtpServer("mail.invalid", 587, False))


def test_tls_to_a_server_that_speaks_none_is_unusable(plain: tuple[Handler, SmtpServer]) -> None:
    _, server = plain
    with pytest.raises(MailServerUnusable, match="speaks no TLS"):
        send(dataclasses.replace(server, tls_from_start=True))


def test_a_sign_in_at_a_server_that_asks_for_none_is_unusable(
    plain: tuple[Handler, SmtpServer],
) -> None:
    _, server = plain
    with pytest.raises(MailServerUnusable, match="offers no sign-in"):
        send(dataclasses.replace(server, user="care", password="secret"))


def test_a_server_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server((LOCAL, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(MailServerUnusable, match="does not answer within"):
            send(SmtpServer(LOCAL, port, False))
