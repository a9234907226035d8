"""A filter is an address: shared, gone back from, and exported as exactly what it shows."""

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.dashboard import come_in, drawn, names_in_table, settle, sign_in, table_names
from tests.support.health_rows import add_scored_supplier

EVIL = '=HYPERLINK("http://evil.example","click")'
CATEGORIES = ("venue", "florist", "caterer")


@pytest.fixture
def suppliers(sql: Any) -> None:
    """Two pages of venues, some of them with names that try things, among others."""
    names = [EVIL, "Château Ängsö", "<b>Bold</b>", "O'Hara, Sons & Co.", "يسمين للتصوير"]
    names += [f"Supplier {number:03}" for number in range(195)]
    for number, name in enumerate(names):
        add_scored_supplier(sql, name, number * 37 % 101, CATEGORIES[number % 3])
    sql.execute("analyze suppliers, current_health")


ROWS = 50  # on a page of the table


def all_pages(page: Page, pages: int) -> list[str]:
    """Page through the table and read it all."""
    names: list[str] = []
    for number in range(1, pages + 1):
        here = page.get_by_role("button", name=f"Page {number}", exact=True)
        expect(here).to_have_attribute("aria-current", "page")
        drawn(page)
        # The number turns before the rows do.
        expect(table_names(page)).not_to_have_text(names[-ROWS:] or [""])
        names += names_in_table(page)
        if number < pages:
            page.get_by_role("button", name="Next page").click()
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    return names


def choose(page: Page, level: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(level).click()


def test_a_filter_sent_to_a_colleague_shows_the_same_rows(
    page: Page,
    ada: dict[str, str],
    add_person: Callable[..., dict[str, str]],
    suppliers: None,
) -> None:
    come_in(page, ada, "/suppliers")
    choose(page, "Critical")
    expect(page).to_have_url(re.compile("risk=critical"))
    page.get_by_role("button", name="More filters").click()
    page.get_by_role("combobox", name="Category").fill("flo")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("category=florist"))
    for _ in ("the choices", "the filters"):
        page.keyboard.press("Escape")
    drawn(page)
    page.get_by_role("combobox", name="Order").click()
    page.get_by_role("option", name="Name, from A").click()
    expect(page).to_have_url(re.compile("sort=name"))
    expect(page.locator("th.name")).to_have_attribute("aria-sort", "ascending")
    drawn(page)
    shared, seen = page.url, names_in_table(page)
    assert len(seen) > 20
    assert seen == sorted(seen)

    ann = add_person("ann@wedsync.example", "analyst")
    browser = page.context.browser
    assert browser is not None
    other = browser.new_context()
    try:
        second = other.new_page()
        second.goto(shared)
        sign_in(second, ann["email"], ann["password"])
        settle(second, "Suppliers")
        expect(second).to_have_url(shared)
        expect(table_names(second)).to_have_text(seen)
        result = ".sup-result"
        expect(second.locator(result)).to_have_text(page.locator(result).inner_text())
        expect(second.get_by_role("button", name="Florist")).to_be_visible()
    finally:
        other.close()


@pytest.mark.parametrize("order", ["", "&sort=name"])
def test_the_exported_file_holds_the_rows_on_screen_in_their_order(
    page: Page, ada: dict[str, str], suppliers: None, tmp_path: Path, order: str
) -> None:
    come_in(page, ada, f"/suppliers?category=venue&score=0-90{order}")
    seen = all_pages(page, 2)
    assert len(seen) > 50
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert re.fullmatch(r"health-\d{4}-\d\d-\d\d\.csv", download.value.suggested_filename)
    file = tmp_path / "export.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    # A spreadsheet would run what begins with =; the file has it as text.
    assert [row["business_name"].removeprefix("'") for row in rows] == seen
    assert "'" + EVIL in {row["business_name"] for row in rows}
    assert {row["category"] for row in rows} == {"venue"}


def test_the_back_button_undoes_a_filter(page: Page, ada: dict[str, str], suppliers: None) -> None:
    come_in(page, ada, "/suppliers")
    before = names_in_table(page)
    choose(page, "Healthy")
    expect(page).to_have_url(re.compile("risk=healthy"))
    expect(page.get_by_role("link", name=before[0], exact=True)).not_to_be_attached()
    page.go_back()
    expect(page.get_by_role("link", name=before[0], exact=True)).to_be_visible()
    expect(table_names(page)).to_have_text(before)


def test_back_from_a_supplier_leads_to_the_list_as_it_was(
    profile: BrowserContext, page: Page, ada: dict[str, str], suppliers: None
) -> None:
    come_in(page, ada, "/suppliers?category=caterer&sort=name")
    before = names_in_table(page)
    page.get_by_role("link", name=before[3], exact=True).click()
    settle(page, before[3])
    page.go_back()
    settle(page, "Suppliers")
    expect(table_names(page)).to_have_text(before)
    assert len(profile.pages) == 1
