"""Real mail servers on this machine that count, refuse, encrypt or ask who one is."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from embedded.postgres import free_port


class Handler:
    """Keeps what arrives; its answers can be set before it is asked."""

    def __init__(self) -> None:
        self.connections = 0
        self.sign_ins: list[tuple[bytes, bytes]] = []
        self.mails: list[tuple[str, bytes]] = []
        self.encrypted: list[bool] = []
        self.hang_up_after = 1000
        self.hang_up_at = ""  # RCPT, or DATA: once the content is kept, and without an answer
        self.seconds = 0.0  # from the content to the answer
        self.seconds_at_rcpt = 0.0
        self.after_each: Callable[[], None] = lambda: None
        self.answers: dict[str, str] = {}

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        taken = getattr(session, "taken", 0)
        if taken >= self.hang_up_after:
            server.transport.close()
            return "421 4.3.2 Enough for one connection"
        session.taken = taken + 1  # type: ignore[attr-defined]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self.seconds_at_rcpt)
        if self.hang_up_at == "RCPT":
            server.transport.close()
        answer = self.answers.get(address) or self.answers.get("RCPT", "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content: Any = envelope.original_content
        self.mails += [(address, content) for address in envelope.rcpt_tos]
        self.encrypted.append(session.ssl is not None)
        self.after_each()
        if self.hang_up_at == "DATA":
            server.transport.close()
        await asyncio.sleep(self.seconds)
        return self.answers.get("DATA", "250 OK")


class _Counting(Controller):
    def factory(self) -> SMTP:
        self.handler.connections += 1
        return super().factory()


@contextmanager
def mail_server(host: str = "127.0.0.1", **how: Any) -> Iterator[tuple[Handler, int]]:
    """Run a mail server and give its handler and port; `how` goes to aiosmtpd."""
    handler, port = Handler(), free_port()
    server = _Counting(handler, hostname=host, port=port, **how)
    server.start()
    handler.connections = 0  # the controller looks by itself whether the server answers
    try:
        yield handler, port
    finally:
        server.stop()


def asking_who(handler_of: list[Handler], user: bytes, password: bytes) -> Any:
    """An authenticator that lets one user in and notes who tried."""

    def check(server: SMTP, session: Session, envelope: Envelope, how: str, given: Any) -> Any:
        assert isinstance(given, LoginPassword)
        handler_of[0].sign_ins.append((given.login, given.password))
        is_right = (given.login, given.password) == (user, password)
        return AuthResult(success=is_right, handled=False)

    return check


def make_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a throwaway certificate for this machine: a server's context, and the file to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = folder / "trusted.pem", folder / "key.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, secret)
    return context, trusted
