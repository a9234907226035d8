"""The first screen as a whole: with nothing on it, failing, and to whom it is shown."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.today.today_page import MAIN, TODAY, headline_of
from tests.support.dashboard import plain, words_of
from tests.support.health_rows import add_scored_supplier
from tests.support.today_rows import add_day, add_milestone, add_mover, add_run


def test_without_suppliers_the_screen_says_so(
    cookie: str, open_today: Callable[..., AppTest]
) -> None:
    page = open_today(cookie)
    assert "No suppliers yet." in page.info[0].value
    assert 'class="cs-figures"' not in words_of(page)


def test_before_the_first_run_the_screen_says_what_to_run(
    cookie: str, open_today: Callable[..., AppTest], add_supplier: Callable[..., str]
) -> None:
    add_supplier()
    page = open_today(cookie)
    assert page.info[0].value == ("No supplier is scored yet. Run `python daily_scoring.py`.")
    assert 'class="cs-figures"' not in words_of(page)


def test_while_the_first_run_is_at_work_the_screen_says_so(
    cookie: str, open_today: Callable[..., AppTest], add_supplier: Callable[..., str], sql: Any
) -> None:
    add_supplier()
    sql.execute("update private.run_lease set fence = 7, expires_at = now() + interval '1 hour'")
    add_run(sql, "running", fence=7, suppliers_scored=12)
    assert "at work, 12 suppliers so far" in open_today(cookie).info[0].value


def test_with_one_scored_day_the_chart_says_when_it_begins(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 80)
    add_day(sql, healthy=1)
    page = open_today(cookie)
    assert "No supplier turned critical since yesterday." in headline_of(page)
    assert "The chart begins with the second scored day." in plain(page)
    assert "No calls are due today." in plain(page)
    assert "Nothing was reached in the last 7 days." in plain(page)
    assert "Nobody turned critical since the day before." in plain(page)


def test_what_was_reached_this_week_is_shown_by_type(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, healthy=2)
    for name in ("Rowan & Fox", "Glasshouse"):
        add_milestone(sql, add_scored_supplier(sql, name, 80), "first_client")
    add_milestone(sql, add_scored_supplier(sql, "Long ago", 80), "one_year", hours_ago=200)
    words = words_of(open_today(cookie))
    assert 'href="/milestones?type=first_client&amp;days=7" target="_self">First client 2<' in words
    assert 'href="/milestones?days=7" target="_self">All 2<' in words
    assert "Long ago" not in words


@pytest.mark.parametrize(
    "function",
    ["today()", "movers(integer)", "daily_levels(integer)", "count_milestones(timestamptz)"],
)
def test_a_failed_fetch_says_what_happened_and_what_to_try(
    cookie: str, open_today: Callable[..., AppTest], sql: Any, function: str
) -> None:
    add_day(sql, critical=1)
    sql.execute(f"revoke execute on function public.{function} from authenticated")
    try:
        page = open_today(cookie)
    finally:
        sql.execute(f"grant execute on function public.{function} to authenticated")
    assert "This screen could not be loaded." in words_of(page)
    assert "Nothing was changed." in words_of(page)
    page.button[0].click().run()
    assert 'class="cs-figures"' in words_of(page)


@pytest.mark.parametrize("script", [TODAY, MAIN])
@pytest.mark.parametrize("made_up", [None, "a" * 43])
def test_signed_out_nothing_is_shown_but_the_way_to_sign_in(
    open_page: Callable[..., AppTest], sql: Any, script: str, made_up: str | None
) -> None:
    add_day(sql, critical=1)
    add_mover(sql, "Rowan & Fox", 45, 31, "turned_critical")
    page = open_page(made_up, script)
    assert not page.exception
    assert "Your session has ended" in words_of(page)
    assert "Rowan" not in words_of(page)


@pytest.mark.parametrize("script", [TODAY, MAIN])
def test_a_supplier_of_its_own_login_sees_a_dead_end(
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    sql: Any,
    script: str,
) -> None:
    page = open_page(cookie_of(add_person("rowan@fox.example")), script)
    assert "No access" in words_of(page)
    assert 'class="cs-figures"' not in words_of(page)


def test_the_first_address_leads_to_this_screen(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    page = open_page(cookie, MAIN)
    assert not page.exception
    assert "No suppliers yet." in words_of(page)
    assert "Good " in headline_of(page)
