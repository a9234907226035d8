"""Writing to many suppliers where it is night for some of them."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import sender
from cs_app.suppliers.bulk_wording import BulkDone, done_words
from tests.app.suppliers.bulk_page import due, four, statuses
from tests.app.suppliers.list_page import select
from tests.support.dashboard import words_of

__all__ = ["due", "four"]
Open = Callable[..., AppTest]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def night(sql: Any, four: dict[str, str]) -> dict[str, str]:
    """Night for Ash, and not for Birch, eight hours behind."""
    zones = {"Ash": "UTC", "Birch": "Etc/GMT+8"}
    for name, zone in zones.items():
        sql.execute("update suppliers set timezone = %s where business_name = %s", (zone, name))
    here = datetime.now(UTC)
    hours = {
        "from": f"{here - timedelta(hours=1):%H:00}",
        "until": f"{here + timedelta(hours=2):%H:00}",
    }
    sql.execute(
        "insert into outreach_rules (version, definition)"
        " select 2, definition || jsonb_build_object('quiet_hours', %s::jsonb)"
        " from outreach_rules",
        (json.dumps(hours),),
    )
    return four


def test_for_whom_it_is_night_the_message_waits(
    cookie: str, open_page: Open, night: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), night["Ash"], night["Birch"])
    page.button(key="bulk-email").click().run()
    assert "it is night for 1 supplier" in words_of(page)
    page.button(key="bulk-confirm").click().run()
    waits = "scheduled_for > now() + interval '2 minutes'"
    late = sql.execute(
        "select business_name from suppliers s join interventions i on i.supplier_id = s.id"
        f" where {waits}"
    ).fetchall()
    assert late == [("Ash",)]
    sql.execute("update interventions set scheduled_for = now() where not " + waits)
    sender.deliver()
    done = page.session_state["bulk-done"]
    page.session_state["bulk-done"] = replace(done, due_at=datetime.now(UTC) - timedelta(seconds=1))
    page.run()
    assert "1 waits until quiet hours end." in words_of(page)


def test_those_can_be_written_to_all_the_same(
    cookie: str, open_page: Open, night: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), night["Ash"], night["Birch"])
    page.button(key="bulk-email").click().run()
    page.checkbox(key="bulk-night").check().run()
    page.button(key="bulk-confirm").click().run()
    sql.execute("update interventions set scheduled_for = now()")
    sender.deliver()
    assert {row[1] for row in statuses(sql).values()} == {"sent"}


def test_where_it_is_night_for_all_of_them_it_is_said() -> None:
    done = BulkDone("email", "b", 2, due_at=NOW, at_night=2)
    assert done_words(done, NOW) == "2 wait until quiet hours end."
