"""An operator's morning in a real browser: run now, its progress, its result; mail that died."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from supabase import Client

from embedded.stack import Stack
from tests.e2e.dashboard import come_in, settle
from tests.support.letters import letter, queue
from tests.support.mailbox import Mailbox


@pytest.fixture
def at_operations(page: Page, ada: dict[str, str]) -> Page:
    come_in(page, ada, "/operations")
    settle(page, "Operations")
    return page


def test_a_run_is_started_goes_on_without_the_tab_and_says_how_it_ended(
    at_operations: Page,
    ada: dict[str, str],
    sql: Any,
    add_supplier: Callable[..., str],
    add_events: Callable[..., None],
) -> None:
    page = at_operations
    supplier = add_supplier(business_name="The Glasshouse")
    add_events((supplier, "login", None, (datetime.now(UTC) - timedelta(hours=2)).isoformat()))
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Run the daily job now?")).to_be_visible()
    page.get_by_role("button", name="Yes, run it").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("button", name="Run now")).not_to_be_attached()

    context = page.context
    page.close()
    other = context.new_page()
    other.goto("/operations")
    # A character that nobody sees keeps the address from becoming a link.
    done = other.get_by_text(re.compile(r"The run ada@.?wedsync.example started is done"))
    expect(done).to_be_visible(timeout=90_000)
    expect(other.get_by_text("Scored 1 supplier for")).to_be_visible()
    expect(other.get_by_role("button", name="Run now")).to_be_visible()
    assert sql.execute("select status, kind from runs").fetchall() == [("done", "daily")]
    assert sql.execute("select count(*) from current_health").fetchone() == (1,)


def test_mail_that_died_is_sent_again_and_arrives(
    at_operations: Page, service: Client, sql: Any, stack: Stack
) -> None:
    page = at_operations
    (mail,) = queue(service, letter("rowan"))
    sql.execute("update outbox set status = 'dead', last_error = '550 mailbox full', attempts = 1")
    with Mailbox.emptied(stack) as mailbox:
        expect(page.get_by_role("link", name="1 mail")).to_be_visible()
        page.get_by_role("link", name="1 mail").click()
        expect(page.get_by_text("550 mailbox full")).to_be_visible()
        page.get_by_role("button", name="Send again").click()
        page.get_by_role("button", name="Yes, send it").click()
        expect(page.get_by_text("No mail failed for good.")).to_be_visible()
        sent = "select status from outbox where id = %s"
        page.goto("/operations")
        expect(page.get_by_text("Mail leaves.")).to_be_visible()
        assert sql.execute(sent, (mail,)).fetchone() == ("sent",)
        assert mailbox.subjects() == ["About rowan"]
