"""A message from a supplier's page at night: it waits unless somebody wants otherwise."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from streamlit.testing.v1 import AppTest

from tests.app.supplier.supplier_steps import field, interventions, mails, press, rowan, said
from tests.support.supplier_rows import SUPPLIER

__all__ = ["rowan"]
Open = Callable[..., AppTest]


def make_it_night(sql: Any) -> None:
    """Quiet hours from an hour ago until three hours from now, where the supplier is (London)."""
    now = datetime.now(UTC).astimezone(ZoneInfo("Europe/London"))
    hours = {
        "from": f"{now - timedelta(hours=1):%H:00}",
        "until": f"{now + timedelta(hours=3):%H:00}",
    }
    sql.execute(
        "insert into outreach_rules (version, definition)"
        " select 2, definition || jsonb_build_object('quiet_hours', %s::jsonb)"
        " from outreach_rules",
        (json.dumps(hours),),
    )


def test_at_night_a_message_waits_unless_somebody_wants_otherwise(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    make_it_night(sql)
    page = press(open_page(cookie, SUPPLIER, id=rowan), "Send the tips by e-mail")
    assert "for the supplier, and quiet hours last until" in page.info[0].value
    press(page, "Schedule")
    assert "E-mail planned: " in said(page)
    assert mails(sql) == []
    (one,) = interventions(sql)
    assert (one["status"], one["request"]["overrides_quiet_hours"]) == ("planned", False)


def test_at_night_a_message_is_sent_all_the_same_where_that_is_chosen(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    make_it_night(sql)
    page = press(open_page(cookie, SUPPLIER, id=rowan), "Send the tips by e-mail")
    field(page, "radio", "When").set_value("Now all the same").run()
    press(page, "Send now")
    assert "E-mail sent." in said(page)
    (one,) = interventions(sql)
    assert (one["status"], one["request"]["overrides_quiet_hours"]) == ("sent", True)
