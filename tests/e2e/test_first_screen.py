"""What a person does on the first screen, in a real browser against a real server."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.app.health_rows import add_scored_supplier
from tests.e2e.dashboard import cell, settle, sign_in

EVIL = '=HYPERLINK("http://evil.example","click")'


@pytest.fixture
def suppliers(sql: Any) -> None:
    for name, score in ((EVIL, 10), ("Rowan & Fox", 31), ("<b>Bold</b>", 55), ("Glasshouse", 90)):
        add_scored_supplier(sql, name, score)


def choose(page: Page, level: str) -> None:
    page.get_by_role("radio", name=level).click()


def test_a_morning_from_sign_in_to_sign_out(
    profile: BrowserContext,
    page: Page,
    dashboard: str,
    ada: dict[str, str],
    suppliers: None,
    tmp_path: Path,
) -> None:
    page.goto("/")
    expect(page).to_have_url(f"{dashboard}/sign-in")
    sign_in(page, ada["email"], ada["password"])
    settle(page, "Suppliers")
    expect(page).to_have_url(f"{dashboard}/suppliers")
    expect(page.get_by_test_id("stMetricLabel")).to_contain_text(
        ["Active suppliers", "Healthy", "At risk", "Critical"]
    )
    expect(page.get_by_test_id("stMetricValue")).to_have_text(["4", "1", "1", "2"])
    assert [cell(page, 0, row) for row in range(4)] == [
        *(EVIL, "Rowan & Fox", "<b>Bold</b>", "Glasshouse")
    ]

    choose(page, "Critical")
    expect(page).to_have_url(re.compile(r"\?risk=critical$"))
    expect(page.get_by_test_id("glide-cell-0-2")).not_to_be_attached()
    page.reload()
    settle(page, "Suppliers")
    expect(page.get_by_role("radio", name="Critical")).to_be_checked()
    assert [cell(page, 0, row) for row in range(2)] == [EVIL, "Rowan & Fox"]
    expect(page.get_by_test_id("glide-cell-0-2")).not_to_be_attached()

    second = profile.new_page()
    second.goto("/suppliers")
    settle(second, "Suppliers")

    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert re.fullmatch(r"health-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    file = tmp_path / "export.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as text:
        names = sorted(row["business_name"] for row in csv.DictReader(text))
    assert names == ["'" + EVIL, "Rowan & Fox"]

    second.get_by_role("button", name="Sign out").click()
    expect(second).to_have_url(f"{dashboard}/sign-in")
    choose(page, "Healthy")
    settle(page, "Your session has ended")
    expect(page.get_by_test_id("stDataFrame")).not_to_be_attached()
    page.get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fsuppliers%3Frisk%3Dhealthy$"))


def test_a_wrong_password_is_told_in_plain_words(
    page: Page, dashboard: str, ada: dict[str, str]
) -> None:
    page.goto("/sign-in")
    sign_in(page, ada["email"], "not this one")
    expect(page.get_by_role("alert")).to_contain_text("The e-mail address or the password")
    expect(page.get_by_label("E-mail address")).to_have_value(ada["email"])
    expect(page.get_by_label("Password")).to_be_focused()
    assert page.context.cookies() == []


def test_a_link_to_a_filtered_page_leads_there_after_sign_in(
    page: Page, dashboard: str, ada: dict[str, str], suppliers: None
) -> None:
    page.goto("/suppliers?risk=at_risk")
    expect(page).to_have_url(re.compile("/sign-in"))
    sign_in(page, ada["email"], ada["password"])
    settle(page, "Suppliers")
    expect(page).to_have_url(f"{dashboard}/suppliers?risk=at_risk")
    assert cell(page, 0, 0) == "<b>Bold</b>"


def test_the_back_button_undoes_a_filter(page: Page, ada: dict[str, str], suppliers: None) -> None:
    page.goto("/suppliers")
    sign_in(page, ada["email"], ada["password"])
    settle(page, "Suppliers")
    choose(page, "Critical")
    expect(page).to_have_url(re.compile(r"\?risk=critical$"))
    page.go_back()
    expect(page.get_by_role("radio", name="All")).to_be_checked()
    assert cell(page, 0, 3) == "Glasshouse"


def test_a_suppliers_own_login_meets_a_dead_end_and_can_leave(
    page: Page, dashboard: str, add_person: Callable[..., dict[str, str]], suppliers: None
) -> None:
    rowan = add_person("rowan@fox.example")
    page.goto("/suppliers")
    sign_in(page, rowan["email"], rowan["password"])
    settle(page, "No access")
    expect(page.get_by_test_id("stDataFrame")).not_to_be_attached()
    expect(page.get_by_test_id("stMetric")).not_to_be_attached()
    assert page.request.get("/export/health.csv").status == 403
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{dashboard}/sign-in")


def test_scripts_cannot_read_the_cookie(page: Page, ada: dict[str, str], suppliers: None) -> None:
    page.goto("/suppliers")
    sign_in(page, ada["email"], ada["password"])
    settle(page, "Suppliers")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "cs_session"]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert cookie["value"] not in page.evaluate("document.cookie")
    assert cookie["value"] not in page.content()
    assert "eyJ" not in page.content()  # no access token either


def test_the_sign_in_page_works_with_the_keyboard_alone(
    page: Page, ada: dict[str, str], suppliers: None
) -> None:
    page.goto("/sign-in")
    page.keyboard.type(ada["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(ada["password"])
    page.keyboard.press("Enter")
    settle(page, "Suppliers")


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
    page.goto("/suppliers?risk=critical")
    sign_in(page, ada["email"], ada["password"])
    settle(page, "Suppliers")
    choose(page, "All")
    assert cell(page, 0, 3) == "Glasshouse"
    assert [url for url in asked if not url.startswith((dashboard, "data:", "blob:"))] == []
    assert blocked == []


def test_the_log_holds_no_secret(
    page: Page, ada: dict[str, str], suppliers: None, dashboard_log: Path
) -> None:
    page.goto("/suppliers")
    sign_in(page, ada["email"], ada["password"])
    settle(page, "Suppliers")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "cs_session"]
    log = dashboard_log.read_text()
    assert log
    for secret in (cookie["value"], ada["password"], "eyJ", "sb_secret_"):
        assert secret not in log
