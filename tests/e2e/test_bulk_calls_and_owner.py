"""Calls, messages and owners for many suppliers at once: to the last click, and taken back."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.dashboard import come_in, drawn
from tests.e2e.keys import tab_to
from tests.support.health_rows import add_scored_supplier

NAMES = ("Ash", "Birch", "Cedar", "Dogwood")


@pytest.fixture
def four(sql: Any) -> dict[str, str]:
    ids = {name: add_scored_supplier(sql, name, 20 + n) for n, name in enumerate(NAMES)}
    sql.execute("update suppliers set email = lower(business_name) || '@supplier.example'")
    return ids


def pick(page: Page, *names: str) -> None:
    """Tick the boxes of some rows, as one does with a mouse."""
    for name in names:
        page.get_by_role("button", name=f"Select {name}", exact=True).click()
        drawn(page)


def begin(page: Page, action: str) -> Locator:
    """Click an action of the bar; return the question."""
    page.locator(".st-key-bulk-bar").get_by_role("button", name=action).click()
    question = page.get_by_role("dialog")
    expect(question).to_be_visible()
    return question


def planned(sql: Any, status: str = "planned") -> list[tuple[str, str]]:
    return list(
        sql.execute(
            "select s.business_name, i.type from interventions i"
            " join suppliers s on s.id = i.supplier_id where i.status = %s order by 1",
            (status,),
        ).fetchall()
    )


def owners(sql: Any) -> dict[str, str | None]:
    return dict(sql.execute("select business_name, owner_id::text from suppliers").fetchall())


def test_calls_are_planned_for_who_has_none_and_taken_back(
    page: Page, ada: dict[str, Any], four: dict[str, str], sql: Any
) -> None:
    come_in(page, ada, "/suppliers?sort=name")
    result = page.locator(".st-key-bulk-done")
    pick(page, "Ash", "Birch")
    question = begin(page, "Call")
    expect(question.get_by_text("2 suppliers will get a call in the queue.")).to_be_visible()
    question.get_by_label("Why (for the team)").fill("Quiet since spring")
    question.get_by_role("button", name="Plan 2 calls").click()
    expect(result).to_contain_text("2 calls are planned.")
    expect(page.locator(".st-key-bulk-bar")).not_to_be_attached()
    assert planned(sql) == [("Ash", "call"), ("Birch", "call")]

    # All that match: two have an open call now.
    page.get_by_role("button", name="Select all 4", exact=True).click()
    question = begin(page, "Call")
    expect(question.get_by_text("Will be contacted: Cedar, Dogwood", exact=True)).to_be_visible()
    left_out = "Will not be contacted: 2 have a call planned already"
    expect(question.get_by_text(left_out)).to_be_visible()
    question.get_by_role("button", name="Plan 2 calls").click()
    expect(result).to_contain_text("Not contacted: 2 have a call planned already")
    result.get_by_role("button", name="Undo").click()
    expect(result).to_contain_text("2 calls taken back.")
    assert planned(sql) == [("Ash", "call"), ("Birch", "call")]

    page.goto("/interventions?tab=scheduled")
    drawn(page)
    expect(page.get_by_text("Quiet since spring")).to_have_count(2)


def test_an_owner_is_given_to_many_and_after_a_reload_each_goes_back_to_who_had_it(
    page: Page, ada: dict[str, Any], four: dict[str, str], sql: Any, add_person: Any
) -> None:
    grace = add_person("grace@wedsync.example", "admin")
    sql.execute("update user_profiles set full_name = 'Grace Hopper' where id = %s", (grace["id"],))
    sql.execute("update suppliers set owner_id = %s where business_name = 'Ash'", (ada["id"],))
    before = owners(sql)
    come_in(page, ada, "/suppliers?sort=name")
    page.get_by_role("button", name="Select all 4", exact=True).click()
    expect(page.get_by_text("All 4 that match selected")).to_be_visible()
    question = begin(page, "Assign owner")
    question.get_by_role("combobox").click()
    page.get_by_role("option", name="Grace Hopper").click()
    question.get_by_role("button", name="Assign 4 suppliers").click()
    result = page.locator(".st-key-bulk-done")
    expect(result).to_contain_text("4 suppliers now belong to Grace Hopper.")
    assert set(owners(sql).values()) == {grace["id"]}
    page.reload()
    expect(result).to_contain_text("4 suppliers now belong to Grace Hopper.")
    result.get_by_role("button", name="Undo").click()
    expect(result).to_contain_text("Undone: 4 suppliers given back to who had them before.")
    assert owners(sql) == before
    result.get_by_role("button", name="Close").click()
    expect(result).not_to_be_attached()


def test_a_message_in_the_product_with_keys_alone(
    page: Page, ada: dict[str, Any], four: dict[str, str], sql: Any
) -> None:
    come_in(page, ada, "/suppliers?sort=name")
    tab_to(page, "^Select Ash$")
    page.keyboard.press("Space")
    drawn(page)
    # The boxes are one stop of the Tab key; among them one goes by arrows.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    drawn(page)
    expect(page.get_by_text("2 suppliers selected")).to_be_visible()
    tab_to(page, "Message in the product$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_text("2 suppliers will get a message in the product.")).to_be_visible()
    tab_to(page, "Send 2 messages in the product$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).not_to_be_attached()
    result = page.locator(".st-key-bulk-done")
    expect(result).to_contain_text("2 messages in the product leave in")
    assert planned(sql) == [("Ash", "in_app"), ("Birch", "in_app")]
    tab_to(page, "Undo$")
    page.keyboard.press("Enter")
    expect(result).to_contain_text("2 messages in the product taken back.")
    assert planned(sql, "cancelled") == [("Ash", "in_app"), ("Birch", "in_app")]
