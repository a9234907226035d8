"""A mail on the wire: its headers survive any name and any subject."""

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_core.io.mail.message import Attachment, BadRecipient, Mail, build_message
from cs_core.mail.addresses import MOST_NAME_CHARACTERS, Address, clean_line

SENDER = Address("WedSync Care", "care@wedsync.example")
AT = datetime(2026, 6, 1, 6, tzinfo=UTC)
LINK = "https://success.example.com/unsubscribe?supplier=1&token=" + "0" * 100
AWKWARD = st.text(st.sampled_from(' ,;:<>@"\\()[]=?.é👰_a\r\n') | st.characters(), max_size=120)


def wire(**fields: object) -> bytes:
    plain = {"id": "42", "to": Address("", "rowan@x.example"), "subject": "Hello", "text": "Hi"}
    return bytes(build_message(Mail(**(plain | fields)), SENDER, AT))  # type: ignore[arg-type]


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


def decoded(header: str) -> str:
    return str(make_header(decode_header(header.replace("\r\n", ""))))


def test_a_mail_says_from_whom_to_whom_when_and_that_a_program_wrote_it() -> None:
    message = read(wire(to=Address("Rowan & Fox", "rowan@x.example")))
    assert message["From"] == "WedSync Care <care@wedsync.example>"
    assert message["To"] == "Rowan & Fox <rowan@x.example>"
    assert message["Date"] == "Mon, 01 Jun 2026 06:00:00 +0000"
    assert message["Message-ID"] == "<42@wedsync.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    assert message["List-Unsubscribe-Post"] is None


def test_a_mail_one_can_unsubscribe_from_says_how_with_one_click() -> None:
    raw = wire(unsubscribe_url=LINK)
    assert f"\r\nList-Unsubscribe: <{LINK}>\r\n".encode() in raw
    assert read(raw)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_text_comes_first_and_html_is_the_better_alternative() -> None:
    message = read(wire(text="Grüße\n.\nFrom us", html="<p>Grüße</p>"))
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().splitlines() == ["Grüße", ".", "From us"]
    assert html.get_content().splitlines() == ["<p>Grüße</p>"]


def test_a_mail_without_html_is_text_alone() -> None:
    assert read(wire()).get_content_type() == "text/plain"


def test_the_date_is_in_utc_wherever_the_instant_was_told() -> None:
    mail = Mail("42", Address("", "rowan@x.example"), "Hello", "Hi")
    told = build_message(mail, SENDER, AT.astimezone(timezone(timedelta(hours=-7))))
    assert told["Date"] == "Mon, 01 Jun 2026 06:00:00 +0000"


@given(name=AWKWARD, subject=AWKWARD)
def test_no_name_and_no_subject_breaks_a_header(name: str, subject: str) -> None:
    raw = wire(
        to=Address(name, "rowan@x.example"), subject=subject, html="<p>Hi</p>", unsubscribe_url=LINK
    )
    message = read(raw)
    assert [address.addr_spec for address in message["To"].addresses] == ["rowan@x.example"]
    assert message["Bcc"] is None
    assert message["List-Unsubscribe"] == f"<{LINK}>"
    old = message_from_bytes(raw)
    assert decoded(old["Subject"]) == clean_line(subject)
    shown, _ = parseaddr(old["To"].replace("\r\n", ""))
    assert decoded(shown) == clean_line(name, MOST_NAME_CHARACTERS)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


# Encoded words, as somebody may type them into a name: whole headers, and a bare line break.
TYPED = (
    "=?utf-8?q?x=0d=0aBcc:_other@example.com?=",
    "=?utf-8?b?eA0KQmNjOiBvdGhlckBleGFtcGxlLmNvbQ0KDQpCb2R5?=",
    "Rowan =?iso-8859-1?q?=0aSubject:_other?= & Fox",
    "=?utf-8?q?broken",
    "=?us-ascii?q?=00?=",
)


@pytest.mark.parametrize("typed", TYPED)
def test_what_looks_encoded_was_typed_and_arrives_as_it_was(typed: str) -> None:
    raw = wire(to=Address(typed, "rowan@x.example"), subject=f"About {typed}")
    old = message_from_bytes(raw)
    assert old.keys() == read(wire()).keys()
    assert decoded(old["Subject"]) == f"About {typed}"
    assert decoded(parseaddr(old["To"].replace("\r\n", ""))[0]) == typed
    assert old.get_payload() == "Hi\r\n"


def test_what_turns_the_direction_of_text_is_left_out_of_headers() -> None:
    raw = wire(to=Address("Rowan \u202egro.live", "rowan@x.example"), subject="\u2066Hello\u2069")
    assert read(raw)["To"] == '"Rowan gro.live" <rowan@x.example>'
    assert read(raw)["Subject"] == "Hello"


@pytest.mark.parametrize(
    ("domain", "sent"),
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("डाटामेल.भारत", "xn--c2bd4bq1db8d.xn--h2brj9c"),
        ("cafe\u0301.example", "xn--caf-dma.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("почта。рф", "xn--80a1acny.xn--p1ai"),
        ("a_b.X.example", "a_b.X.example"),
    ],
)
def test_a_domain_is_written_as_idna_2008_says(domain: str, sent: str) -> None:
    assert f"To: ann@{sent}\r\n".encode() in wire(to=Address("", f"ann@{domain}"))


def test_a_domain_with_other_letters_is_sent_in_the_form_servers_know() -> None:
    assert b"To: ann@xn--bcher-kva.example" in wire(to=Address("", "ann@bücher.example"))


def test_letters_before_the_at_are_written_as_they_are() -> None:
    assert "To: zoë@x.example".encode() in wire(to=Address("", "zoë@x.example"))


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("rowan", "has no @"),
        ("rowan@x.example\nBcc: all@x.example", "holds a line break"),
        ("a@x.example, b@x.example", "is a list"),
        (f"a@{'ü' * 60}.example", "domain that cannot exist"),
    ],
)
def test_what_is_no_address_is_not_sent_to(address: str, reason: str) -> None:
    with pytest.raises(BadRecipient, match=reason):
        wire(to=Address("Rowan", address))


def test_a_file_is_attached_beside_text_and_html() -> None:
    content = "\ufeffname\r\nChâteau Ängsö\r\n".encode()
    message = read(wire(html="<p>Hi</p>", attachment=Attachment("health.csv", content)))
    assert message.get_content_type() == "multipart/mixed"
    body, file = message.iter_parts()
    assert body.get_content_type() == "multipart/alternative"
    assert (file.get_content_type(), file.get_filename()) == ("text/csv", "health.csv")
    assert file.get_content_disposition() == "attachment"
    assert file.get_payload(decode=True) == content
