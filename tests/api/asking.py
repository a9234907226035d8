"""What the tests of asking for a contact share: an admin's program, and asking."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from cs_app.api.delivery import delivery
from tests.api.answers import INTERVENTIONS

CALL = {"type": "call"}
MAIL = {"type": "email", "template": "check_in"}


@pytest.fixture
def supplier(add_supplier: Callable[..., str]) -> str:
    return add_supplier(email="rowan@example.com", contact_name="Rowan Ash")


@pytest.fixture
def admin(web: Any, add_person: Callable[..., dict[str, str]]) -> Iterator[httpx.Client]:
    """The program of an admin; what it had sent is out before the test ends."""
    token = add_person("ada@wedsync.example", "admin")["access_token"]
    web.headers["Authorization"] = f"Bearer {token}"
    yield web
    assert delivery.wait(30)


@pytest.fixture
def ask(admin: httpx.Client, supplier: str) -> Callable[..., httpx.Response]:
    """A function that asks for a contact of the supplier, as the admin."""

    def post(
        body: dict[str, Any], key: str | None = None, token: str | None = None
    ) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return admin.post(INTERVENTIONS, json={"supplierId": supplier} | body, headers=headers)

    return post


def made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return dict(answer.json())
