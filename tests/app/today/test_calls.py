"""Today's calls on the first screen."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.today.today_page import headline_of, names_in
from tests.support.dashboard import as_seen, plain, words_of
from tests.support.health_rows import add_scored_supplier
from tests.support.intervention_rows import add_call
from tests.support.today_rows import add_day, add_mover, later_today


def test_late_calls_come_first_the_oldest_at_the_top(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    due = {"Late": timedelta(days=-3), "Longest": timedelta(days=-9), "Ahead": timedelta(days=3)}
    for name, due_in in due.items():
        add_call(sql, add_scored_supplier(sql, name, 31), due_in=due_in)
    now = datetime.now(UTC)
    add_call(sql, add_scored_supplier(sql, "Now", 31), due_in=later_today() - now)
    page = open_today(cookie)
    assert names_in(words_of(page)) == ["Longest", "Late", "Now"]
    said = plain(page)
    assert "23:59" in said
    assert "3 days late" in said
    assert "Check-in" in said
    assert "Silent after set-up: no login" in said
    assert re.search(r"Calls today\s+3 open · 2 late", said)
    assert '<a class="cs-link cs-critical" href="/interventions" target="_self">2 late</a>' in (
        words_of(page)
    )


def test_more_calls_than_fit_lead_to_the_queue(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    for number in range(10):
        supplier_id = add_scored_supplier(sql, f"Supplier {number}", 31)
        add_call(sql, supplier_id, due_in=-timedelta(days=1 + number))
    page = open_today(cookie)
    assert names_in(words_of(page)) == [f"Supplier {number}" for number in range(9, 1, -1)]
    assert '<a class="cs-link cs-more" href="/interventions" target="_self">2 more calls' in (
        words_of(page)
    )


@pytest.mark.parametrize("outcome", ["reached", "left_message", "no_answer", "not_needed"])
def test_one_click_notes_what_came_of_a_call_and_one_takes_it_back(
    cookie: str,
    ada: dict[str, str],
    open_today: Callable[..., AppTest],
    sql: Any,
    outcome: str,
) -> None:
    add_day(sql, critical=1)
    call_id = add_call(sql, add_scored_supplier(sql, "Rowan & Fox", 31), due_in=-timedelta(days=3))
    stored = "select outcome, completed_by::text from support_interactions where id = %s"
    behind = "select status from interventions"
    page = open_today(cookie)
    page.button(key=f"{outcome}-{call_id}").click().run()
    assert not page.exception
    assert sql.execute(stored, [call_id]).fetchone() == (outcome, ada["id"])
    assert sql.execute(behind).fetchone() == ("done",)
    said = plain(page)
    assert "Rowan & Fox: " in said
    made = outcome != "not_needed"
    assert ("1 made today" in said) is made
    assert ("All calls of today are made." in said) is made
    page.button(key=f"undo-{call_id}").click().run()
    assert not page.exception
    assert sql.execute(stored, [call_id]).fetchone() == (None, None)
    assert sql.execute(behind).fetchone() == ("planned",)
    assert page.button(key=f"{outcome}-{call_id}")
    assert "made today" not in plain(page)


def test_a_call_that_somebody_else_noted_first_is_not_noted_twice(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    call_id = add_call(sql, add_scored_supplier(sql, "Rowan & Fox", 31), due_in=-timedelta(days=3))
    page = open_today(cookie)
    sql.execute("update support_interactions set outcome = 'no_answer', completed_at = now()")
    page.button(key=f"reached-{call_id}").click().run()
    assert "made, cancelled or taken over meanwhile" in as_seen(page.warning[0].value)
    assert sql.execute("select outcome from support_interactions").fetchone() == ("no_answer",)
    assert not [button for button in page.button if button.key == f"undo-{call_id}"]


def test_a_call_that_somebody_is_making_says_who(
    cookie: str, analyst: str, ada: dict[str, str], open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    sql.execute("update user_profiles set full_name = 'Ada Byron' where id = %s", [ada["id"]])
    supplier_id = add_scored_supplier(sql, "Rowan & Fox", 31)
    add_call(sql, supplier_id, due_in=-timedelta(days=3), claimed_by=ada["id"])
    assert "Ada Byron is calling" in plain(open_today(analyst))
    assert "you are calling" in plain(open_today(cookie))


def test_an_analyst_sees_the_same_and_no_action(
    analyst: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    supplier_id = add_mover(sql, "Rowan & Fox", 45, 31, "turned_critical")
    add_call(sql, supplier_id, due_in=-timedelta(days=3))
    page = open_today(analyst)
    assert "1 supplier turned critical" in headline_of(page)
    assert names_in(words_of(page)) == ["Rowan & Fox"] * 2
    assert not page.button
