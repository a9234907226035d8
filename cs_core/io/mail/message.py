"""A mail as it goes over the wire: headers, text, HTML."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address as HeaderAddress
from email.headerregistry import (
    AddressHeader,
    BaseHeader,
    HeaderRegistry,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import quote
from typing import Any

from cs_core.base.errors import CsError
from cs_core.mail.addresses import (
    MOST_NAME_CHARACTERS,
    Address,
    AddressError,
    ascii_domain,
    clean_line,
    parse_address,
)


class BadRecipient(CsError):
    message = "It cannot be sent there: {reason}."


class CannotBeWritten(CsError):
    message = "It cannot be written as an e-mail ({reason})."


@dataclass(frozen=True)
class Attachment:
    """A CSV file that a mail carries."""

    file_name: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One message as it leaves; text and HTML with their layout around them."""

    id: str
    to: Address
    subject: str
    text: str
    html: str | None = None
    unsubscribe_url: str | None = None
    attachment: Attachment | None = None


# The standard library's new headers spoil long ones as they fold them (Python 3.11: spaces
# come and go between encoded words, long links are encoded). Its old ones do it right.


class _Text(UnstructuredHeader, BaseHeader):
    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        # What looks like an encoded word was typed by somebody: decoded here, line breaks within
        # it would begin headers of their own.
        super().parse(value, kwds)
        kwds["decoded"] = value

    def fold(self, *, policy: EmailPolicy) -> str:  # type: ignore[override]
        return f"{self.name}: {_encode(str(self), self.name, policy.linesep)}{policy.linesep}"


class _Person(AddressHeader, BaseHeader):  # type: ignore[misc]
    def fold(self, *, policy: EmailPolicy) -> str:  # type: ignore[override]
        (address,) = self.addresses
        name = address.display_name
        is_plain = not _needs_encoding(name)
        phrase = f'"{quote(name)}"' if is_plain else _encode(name, self.name, policy.linesep)
        target = f"{phrase} <{address.addr_spec}>" if name else address.addr_spec
        return f"{self.name}: {target}{policy.linesep}"


class _Verbatim(UnstructuredHeader, BaseHeader):
    def fold(self, *, policy: EmailPolicy) -> str:  # type: ignore[override]
        return f"{self.name}: {self}{policy.linesep}"


def _needs_encoding(text: str) -> bool:
    return not text.isascii() or "=?" in text


def _encode(text: str, header: str, linesep: str) -> str:
    if not _needs_encoding(text):
        return text
    return Header(text, "utf-8", header_name=header).encode(linesep=linesep)


_HEADERS = HeaderRegistry()
for _name, _kind in {
    "from": _Person,
    "to": _Person,
    "subject": _Text,
    "list-unsubscribe": _Verbatim,
    "message-id": _Verbatim,
}.items():
    _HEADERS.map_to_type(_name, _kind)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def build_message(mail: Mail, sender: Address, at: datetime) -> EmailMessage:
    """Write a message as it goes over the wire.

    Parameters
    ----------
    mail : Mail
        Its id makes the Message-ID, so a message that is tried again keeps it.
    sender : Address
        With an ASCII address, as the settings require.
    at : datetime
        Of the header Date; with a time zone.

    Raises
    ------
    BadRecipient
        If the recipient's address is none.
    """
    try:
        to = _header_address(Address(mail.to.name, parse_address(mail.to.address).address))
    except AddressError as error:
        raise BadRecipient(reason=f"the address {error.reason}") from error
    message = EmailMessage(_POLICY if to.addr_spec.isascii() else _POLICY.clone(utf8=True))
    message["From"] = _header_address(sender)
    message["To"] = to
    message["Subject"] = clean_line(mail.subject)
    message["Date"] = at.astimezone(UTC)
    message["Message-ID"] = f"<{mail.id}@{ascii_domain(sender.address)}>"
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    if mail.attachment:
        message.add_attachment(
            mail.attachment.content,
            maintype="text",
            subtype="csv",
            cte="base64",
            filename=mail.attachment.file_name,
            params={"charset": "utf-8"},
        )
    return message


def _header_address(address: Address) -> HeaderAddress:
    before, _, _ = address.address.rpartition("@")
    name = clean_line(address.name, MOST_NAME_CHARACTERS)
    return HeaderAddress(name, before, ascii_domain(address.address))
