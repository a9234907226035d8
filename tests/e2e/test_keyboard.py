"""Without a mouse: from sign-in to a planned call with Tab, Enter, Space and the arrows."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.dashboard import drawn, settle
from tests.e2e.keys import tab_to
from tests.support.supplier_rows import add_38, add_known_supplier


@pytest.fixture
def supplier(sql: Any) -> str:
    added = add_known_supplier(sql)
    add_38(sql, added)
    return added


def come_in_by_keys(page: Page, person: dict[str, str]) -> None:
    page.goto("/suppliers")
    # The field asks for the focus by itself, a moment after it is there.
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.keyboard.type(person["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(person["password"])
    page.keyboard.press("Enter")
    settle(page, "Suppliers")


def test_from_sign_in_to_a_planned_call_without_a_mouse(
    page: Page, ada: dict[str, str], supplier: str, sql: Any
) -> None:
    come_in_by_keys(page, ada)

    tab_to(page, "^Rowan & Fox$")
    page.keyboard.press("Enter")
    settle(page, "Rowan & Fox")
    tab_to(page, "Call$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Call")).to_be_visible()
    tab_to(page, "Next working day")
    tab_to(page, "Plan the call")
    page.keyboard.press("Space")
    expect(page.get_by_role("dialog")).not_to_be_attached()
    expect(page.get_by_text("Call planned")).to_be_visible()
    (planned,) = sql.execute("select supplier_id::text from support_interactions").fetchall()
    assert planned == (supplier,)


def test_a_level_is_chosen_and_a_row_selected_with_keys(
    page: Page, ada: dict[str, str], supplier: str
) -> None:
    come_in_by_keys(page, ada)
    tab_to(page, r"^\w+ Critical 1$")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("risk=critical"))
    drawn(page)
    tab_to(page, "^Select Rowan & Fox$")
    page.keyboard.press("Space")
    expect(page.get_by_text("1 supplier selected")).to_be_visible()
    tab_to(page, "E-mail$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="E-mail")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_attached()
