"""A dialog that is left by mistake: what was typed is there when it is opened again."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.dashboard import come_in, settle
from tests.support.health_rows import add_scored_supplier

TEXT = "Moves to a larger studio in spring."


@pytest.mark.parametrize("way_out", ["the cross", "beside it"])
def test_a_note_that_was_begun_outlives_leaving_its_dialog(
    page: Page, ada: dict[str, str], sql: Any, way_out: str
) -> None:
    supplier = add_scored_supplier(sql, "Rowan & Fox", 31)
    come_in(page, ada, f"/supplier?id={supplier}")
    settle(page, "Rowan & Fox")
    dialog, note = page.get_by_role("dialog"), page.get_by_role("button", name="Note", exact=True)
    note.click()
    field = dialog.get_by_role("textbox", name="Note")
    field.click()
    page.keyboard.type(TEXT)
    if way_out == "the cross":
        dialog.get_by_role("button", name="Close").click()
    else:
        page.mouse.click(20, 700)
    expect(dialog).not_to_be_attached()
    note.click()
    expect(field).to_have_value(TEXT)
    dialog.get_by_role("button", name="Save the note").click()
    expect(page.get_by_text(TEXT)).to_be_visible()
    note.click()
    expect(field).to_have_value("")
