"""Coming in and leaving in a real browser: the session, its cookie, and who meets a dead end."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.dashboard import come_in, drawn, settle, sign_in, table_names
from tests.support.health_rows import add_scored_supplier

CRITICAL = re.compile(r"/suppliers\?risk=critical$")


@pytest.fixture
def suppliers(sql: Any) -> None:
    for name, score in (("Rowan & Fox", 31), ("<b>Bold</b>", 55), ("Glasshouse", 90)):
        add_scored_supplier(sql, name, score)


def test_a_session_outlives_a_reload_and_a_second_tab_and_ends_in_all_of_them(
    profile: BrowserContext, page: Page, dashboard: str, ada: dict[str, str], suppliers: None
) -> None:
    page.goto("/")
    expect(page).to_have_url(f"{dashboard}/sign-in")
    sign_in(page, ada["email"], ada["password"])
    expect(page).to_have_url(f"{dashboard}/today")
    page.get_by_role("link", name="Suppliers", exact=True).click()
    settle(page, "Suppliers")
    page.reload()
    settle(page, "Suppliers")
    expect(table_names(page)).to_have_text(["Rowan & Fox", "<b>Bold</b>", "Glasshouse"])

    second = profile.new_page()
    second.goto("/suppliers")
    settle(second, "Suppliers")
    second.get_by_role("button", name="Sign out").click()
    expect(second).to_have_url(f"{dashboard}/sign-in")

    # The first tab learns of it with its next action, and shows nothing more.
    page.get_by_test_id("stButtonGroup").get_by_text("Critical").click()
    settle(page, "Your session has ended")
    expect(page.get_by_text("Rowan & Fox")).not_to_be_attached()
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fsuppliers%3Frisk%3Dcritical$"))
    sign_in(page, ada["email"], ada["password"])
    settle(page, "Suppliers")
    expect(page).to_have_url(CRITICAL)
    expect(table_names(page)).to_have_text(["Rowan & Fox"])


def test_an_open_tab_of_today_notices_by_itself_that_the_session_ended(
    profile: BrowserContext, page: Page, ada: dict[str, str], suppliers: None
) -> None:
    come_in(page, ada)
    second = profile.new_page()
    second.goto("/today")
    drawn(second)
    second.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Ftoday$"))


def test_a_wrong_password_is_told_in_plain_words(page: Page, ada: dict[str, str]) -> None:
    page.goto("/sign-in")
    sign_in(page, ada["email"], "not this one")
    expect(page.get_by_role("alert")).to_contain_text("The e-mail address or the password")
    expect(page.get_by_label("E-mail address")).to_have_value(ada["email"])
    expect(page.get_by_label("Password")).to_be_focused()
    assert page.context.cookies() == []


def test_a_suppliers_own_login_meets_a_dead_end_and_can_leave(
    page: Page, dashboard: str, add_person: Callable[..., dict[str, str]], suppliers: None
) -> None:
    rowan = add_person("rowan@fox.example")
    page.goto("/suppliers")
    sign_in(page, rowan["email"], rowan["password"])
    settle(page, "No access")
    for address in ("/today", "/interventions", "/milestones", "/supplier"):
        page.goto(address)
        settle(page, "No access")
        expect(page.get_by_role("navigation")).not_to_be_attached()
        expect(page.get_by_text("Rowan & Fox")).not_to_be_attached()
    assert page.request.get("/export/health.csv").status == 403
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{dashboard}/sign-in")


def test_scripts_cannot_read_the_cookie(page: Page, ada: dict[str, str], suppliers: None) -> None:
    come_in(page, ada, "/suppliers")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "cs_session"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert cookie["value"] not in page.evaluate("document.cookie")
    assert cookie["value"] not in page.content()
    kept = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
    for place in (page.content(), page.evaluate(kept)):
        assert "eyJ" not in place  # no access token either


def test_nothing_is_asked_of_another_site_and_nothing_is_blocked(
    page: Page, dashboard: str, ada: dict[str, str], suppliers: None
) -> None:
    asked: list[str] = []
    blocked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console",
        lambda message: (
            blocked.append(message.text) if "Content Security" in message.text else None
        ),
    )
    come_in(page, ada, "/suppliers?risk=critical")
    for address in ("/today", "/interventions", "/milestones"):
        page.goto(address)
        drawn(page)
    assert [url for url in asked if not url.startswith((dashboard, "data:", "blob:"))] == []
    assert blocked == []


def test_the_log_holds_no_secret(
    page: Page, ada: dict[str, str], suppliers: None, dashboard_log: Any
) -> None:
    come_in(page, ada, "/suppliers")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "cs_session"]
    log = dashboard_log.read_text()
    assert log
    for secret in (cookie["value"], ada["password"], "eyJ", "sb_secret_"):
        assert secret not in log


def test_a_screen_finds_its_server_at_once(
    page: Page, ada: dict[str, str], suppliers: None
) -> None:
    """Streamlit by itself asks below the screen's own address first, and waits when told no."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    come_in(page, ada, "/suppliers")
    page.reload()
    settle(page, "Suppliers")
    assert not [url for url in asked if "/suppliers/_stcore" in url]
