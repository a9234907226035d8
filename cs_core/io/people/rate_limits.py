"""Counts what was tried lately, in the database: several server processes share the limits."""

import hashlib
from dataclasses import dataclass
from typing import Any

from cs_core.io.base.client import ServiceClient, call

TRIES = 2  # counted twice at worst
SLOTS = 2**18  # as the database checks


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts per key in a span of time. Limits of one name share their counts."""

    name: str
    most: int
    span_seconds: float


def take(client: ServiceClient, *attempts: tuple[Limit, str]) -> bool:
    """Note an attempt with each limit, and say whether all allow it.

    Parameters
    ----------
    *attempts : tuple of Limit and str
        Each with its key: who tries, or what is tried. Of the key only a short digest leaves
        this process. At the first limit that refuses it ends: there the attempt does not count,
        nor with those after it.
    """
    asked = [
        _named(limit, key) | {"most": limit.most, "seconds": limit.span_seconds}
        for limit, key in attempts
    ]
    arguments = {"p_attempts": asked}
    return bool(call(client, "Counting attempts", "take_attempts", arguments, tries=TRIES))


def forget(client: ServiceClient, *attempts: tuple[Limit, str]) -> None:
    """Start over with each of some limits."""
    arguments = {"p_attempts": [_named(limit, key) for limit, key in attempts]}
    call(client, "Forgetting attempts", "forget_attempts", arguments, tries=TRIES)


def _named(limit: Limit, key: str) -> dict[str, Any]:
    digest = hashlib.sha256(f"{limit.name}\n{key}".encode()).digest()
    return {"kind": limit.name, "slot": int.from_bytes(digest[:8]) % SLOTS}
