"""The screens of those who steer: settings, operations, and mail to the team; see screens.py."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.lively import ANN
from tests.e2e.lively_steering import PLAYBOOK, TEMPLATE, run_under_way
from tests.e2e.screens import SOMEBODY, Screen, wait


def begin_anew(page: Page) -> None:
    """Drop what an earlier walk has left unpublished."""
    left = page.get_by_role("button", name="Discard edits")
    if left.count():
        left.click()
        expect(left).to_have_count(0)
        wait(page)


def change_weights(page: Page) -> None:
    """Let client activity count more than adoption."""
    for place, points in ((1, "10"), (2, "40")):
        field = page.get_by_label("Points", exact=True).nth(place)
        field.fill(points)
        field.press("Tab")
        wait(page)
    expect(page.get_by_role("heading", name="suppliers would change level")).to_be_visible()


def change_weights_and_publish(page: Page) -> None:
    change_weights(page)
    fill("What changes and why", "Clients say more than clicks")(page)
    press_and_ask("Publish version")(page)


def fill(label: str, words: str) -> Callable[[Page], None]:
    """Type something into a field."""

    def act(page: Page) -> None:
        field = page.get_by_label(label).first
        field.fill(words)
        field.press("Tab")
        wait(page)

    return act


def press_and_ask(words: str) -> Callable[[Page], None]:
    """Press a button whose name begins like this; a dialog shows."""

    def act(page: Page) -> None:
        page.get_by_role("button", name=words).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        wait(page)

    return act


def look_who_matches(page: Page) -> None:
    page.get_by_role("button", name="Look who would match").click()
    expect(page.get_by_text("suppliers match").first).to_be_visible()


def open_comparison(page: Page) -> None:
    fill("Subject, and title in the product", "{{ first_name }}, shall we talk?")(page)
    # By keyboard: just after the mail above has moved, Chromium gives it what is clicked below.
    page.locator("summary", has_text="Compare line by line").press("Enter")
    expect(page.locator(".cs-diff").first).to_be_visible()


def turn_quiet_hours_on(page: Page) -> None:
    begin_anew(page)
    page.get_by_text("Quiet hours: no e-mail").click()
    wait(page)
    fill("At most … e-mails", "2")(page)


def ask_to_run(page: Page) -> None:
    page.get_by_role("button", name="Run now").click()
    expect(page.get_by_role("button", name="Yes, run it")).to_be_visible()


def see_progress(page: Page) -> None:
    expect(page.get_by_role("progressbar")).to_be_visible()


def see_digest(page: Page) -> None:
    page.get_by_text("Show what it would say now").click()
    mail = page.frame_locator("iframe[srcdoc]").frame_locator("iframe[sandbox]")
    expect(mail.get_by_text("Your digest for")).to_be_visible()


SETTINGS = (
    Screen("settings-scorecard", "/settings", act=begin_anew),
    Screen("settings-scorecard-preview", "/settings?part=scorecard", act=change_weights),
    Screen(
        *("settings-scorecard-publish", "/settings?part=scorecard"),
        act=change_weights_and_publish,
        is_dialog=True,
    ),
    Screen("settings-playbooks", "/settings?part=playbooks"),
    Screen(
        *("settings-playbook-off", "/settings?part=playbooks"),
        act=press_and_ask("Turn off"),
        is_dialog=True,
    ),
    Screen(
        *("settings-playbook", f"/settings?part=playbooks&playbook={PLAYBOOK}"),
        act=look_who_matches,
    ),
    Screen("settings-playbook-new", "/settings?part=playbooks&playbook=new"),
    Screen("settings-templates", "/settings?part=templates"),
    Screen(
        *("settings-template", f"/settings?part=templates&template={TEMPLATE}"),
        act=begin_anew,
    ),
    Screen(
        *("settings-template-edited", f"/settings?part=templates&template={TEMPLATE}"),
        act=open_comparison,
    ),
    Screen(
        *("settings-outreach", "/settings?part=outreach"),
        act=turn_quiet_hours_on,
    ),
    Screen("settings-people", "/settings?part=people"),
    Screen(
        *("settings-people-invite", "/settings?part=people"),
        act=press_and_ask("Invite somebody"),
        is_dialog=True,
    ),
    Screen("settings-analyst", "/settings", ANN),
)
OPERATIONS = (
    Screen("operations", "/operations"),
    Screen("operations-run-now", "/operations", act=ask_to_run),
    Screen("operations-runs", "/operations?part=runs"),
    Screen("operations-mail", "/operations?part=mail"),
    Screen("operations-audit", "/operations?part=audit"),
    Screen("operations-audit-filtered", "/operations?part=audit&table=playbooks"),
    Screen("operations-analyst", "/operations?part=audit", ANN),
    # The last: a run that has been at work shows on the others.
    Screen("operations-running", "/operations", act=see_progress, during=run_under_way),
)
MAIL_TO_ME = (Screen("mail-to-me", "/mail", act=see_digest),)
STOPPING = f"/stop-digest?person={SOMEBODY}&digest=daily&token={'0' * 32}"
STEERING = (
    *(*SETTINGS, *MAIL_TO_ME, *OPERATIONS),
    Screen("stop-digest", STOPPING, None),
    Screen("stop-digest-wrong", STOPPING.replace("daily", "hourly"), None),
)
