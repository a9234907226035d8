"""A forgotten password in a real browser: the link's token is read behind the # and hidden."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from embedded.stack import Stack
from tests.e2e.dashboard import come_in, sign_in
from tests.support.mailbox import Mailbox

NEW = "a brand-new password"


@pytest.fixture
def mailbox(stack: Stack) -> Iterator[Mailbox]:
    with Mailbox.emptied(stack) as emptied:
        yield emptied


def test_from_the_forgotten_password_to_signing_in_with_the_new_one(
    page: Page, dashboard: str, ada: dict[str, str], mailbox: Mailbox, dashboard_log: Path
) -> None:
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill(ada["email"])
    page.get_by_role("button", name="Send the mail").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()

    (mail,) = mailbox.read()
    (link,) = re.findall(r'href="([^"]+)"', mail.get_content())
    link = html.unescape(link)
    assert link.startswith(f"{dashboard}/new-password#token_hash=")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(f"{request.url} {request.headers}"))
    page.goto(link)
    expect(page.get_by_label("New password")).to_be_focused()
    expect(page).to_have_url(f"{dashboard}/new-password")
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same again").fill("a brand-new pasword")
    page.get_by_role("button", name="Save the new password").click()
    expect(page.get_by_role("alert")).to_contain_text("The two passwords differ")
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same again").fill(NEW)
    page.get_by_role("button", name="Save the new password").click()
    expect(page.get_by_role("status")).to_have_text("Your new password is saved. Sign in with it.")
    sign_in(page, ada["email"], NEW)
    expect(page).not_to_have_url(re.compile("/sign-in"))

    token = link.partition("token_hash=")[2]
    # Playwright writes an address with its fragment; browsers send it without.
    assert [seen for seen in requests if token in seen.partition(" ")[2]] == []
    assert token not in dashboard_log.read_text()

    page.goto("/sign-in")
    page.goto(link)
    page.get_by_label("New password").fill(NEW + "2")
    page.get_by_label("The same again").fill(NEW + "2")
    page.get_by_role("button", name="Save the new password").click()
    expect(page.get_by_role("heading", name="This link does not work any more")).to_be_visible()


def test_a_new_password_ends_the_old_one_and_every_session_made_with_it(
    browser: Browser, page: Page, dashboard: str, ada: dict[str, str], mailbox: Mailbox
) -> None:
    elsewhere = browser.new_context(base_url=dashboard)
    try:
        left_open = elsewhere.new_page()
        come_in(left_open, ada)
        page.goto("/forgot-password")
        page.get_by_label("E-mail address").fill(ada["email"])
        page.get_by_role("button", name="Send the mail").click()
        expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
        (mail,) = mailbox.read()
        (link,) = re.findall(r'href="([^"]+)"', mail.get_content())
        page.goto(html.unescape(link))
        page.get_by_label("New password").fill(NEW)
        page.get_by_label("The same again").fill(NEW)
        page.get_by_role("button", name="Save the new password").click()
        sign_in(page, ada["email"], ada["password"])
        expect(page.get_by_role("alert")).to_contain_text("the password is not right")
        expect(left_open.get_by_role("heading", name="Your session has ended")).to_be_visible()
        left_open.reload()
        expect(left_open).to_have_url(re.compile("/sign-in"))
    finally:
        elsewhere.close()


def test_a_link_that_supabase_refused_is_a_polite_page(page: Page, dashboard: str) -> None:
    page.goto("/new-password#error=access_denied&error_code=otp_expired")
    expect(page.get_by_role("link", name="Get a new mail")).to_be_visible()
    expect(page.get_by_label("New password")).not_to_be_visible()
