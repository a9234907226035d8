"""What came of a click is said where it was made, and on no other screen."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.dashboard import come_in, settle
from tests.support.health_rows import add_scored_supplier


def test_a_notice_stays_on_its_screen_until_that_is_left(
    page: Page, ada: dict[str, str], sql: Any
) -> None:
    supplier = add_scored_supplier(sql, "Rowan & Fox", 31)
    come_in(page, ada, f"/supplier?id={supplier}")
    settle(page, "Rowan & Fox")
    page.get_by_role("button", name="Note", exact=True).click()
    page.get_by_role("dialog").get_by_role("textbox", name="Note").fill("Prefers e-mail.")
    page.get_by_role("button", name="Save the note").click()
    said = page.get_by_text("Note saved.")
    expect(said).to_be_visible()
    page.get_by_role("link", name="Milestones").click()
    expect(page.get_by_text("By type")).to_be_visible()
    expect(said).not_to_be_attached()
    page.go_back()
    settle(page, "Rowan & Fox")
    expect(page.get_by_text("Prefers e-mail.")).to_be_visible()
    expect(said).not_to_be_attached()
