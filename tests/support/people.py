"""Signed-in people for the tests of what the screens read and do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings


@dataclass(frozen=True)
class Somebody:
    """A sign-in and its client."""

    id: str
    client: Client


@pytest.fixture
def become(
    sql: Any, settings: Settings, add_person: Callable[..., dict[str, str]]
) -> Callable[[str], Somebody]:
    """A function that makes an admin, analyst, supplier or stranger.

    A number makes it another one: `admin 2`.
    """

    def make(name: str) -> Somebody:
        kind = name.split()[0]
        role = kind if kind in ("admin", "analyst") else None
        person = add_person(f"{name.replace(' ', '-')}@example.com", role)
        if kind == "supplier":
            sql.execute("update suppliers set user_id = %s", (person["id"],))
        return Somebody(person["id"], connect_person(settings, person["access_token"]))

    return make
