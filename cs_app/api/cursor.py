"""Cursors: where a list goes on, sealed so that nobody reads or changes them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


@dataclass(frozen=True)
class Cursor:
    """The place in a list, and the list itself."""

    after: str  # the last id that was given
    limit: int
    filters: dict[str, str]  # the parameters of the first page that choose suppliers
    summary: dict[str, int]  # counted with the first page


def seal(cursor: Cursor, secret: str) -> str:
    """Write a cursor.

    `secret`: every server process has the same, so each can go on where another left off.
    """
    nonce = token_bytes(NONCE_BYTES)
    text = json.dumps(asdict(cursor), ensure_ascii=False).encode()
    return (
        urlsafe_b64encode(nonce + _cipher(secret).encrypt(nonce, text, None)).decode().rstrip("=")
    )


def unseal(text: str, secret: str) -> Cursor | None:
    """Read a cursor; None if it is none of ours, or was changed."""
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return Cursor(
            **json.loads(_cipher(secret).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None))
        )
    except (ValueError, TypeError, InvalidTag):
        return None


def _cipher(secret: str) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cs api cursor 1")
    return AESGCM(derive.derive(secret.encode()))
