"""What the tests of calls and messages share: Ada, a supplier, and what she asks for."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.io.outreach.requests import Requested, request_intervention
from cs_core.outreach.requests import ContactRequest
from tests.support.people import Somebody

FAR = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
Ask = Callable[..., Requested]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def ada(become: Callable[[str], Somebody]) -> Somebody:
    """An admin."""
    return become("admin")


@pytest.fixture
def supplier(add_supplier: Callable[..., str]) -> str:
    """A supplier that mail can go to."""
    return add_supplier(business_name="The Glasshouse", email="g@example.com", phone="0123")


@pytest.fixture
def ask(ada: Somebody, service: Any, supplier: str) -> Ask:
    """A function by which Ada asks for an intervention."""

    def request(type: str, **fields: Any) -> Requested:
        given = {"supplier_id": supplier} | fields
        if type != "call":
            given = {"subject": "Hello", "message": "How are you?"} | given
        wanted = ContactRequest(
            type=type, requested_by=ada.id, idempotency_key=str(uuid.uuid4()), **given
        )
        return request_intervention(service, wanted, now())

    return request


def audit(sql: Any) -> tuple[str, str, Any]:
    row = sql.execute(
        "select actor_id::text, table_name, after from audit_log order by id desc limit 1"
    ).fetchone()
    return (row[0], row[1], row[2])


def status_of(sql: Any, intervention: str) -> tuple[str, str | None]:
    found = sql.execute("select status, reason from interventions where id = %s", (intervention,))
    return tuple(found.fetchone())
