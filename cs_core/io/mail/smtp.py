"""Handing mail to a mail server, one connection for many messages."""

import contextlib
import ipaddress
import re
import smtplib
import socket
import ssl
from datetime import datetime
from typing import Self

from cs_core.base.errors import CsError
from cs_core.io.base.config import SmtpServer
from cs_core.io.mail.message import BadRecipient, CannotBeWritten, Mail, build_message
from cs_core.mail.addresses import Address, clean_line

TIMEOUT_SECONDS = 20.0  # of each step of the conversation but the last
# A server may examine a message for long before it says that it took it (RFC 5321, 4.5.3.2.6).
ANSWER_SECONDS = 600.0
GO_AHEAD = 354
# The server wants another sign-in than ours, or TLS: true for every message.
ABOUT_THE_SIGN_IN = {530, 534, 535, 538}
TOO_LARGE = 552
CLOSING = 421


class MailServerUnusable(CsError):
    message = "The mail server {server} {problem}. Check CS_SMTP_URL and CS_MAIL_FROM."


class MailRefused(CsError):
    message = "The mail server refused it for good: {reason}."


class MailNotTaken(CsError):
    message = "The mail server did not take it now: {reason}."


class MailMayHaveArrived(CsError):
    message = (
        "The mail server did not say whether it took it ({reason}). It may have arrived; send it"
        " again only if it did not."
    )


class _ConnectionEnded(Exception):
    """The server ended the conversation before it was told of a message."""


class MailConnection:
    """A connection to a mail server, as a context manager; opened again where it breaks.

    `sender`: from whom all messages come. Raises MailServerUnusable on entering and on sending: no
    message will get through, whichever it is.
    """

    def __init__(self, server: SmtpServer, sender: Address) -> None:
        self._server = server
        self._sender = sender
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        self._smtp = self._open()
        return self

    def __exit__(self, *_: object) -> None:
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
            self._drop()

    def send(self, mail: Mail, at: datetime) -> None:
        """Hand over one message; see `build_message`.

        Raises
        ------
        BadRecipient, CannotBeWritten, MailRefused
            If this message will never be taken.
        MailNotTaken
            If it was not taken, and may be later.
        MailMayHaveArrived
            If the connection broke, or the answer did not come, after the content was begun.
        MailServerUnusable
            If no message will be taken.
        """
        to, content = _write(mail, self._sender, at)
        try:
            self._hand_over(to, content)
        except _ConnectionEnded:
            # Many servers take only so many messages on one connection: try a new one.
            try:
                self._hand_over(to, content)
            except _ConnectionEnded as error:
                raise self._unusable(f"ends the conversation ({error})") from error

    def _hand_over(self, to: str, content: bytes) -> None:
        smtp = self._smtp = self._smtp or self._open()
        try:
            self._announce(smtp, to, len(content))
            self._require_consent(*smtp.rcpt(to))
            code, answer = smtp.docmd("data")
        except OSError as error:  # those of smtplib are such, too
            self._drop()
            raise MailNotTaken(reason="the connection broke") from error
        except ValueError as error:  # a command that smtplib will not send
            self._drop()
            raise CannotBeWritten(reason=type(error).__name__) from error
        if code != GO_AHEAD:
            raise self._refusal(code, answer)
        self._require_consent(*self._transfer(smtp, content))

    def _transfer(self, smtp: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
        """Send the content and return the answer; from here on silence says nothing."""
        assert smtp.sock is not None
        ended = content if content.endswith(b"\r\n") else content + b"\r\n"
        quoted = re.sub(rb"(?m)^\.", b"..", ended)
        try:
            smtp.sock.settimeout(ANSWER_SECONDS)
            smtp.send(quoted + b".\r\n")
            code, answer = smtp.getreply()
            smtp.sock.settimeout(TIMEOUT_SECONDS)
        except OSError as error:
            is_slow = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            self._drop()
            waited = f"no answer within {ANSWER_SECONDS / 60:.0f} minutes"
            reason = waited if is_slow else "the connection broke"
            raise MailMayHaveArrived(reason=reason) from error
        if code // 100 not in (2, 4, 5):
            self._drop()
            raise MailMayHaveArrived(reason=f"it answered {_one_line(code, answer)}")
        return code, answer

    def _announce(self, smtp: smtplib.SMTP, to: str, size: int) -> None:
        """Begin a message: tell from whom it comes, how large it is and of which kind."""
        options = [f"size={size}"] if smtp.has_extn("size") else []
        if not to.isascii():
            if not smtp.has_extn("smtputf8"):
                raise BadRecipient(
                    reason="the mail server takes no address with letters such as é before the @"
                )
            options += ["smtputf8", "body=8bitmime"]
        try:
            code, answer = smtp.mail(self._sender.address, options)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self._drop()
            raise _ConnectionEnded(type(error).__name__) from error
        if code == CLOSING:
            self._drop()
            raise _ConnectionEnded(_one_line(code, answer))
        # All messages come from the same sender; size and kind of address are this one's.
        if code >= 500 and code != TOO_LARGE and to.isascii():
            raise self._unusable(f"does not let us send: {_one_line(code, answer)}")
        self._require_consent(code, answer)

    def _require_consent(self, code: int, answer: bytes | str) -> None:
        """Raise what an answer means, if it is not consent."""
        if not 200 <= code < 300:
            raise self._refusal(code, answer)

    def _refusal(self, code: int, answer: bytes | str) -> CsError:
        """Say what it means that a message was not taken, and be ready for the next one."""
        reason = _one_line(code, answer)
        if code in ABOUT_THE_SIGN_IN:
            return self._unusable(f"does not let us send: {reason}")
        if code == CLOSING or code < 0:  # below zero: no answer of SMTP at all
            self._drop()
        elif self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.rset()
        return (MailRefused if code >= 500 else MailNotTaken)(reason=reason)

    def _open(self) -> smtplib.SMTP:
        smtp: smtplib.SMTP | None = None
        try:
            smtp = self._connect()
            self._sign_in(smtp)
        except BaseException as error:
            if smtp is not None:
                smtp.close()
            if isinstance(error, smtplib.SMTPException | OSError | UnicodeError):
                raise self._unusable(_what_is_wrong(error)) from error
            raise
        return smtp

    def _connect(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.tls_from_start:
            return smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=context
            )
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        try:
            smtp.ehlo_or_helo_if_needed()
            if smtp.has_extn("starttls"):
                smtp.starttls(context=context)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        server = self._server
        smtp.ehlo_or_helo_if_needed()
        if server.user is None or server.password is None:
            return
        if not isinstance(smtp.sock, ssl.SSLSocket) and not _is_loopback(smtp):
            raise self._unusable("offers no TLS, so user name and password were not sent")
        smtp.login(server.user, server.password)

    def _unusable(self, problem: str) -> MailServerUnusable:
        return MailServerUnusable(
            server=f"{self._server.host}:{self._server.port}", problem=problem
        )

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _write(mail: Mail, sender: Address, at: datetime) -> tuple[str, bytes]:
    """Return the recipient's address as servers know it, and the message as bytes."""
    try:
        message = build_message(mail, sender, at)
        return message["To"].addresses[0].addr_spec, bytes(message)
    except CsError:
        raise
    except Exception as error:  # whatever it is, it is this message's and no other's
        raise CannotBeWritten(reason=type(error).__name__) from error


def _what_is_wrong(error: Exception) -> str:
    """Say why no conversation came about, with nothing secret in it."""
    if isinstance(error, smtplib.SMTPServerDisconnected) and isinstance(error.__context__, OSError):
        error = error.__context__  # the library tells a silent server so
    match error:
        case ssl.SSLCertVerificationError():
            return f"shows a certificate that is not trusted ({error.verify_message})"
        case ssl.SSLError():
            return "speaks no TLS we understand, or not on this port"
        case TimeoutError():
            return f"does not answer within {TIMEOUT_SECONDS:.0f} seconds"
        case socket.gaierror():
            return "is not known by this name"
        case ConnectionRefusedError():
            return "does not listen there"
        case smtplib.SMTPAuthenticationError():
            return f"refuses the user name or the password ({error.smtp_code})"
        case smtplib.SMTPNotSupportedError():
            return "offers no sign-in, yet a user name is set"
        case smtplib.SMTPResponseException():
            return f"does not take mail now ({error.smtp_code})"
    return f"ends the conversation ({type(error).__name__})"


def _is_loopback(smtp: smtplib.SMTP) -> bool:
    assert smtp.sock is not None
    return ipaddress.ip_address(smtp.sock.getpeername()[0].partition("%")[0]).is_loopback


def _one_line(code: int, answer: bytes | str) -> str:
    """Shorten a server's answer; servers like to repeat the recipient's address in it."""
    text = answer if isinstance(answer, str) else answer.decode("utf-8", "replace")
    return re.sub(r"\S+@\S+", "(address)", f"{code} {clean_line(text)}")[:300]
