"""An e-mail to several suppliers at once: who is left out and why, the way back, and real mail."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from supabase import Client

from cs_core.io.dispatch import dispatch
from cs_core.io.outreach.requests import request_intervention
from cs_core.outreach.requests import ContactRequest
from embedded.stack import Stack
from tests.e2e.dashboard import come_in, drawn
from tests.support.health_rows import add_score
from tests.support.mailbox import Mailbox
from tests.support.outreach_world import whom

NAMES = ("Ash", "Birch", "Cedar", "Dogwood")


@pytest.fixture
def mailbox(stack: Stack) -> Iterator[Mailbox]:
    with Mailbox.emptied(stack) as emptied:
        yield emptied


@pytest.fixture
def four(
    sql: Any, service: Client, add_supplier: Any, ada: dict[str, str], mailbox: Mailbox
) -> dict[str, str]:
    """Two that may get a mail, one that opted out, and one that was sent one an hour ago."""
    ids = {}
    for name in NAMES:
        ids[name] = add_supplier(
            business_name=name,
            contact_name=f"{name} Smith",
            email=f"{name.lower()}@supplier.example",
            email_opt_out=name == "Cedar",
        )
        add_score(sql, ids[name], 20 + len(ids))
    earlier = datetime.now(UTC) - timedelta(hours=1)
    request = ContactRequest(ids["Dogwood"], "email", ada["id"], "earlier", "check_in")
    request_intervention(service, request, earlier)
    dispatch(service, mailbox.settings, earlier)
    assert whom(mailbox.read()) == ["dogwood@supplier.example"]
    return ids


def ask(page: Page) -> None:
    """Select all four and begin an e-mail."""
    drawn(page)
    select_all = page.get_by_role("button", name="Select all 4", exact=True)
    expect(select_all).to_have_count(1)
    select_all.click()
    expect(page.get_by_text("All 4 that match selected")).to_be_visible()
    page.locator(".st-key-bulk-bar").get_by_role("button", name="E-mail").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_two_get_an_e_mail_two_do_not_and_until_it_leaves_it_can_be_taken_back(
    page: Page, ada: dict[str, str], four: dict[str, str], mailbox: Mailbox
) -> None:
    come_in(page, ada, "/suppliers?sort=name")
    ask(page)
    question = page.get_by_role("dialog")
    expect(question.get_by_text("2 suppliers will get an e-mail.")).to_be_visible()
    expect(question.get_by_text("Will be contacted: Ash, Birch", exact=True)).to_be_visible()
    expect(question.get_by_text("1 has opted out of e-mail: Cedar")).to_be_visible()
    capped = "1 was sent as many e-mails lately as the rules allow: Dogwood"
    expect(question.get_by_text(capped)).to_be_visible()
    question.get_by_role("button", name="Send 2 e-mails").click()
    result = page.locator(".st-key-bulk-done")
    expect(result).to_contain_text("2 e-mails leave in")
    expect(result).to_contain_text("1 has opted out of e-mail")
    # A new session has the same way back.
    page.reload()
    expect(result).to_contain_text("2 e-mails leave in")
    result.get_by_role("button", name="Undo").click()
    expect(result).to_contain_text("2 e-mails taken back.")
    result.get_by_role("button", name="Close").click()
    expect(result).not_to_be_attached()

    # The second time it is let go.
    ask(page)
    page.get_by_role("dialog").get_by_role("button", name="Send 2 e-mails").click()
    expect(result).to_contain_text("All 2 sent.", timeout=120_000)
    expect(result.get_by_role("button", name="Undo")).not_to_be_attached()
    # Of the first time nothing arrived: Dogwood's is the one from before.
    names = [f"{name}@supplier.example" for name in ("ash", "birch", "dogwood")]
    assert whom(mailbox.read()) == names

    page.goto("/interventions?tab=suppressed")
    drawn(page)
    expect(page.get_by_role("row").filter(has_text="Cedar").first).to_contain_text(
        "opted out of e-mail"
    )
    expect(page.get_by_role("row").filter(has_text="Dogwood").first).to_contain_text(
        "got as many e-mails lately as the outreach rules allow"
    )
    page.goto("/interventions?tab=sent")
    drawn(page)
    expect(page.get_by_role("row").filter(has_text="Sent just now")).to_have_count(2)
