"""What the tests of acting on many suppliers share: four of them, and what is planned for them."""

from datetime import datetime
from typing import Any

import pytest

from cs_app.server import sender
from tests.support.health_rows import add_scored_supplier


@pytest.fixture(autouse=True)
def due(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When something was to be sent; nothing is sent behind a test's back."""
    moments: list[datetime] = []
    monkeypatch.setattr(sender, "send_at", moments.append)
    return moments


@pytest.fixture
def four(sql: Any) -> dict[str, str]:
    """Four suppliers; one has opted out of e-mail, one has no address."""
    ids = {
        name: add_scored_supplier(sql, name, 20) for name in ("Ash", "Birch", "Cedar", "Dogwood")
    }
    sql.execute("update suppliers set email = lower(business_name) || '@example.org'")
    sql.execute("update suppliers set email_opt_out = true where business_name = 'Cedar'")
    sql.execute("update suppliers set email = null where business_name = 'Dogwood'")
    return ids


def statuses(sql: Any) -> dict[str, tuple[str, str, str | None]]:
    rows = sql.execute(
        "select s.business_name, i.type, i.status, i.reason from interventions i"
        " join suppliers s on s.id = i.supplier_id"
    ).fetchall()
    return {name: (kind, status, reason) for name, kind, status, reason in rows}
