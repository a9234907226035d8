"""The first screen in a real browser: doors, one-click outcomes, two people at once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from supabase import Client

from cs_core.io.run.request import RunRequest
from cs_core.io.run.run import run_scoring
from tests.e2e.dashboard import settle, sign_in
from tests.support.health_rows import add_scored_supplier
from tests.support.intervention_rows import add_call
from tests.support.today_rows import add_day, add_mover


@pytest.fixture
def morning(sql: Any) -> None:
    add_day(sql, 7, healthy=2, critical=1)
    add_day(sql, healthy=1, critical=2)
    add_mover(sql, "Rowan & Fox", 58, 31, "turned_critical")
    add_call(sql, add_scored_supplier(sql, "Glasshouse", 20), due_in=-timedelta(days=2))


def test_the_first_address_leads_to_today_and_its_numbers_are_doors(
    page: Page, dashboard: str, ada: dict[str, str], morning: None
) -> None:
    page.goto("/")
    sign_in(page, ada["email"], ada["password"])
    settle(page, "1 supplier turned critical since yesterday; it has nothing planned.")
    expect(page).to_have_url(f"{dashboard}/today")
    expect(page).to_have_title("Today · Customer Success")
    page.get_by_role("link", name="Critical: 2 suppliers").click()
    expect(page).to_have_url(f"{dashboard}/suppliers?risk=critical")
    page.go_back()
    page.get_by_role("link", name="Rowan & Fox").click()
    expect(page).to_have_url(re.compile(r"/supplier\?id=[0-9a-f-]{36}$"))
    assert len(page.context.pages) == 1


def test_two_people_see_each_others_work_within_seconds(
    profile: BrowserContext,
    page: Page,
    ada: dict[str, str],
    add_person: Callable[..., dict[str, str]],
    morning: None,
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    browser = profile.browser
    assert browser is not None
    page.goto("/today")
    sign_in(page, ada["email"], ada["password"])
    settle(page, "1 supplier turned critical")
    other = browser.new_context(base_url=page.url.removesuffix("/today"))
    try:
        second = other.new_page()
        second.goto("/today")
        sign_in(second, ann["email"], ann["password"])
        settle(second, "1 supplier turned critical")
        expect(second.get_by_role("link", name="Glasshouse")).to_be_visible()
        expect(second.get_by_role("button", name="Reached")).not_to_be_attached()

        page.get_by_role("button", name="Reached").click()
        expect(page.get_by_role("status").filter(has_text="Glasshouse: reached")).to_be_visible()
        expect(second.get_by_text("1 made today")).to_be_visible()
        expect(second.get_by_role("link", name="Glasshouse")).not_to_be_attached()

        page.get_by_role("button", name="Undo").click()
        expect(second.get_by_role("link", name="Glasshouse")).to_be_visible()
        expect(second.get_by_text("1 made today")).not_to_be_attached()
    finally:
        other.close()


def test_a_run_that_ends_refreshes_the_screen_without_a_click(
    page: Page, ada: dict[str, str], morning: None, service: Client, sql: Any
) -> None:
    page.goto("/today")
    sign_in(page, ada["email"], ada["password"])
    settle(page, "1 supplier turned critical")
    expect(page.get_by_text("Scored 2 hours ago")).to_be_visible()
    page.evaluate("window.isTheSame = true")
    add_scored_supplier(sql, "Newcomer", 50)
    run_scoring(service, RunRequest(as_ofs=(datetime.now(UTC),)))
    expect(page.get_by_text("Scored just now")).to_be_visible()
    # Nobody did anything for years: all three are critical.
    expect(page.get_by_role("link", name="Critical: 3 suppliers")).to_be_visible()
    assert page.evaluate("window.isTheSame")


def test_a_phone_number_in_the_queue_looks_like_the_link_it_is(
    page: Page, ada: dict[str, str], morning: None, sql: Any
) -> None:
    sql.execute("update suppliers set phone = '+44 7700 900254'")
    page.goto("/interventions")
    sign_in(page, ada["email"], ada["password"])
    number = page.get_by_role("link", name="+44 7700 900254")
    expect(number).to_have_attribute("href", "tel:+447700900254")
    expect(number).to_have_css("text-decoration-line", "underline")
