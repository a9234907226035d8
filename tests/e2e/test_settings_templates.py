"""A template in a real browser: written, seen, tested on oneself, published, brought back."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from supabase import Client

from cs_core.io.base.config import load_mail_settings
from cs_core.io.run.request import Contacting, RunRequest
from cs_core.io.run.run import run_scoring
from embedded.stack import Stack
from tests.e2e.dashboard import come_in, drawn, settle
from tests.support.mailbox import Mailbox
from tests.support.outreach_world import World


@pytest.fixture
def mailbox(stack: Stack) -> Iterator[Mailbox]:
    with Mailbox.emptied(stack) as emptied:
        yield emptied


@pytest.fixture
def ash(sql: Any, add_supplier: Callable[..., str], add_events: Callable[..., None]) -> str:
    """Silent for eight days: the next run writes come_back_tips."""
    return World(add_supplier, add_events, sql, datetime.now(UTC)).silent("Ash")


@pytest.fixture
def scored(ash: str, service: Client) -> str:
    run_scoring(service, RunRequest((datetime.now(UTC),), kind="daily"))
    return ash


def open_template(page: Page, person: dict[str, str], name: str = "come_back_tips") -> None:
    come_in(page, person, f"/settings?part=templates&template={name}")
    settle(page, "Settings")


def inner(page: Page) -> Any:
    """The mail within the frame that lets it do nothing."""
    return page.frame_locator("iframe[srcdoc]").frame_locator("iframe[sandbox]")


def fill(page: Page, label: str, words: str) -> None:
    page.get_by_label(label).fill(words)
    page.keyboard.press("Tab")
    drawn(page)


def test_a_subject_is_changed_seen_tested_published_and_sent_by_the_run(
    page: Page,
    ada: dict[str, str],
    scored: str,
    mailbox: Mailbox,
    service: Client,
    stack: Stack,
    sql: Any,
) -> None:
    come_in(page, ada, "/settings?part=templates")
    settle(page, "Settings")
    page.get_by_role("link", name="Come back tips").click()
    settle(page, "Come back tips")
    expect(page.get_by_text("Sent by playbook “Silent after set-up”.")).to_be_visible()
    expect(inner(page).get_by_text("Hello Ash,")).to_be_visible()

    fill(page, "Subject, and title in the product", "Come back, {{ frist_name }}")
    wrong = page.get_by_role("alert").filter(has_text="frist_name")
    expect(wrong).to_contain_text('did you mean "first_name"?')
    expect(page.get_by_role("button", name="Publish version 2")).to_be_disabled()
    fill(page, "Subject, and title in the product", "Come back, {{ first_name }}")
    expect(page.locator(".cs-subject").first).to_have_text("Come back, Ash")
    page.get_by_role("button", name="Send me a test mail").click()
    expect(page.get_by_text("Test mail sent to ada@")).to_be_visible()
    (mail,) = mailbox.read()
    assert (mail["To"], mail["Subject"]) == (ada["email"], "[Test] Come back, Ash")
    assert "unsubscribe" not in str(mail)

    page.get_by_label("What changes and why").fill("By name")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Publish version 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 2 of “Come back tips” is in force.")).to_be_visible()

    now, settings = datetime.now(UTC), load_mail_settings(stack.env)
    run_scoring(service, RunRequest((now,), contacting=Contacting(now, settings)))
    from cs_core.io.dispatch import dispatch

    dispatch(service, settings, datetime.now(UTC))
    assert "Come back, Ash" in mailbox.subjects()


def test_nothing_in_a_template_runs_in_the_preview(
    page: Page, ada: dict[str, str], scored: str, sql: Any
) -> None:
    # Past the checks, as nobody could by this screen.
    sql.execute("update suppliers set business_name = '<img src=x onerror=parent.hit=1>Ash'")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    open_template(page, ada)
    expect(inner(page).get_by_text("Hello Ash,")).to_be_visible()
    expect(inner(page).get_by_text("<img src=x onerror=parent.hit=1>Ash")).to_be_visible()
    assert inner(page).locator("img").count() == 0
    box = page.frame_locator("iframe[srcdoc]").locator("iframe")
    assert box.get_attribute("sandbox") == ""
    link = inner(page).get_by_role("link", name="Stop these mails")
    link.click()
    expect(page).to_have_url(re.compile("template=come_back_tips"))
    assert dialogs == []


def test_two_admins_at_once_lose_nothing_and_an_old_version_comes_back(
    page: Page, ada: dict[str, str], scored: str, sql: Any
) -> None:
    (old,) = sql.execute(
        "select subject from message_templates where name = 'come_back_tips'"
    ).fetchone()
    open_template(page, ada)
    fill(page, "Subject, and title in the product", "Mine")
    expect(page.get_by_text("Subject: “Mine”, was")).to_be_visible()
    sql.execute(
        "insert into message_templates (name, version, audience, subject, body_text, body_html,"
        " published_at, published_by) select name, 2, audience, 'Theirs', body_text, body_html,"
        " now(), %s from message_templates where name = 'come_back_tips'",
        (ada["id"],),
    )
    page.reload()
    settle(page, "Come back tips")
    expect(page.get_by_text("published version 2 while you were editing version 1")).to_be_visible()
    expect(page.get_by_label("Subject, and title in the product").first).to_have_value("Mine")
    page.get_by_role("button", name="Discard edits").click()
    expect(page.get_by_label("Subject, and title in the product").first).to_have_value("Theirs")
    # By keyboard: just after the frame above it has moved, Chromium gives it what is clicked below.
    page.get_by_role("button", name="Go back to this").press("Enter")
    expect(page.get_by_label("Subject, and title in the product").first).to_have_value(old)
    drawn(page)
    page.get_by_role("button", name="Publish version 3").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 3 of “Come back tips” is in force.")).to_be_visible()


def test_an_analyst_and_a_stranger_see_none_of_it(
    page: Page, add_person: Callable[..., dict[str, str]]
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")
    come_in(page, ann, "/settings?part=templates")
    expect(page.get_by_text("Only people with the role admin")).to_be_visible()
    expect(page.get_by_text("Come back tips")).to_have_count(0)
