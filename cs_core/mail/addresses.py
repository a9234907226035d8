"""E-mail addresses: what one looks like, with a name and without."""

import re
import unicodedata
from dataclasses import dataclass

import idna

from cs_core.base.errors import CsError

MOST_CHARACTERS = 254  # of an address; SMTP takes no more
MOST_BEFORE_THE_AT = 64
MOST_NAME_CHARACTERS = 200

_NAMED = re.compile(r'(?P<name>"(?:[^"\\]|\\.)*"|[^"<>,;]*)\s*<(?P<address>[^<>]*)>')
_COMMA_OUTSIDE_QUOTES = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')
_BEFORE_THE_AT = re.compile(r'[^\s@<>()\[\],;:\\"]+')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?", re.IGNORECASE)
# They turn the direction of what follows, and so show another text than there is.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_JOINERS = "\u200c\u200d"  # between letters of some scripts, in a domain as well


class AddressError(CsError):
    message = "The e-mail address {reason}."
    reason: str


@dataclass(frozen=True)
class Address:
    """An address and the name that goes with it, empty where there is none."""

    name: str
    address: str


def parse_address(text: str) -> Address:
    """Read one address, as people write it: `care@x.example` or `Care <care@x.example>`.

    Parameters
    ----------
    text : str
        Space around it does not count.

    Returns
    -------
    Address
        Its address is as given: not lower-cased, its domain not encoded.

    Raises
    ------
    AddressError
        With the reason. The message does not repeat the text, so that it can be logged.
    """
    if any(_is_control(character) for character in text):
        raise AddressError(reason="holds a line break or another control character")
    text = text.strip()
    if not text:
        raise AddressError(reason="is empty")
    if len(_COMMA_OUTSIDE_QUOTES.split(text)) > 1 or ";" in text.rpartition('"')[2]:
        raise AddressError(reason="is a list; give one address, and a name with commas in quotes")
    found = _NAMED.fullmatch(text)
    name, address = (_unquote(found["name"].strip()), found["address"]) if found else ("", text)
    problem = _problem(address)
    if problem:
        raise AddressError(reason=problem)
    return Address(name, address)


def parse_addresses(text: str) -> tuple[Address, ...]:
    """Read one or several addresses, separated by commas; see `parse_address`."""
    if len(text) > 10_000:
        raise AddressError(reason="is far too long")
    return tuple(parse_address(part) for part in _COMMA_OUTSIDE_QUOTES.split(text))


def is_address(text: str) -> bool:
    """Tell whether a text is one address and nothing else: no name, no space around it."""
    return _problem(text) is None


def clean_line(text: str, most: int | None = None) -> str:
    """Make one line of any text, for a header: nothing that controls or turns, single spaces."""
    turned = _TURNS.sub("", text)
    spaced = "".join(" " if _is_control(character) else character for character in turned)
    return " ".join(spaced.split())[:most].rstrip()


def ascii_domain(address: str) -> str:
    """Return an address's domain in the form that mail servers know (IDNA 2008, UTS 46).

    Raises
    ------
    idna.IDNAError
        If it cannot exist.
    """
    domain = address.rpartition("@")[2]
    if domain.isascii():
        return domain
    return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")


def _labels(address: str) -> list[str]:
    """Split a domain at its dots; where it cannot exist, into one label that cannot either."""
    try:
        return ascii_domain(address).split(".")
    except idna.IDNAError:
        return ["", ""]


def _problem(address: str) -> str | None:
    """Say what is wrong with a bare address."""
    before, at, domain = address.rpartition("@")
    labels = _labels(address)
    checks = (
        (any(_is_control(c) for c in address), "holds a line break or another control character"),
        (any(c.isspace() for c in address), "holds a space"),
        (
            _has_invisible(before) or _has_invisible(domain, _JOINERS),
            "holds an invisible character",
        ),
        (not at, "has no @"),
        ("@" in before, "has more than one @"),
        (not before, "has nothing before the @"),
        (not domain, "has no domain after the @"),
        (not _BEFORE_THE_AT.fullmatch(before), "holds a character that is not allowed"),
        (".." in f".{before}.", "has a dot too many before the @"),
        (len(labels) < 2, "has a domain without a dot"),
        (not all(map(_LABEL.fullmatch, labels)), "has a domain that cannot exist"),
        (len(address) > MOST_CHARACTERS, f"is longer than {MOST_CHARACTERS} characters"),
        (
            len(before) > MOST_BEFORE_THE_AT,
            f"has more than {MOST_BEFORE_THE_AT} characters before the @",
        ),
    )
    return next((problem for is_wrong, problem in checks if is_wrong), None)


def _unquote(name: str) -> str:
    if name.startswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return clean_line(name, MOST_NAME_CHARACTERS)


def _has_invisible(text: str, besides: str = "") -> bool:
    return any(unicodedata.category(c) == "Cf" and c not in besides for c in text)


def _is_control(character: str) -> bool:
    # Cs: half a character, which no encoding can hold. Zl, Zp: line and paragraph separators.
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
