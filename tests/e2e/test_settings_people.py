"""Letting somebody in and showing them out again, in two real browsers."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from embedded.stack import Stack
from tests.e2e.dashboard import come_in, drawn, settle, sign_in
from tests.support.mailbox import Mailbox

GRACE = "grace@wedsync.example"
PASSWORD = "a password of her own"


@pytest.fixture
def mailbox(stack: Stack) -> Iterator[Mailbox]:
    with Mailbox.emptied(stack) as emptied:
        yield emptied


@pytest.fixture
def her_page(browser: Browser, dashboard: str) -> Iterator[Page]:
    """A tab of somebody else's browser."""
    context = browser.new_context(base_url=dashboard, viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def row_of(page: Page, who: str) -> Any:
    return page.locator('[class*="st-key-cs-person-"]').filter(has_text=who)


def open_people(page: Page, person: dict[str, str]) -> None:
    come_in(page, person, "/settings?part=people")
    settle(page, "Settings")


def test_invited_signed_in_made_an_admin_and_removed_while_a_tab_is_open(
    page: Page,
    her_page: Page,
    dashboard: str,
    ada: dict[str, str],
    mailbox: Mailbox,
    add_supplier: Callable[..., str],
    sql: Any,
    dashboard_log: Any,
) -> None:
    add_supplier()
    open_people(page, ada)
    page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail address").fill(GRACE)
    dialog.get_by_label("Name (optional)").fill("Grace Hopper")
    dialog.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("is invited as an analyst")).to_be_visible()
    expect(row_of(page, "Grace Hopper")).to_contain_text("not here yet")

    (mail,) = mailbox.read()
    assert mail["To"] == GRACE
    (link,) = re.findall(r'href="([^"]+)"', mail.get_content())
    link = html.unescape(link)
    assert link.startswith(f"{dashboard}/new-password#token_hash=")
    her_page.goto(link)
    expect(her_page).to_have_url(f"{dashboard}/new-password")
    her_page.get_by_label("New password").fill(PASSWORD)
    her_page.get_by_label("The same again").fill(PASSWORD)
    her_page.get_by_role("button", name="Save the new password").click()
    expect(her_page.get_by_role("status")).to_contain_text("Your new password is saved")
    sign_in(her_page, GRACE, PASSWORD)
    drawn(her_page)

    # An analyst: no settings in the menu, and none behind the address.
    her_page.goto("/suppliers")
    settle(her_page, "Suppliers")
    expect(her_page.get_by_role("link", name="Settings")).to_have_count(0)
    her_page.goto("/settings?part=people")
    expect(her_page.get_by_text("Only people with the role admin")).to_be_visible()

    page.reload()
    settle(page, "Settings")
    row = row_of(page, "Grace Hopper")
    expect(row).to_contain_text("Signed in just now")
    row.get_by_role("button", name="Make admin").click()
    page.get_by_role("dialog").get_by_role("button", name="Make admin").click()
    expect(page.get_by_text("Grace Hopper is an admin now.")).to_be_visible()

    her_page.reload()
    settle(her_page, "Settings")
    expect(row_of(her_page, "Ada")).to_have_count(1)

    row_of(page, "Grace Hopper").get_by_role("button", name="Remove").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("They are signed out on 1 browser, at the next click.")
    question.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("Grace Hopper is removed from the team.")).to_be_visible()

    # Her tab is still open; what she clicks does nothing but lead to the sign-in.
    her_page.get_by_role("button", name="Invite somebody").click()
    expect(her_page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    her_page.get_by_role("link", name="Sign in").click()
    expect(her_page).to_have_url(re.compile("/sign-in"))
    # The sign-in is Supabase's and still there: it opens nothing.
    sign_in(her_page, GRACE, PASSWORD)
    expect(her_page.get_by_role("heading", name="No access")).to_be_visible()

    trail = sql.execute(
        "select a.actor_id::text = %s, a.before ->> 'role', a.after ->> 'role' from audit_log a"
        " join auth.users u on u.id::text = a.row_key where u.email = %s order by a.id",
        (ada["id"], GRACE),
    ).fetchall()
    assert trail == [
        (True, None, "analyst"),
        (True, "analyst", "admin"),
        (True, "admin", None),
    ]
    token = link.partition("token_hash=")[2]
    assert token not in dashboard_log.read_text()


def test_the_last_admin_is_told_so_and_stays(page: Page, ada: dict[str, str]) -> None:
    open_people(page, ada)
    row = row_of(page, "ada@wedsync.example")
    expect(row).to_contain_text("the only admin: make somebody else one before you change that")
    for words in ("Make analyst", "Remove"):
        expect(row.get_by_role("button", name=words)).to_be_disabled()


def test_what_is_wrong_with_an_invitation_is_said_at_the_field(
    page: Page, ada: dict[str, str]
) -> None:
    open_people(page, ada)
    page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail address").fill("grace")
    dialog.get_by_role("button", name="Invite").click()
    wrong = dialog.get_by_role("alert")
    expect(wrong).to_contain_text("This is no e-mail address")
    # Dialogs stand beside the page: its colours must reach them.
    colour = wrong.evaluate("element => getComputedStyle(element).color")
    assert colour == "rgb(180, 35, 24)"
