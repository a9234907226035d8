"""What the API planned leaves from a server that may send mail, and waits on one that may not."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cs_app.api.delivery import delivery
from cs_app.server import clients
from tests.api.answers import INTERVENTIONS
from tests.api.asking import admin

__all__ = ["admin"]


def test_a_server_that_may_send_no_mail_leaves_the_writing_to_one_that_may(
    admin: httpx.Client,
    add_supplier: Callable[..., str],
    sql: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    supplier = add_supplier(email="rowan@example.com")
    url = clients.settings().cs_base_url
    # Where people reach the dashboard is not known here, so no link may be written.
    monkeypatch.delenv("CS_BASE_URL")
    clients.forget_clients()
    body = {"supplierId": supplier, "type": "email", "message": "Shall we look at it?"}
    assert admin.post(INTERVENTIONS, json=body).status_code == 201
    assert delivery.wait(30)
    assert sql.execute("select unsubscribe_url from outbox").fetchall() == []
    monkeypatch.setenv("CS_BASE_URL", url)
    clients.forget_clients()
    delivery.ask()
    assert delivery.wait(30)
    assert sql.execute("select status from outbox").fetchall() == [("sent",)]
