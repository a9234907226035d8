"""Every screen of the product and the way to it: for pictures, and for what must hold on all."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.e2e.dashboard import drawn, sign_in
from tests.e2e.lively import ADA, ANN, ROWAN, LivelyWorld

LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
SOMEBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Screen:
    """A screen: who sees it at which address, and what is done there first.

    Parameters
    ----------
    name : str
    address : str
        `{supplier}` and `{quiet}` stand for ids of the lively world.
    who : str, optional
        Who is signed in; nobody on the pages that the server writes itself.
    act : callable, optional
        What is done there first.
    is_dialog : bool
        Whether it lies over a page, so that the page itself does not matter.
    during : callable, optional
        Given the settings of the stack: what goes on in the world while it is looked at.
    """

    name: str
    address: str
    who: str | None = ADA
    act: Callable[[Page], None] | None = None
    is_dialog: bool = False
    during: Callable[[Mapping[str, str]], AbstractContextManager[None]] | None = None


@contextmanager
def shown(
    context: BrowserContext, screen: Screen, world: LivelyWorld | None = None
) -> Iterator[Page]:
    """Show a screen in a tab of its own, in a browser where its person is signed in."""
    known = (world.supplier_id, world.quiet_id) if world else (SOMEBODY, SOMEBODY)
    going_on = screen.during(world.env) if screen.during and world else nullcontext()
    with going_on, context.new_page() as page:
        page.goto(screen.address.format(supplier=known[0], quiet=known[1]))
        settle(page, screen)
        if screen.act:
            screen.act(page)
            settle(page, screen)
        yield page


def look(page: Page, screen: Screen, name: str) -> None:
    """Look at what is on screen in another light, or on a phone, without asking for it again."""
    page.emulate_media(color_scheme=LOOKS[name]["color_scheme"], reduced_motion="reduce")
    page.set_viewport_size(LOOKS[name]["viewport"])
    settle(page, screen)


def settle(page: Page, screen: Screen) -> None:
    """Wait until a screen is drawn; the server's own pages are when they are loaded."""
    if screen.who:
        wait(page)


def wait(page: Page) -> None:
    """Wait until everything is drawn."""
    drawn(page)
    for chart in page.get_by_test_id("stVegaLiteChart").all():
        expect(chart.locator("canvas, svg").first).to_be_visible()
    # A screen that failed is no screen.
    expect(page.get_by_text("could not be loaded")).to_have_count(0)
    expect(page.get_by_text("This app has encountered an error")).to_have_count(0)
    page.evaluate("document.fonts.ready")


def sign_in_wrongly(page: Page) -> None:
    sign_in(page, ADA, "not this one")
    page.get_by_role("alert").wait_for()


def ask_for_a_mail(page: Page) -> None:
    page.get_by_label("E-mail address").fill("somebody@wedsync.example")
    page.get_by_role("button", name="Send the mail").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()


def open_filters(page: Page) -> None:
    page.get_by_role("button", name="More filters").click()
    expect(page.get_by_text("Last contact by us")).to_be_visible()


def open_views(page: Page) -> None:
    page.get_by_role("button", name="Saved views").click()
    expect(page.get_by_role("button", name="Save view")).to_be_visible()


def row_boxes(page: Page) -> Locator:
    """The boxes that select one supplier each."""
    return page.locator(".st-key-rail .stButtonGroup button")


def select_three(page: Page) -> None:
    for number in (1, 2, 3):
        row_boxes(page).nth(number).click()
        wait(page)
    expect(page.get_by_text("3 suppliers selected")).to_be_visible()


def press(*path: str) -> Callable[[Page], None]:
    """Press buttons by their names, one after the other, until a dialog shows."""

    def act(page: Page) -> None:
        for words in path:
            page.get_by_role("button", name=words, exact=True).first.click()
            wait(page)
        expect(page.get_by_role("dialog")).to_be_visible()

    return act


def select_all_and(words: str) -> Callable[[Page], None]:
    """Select all that match and press a button of the bar."""

    def act(page: Page) -> None:
        page.get_by_role("button", name="Select all").first.click()
        wait(page)
        page.locator(".st-key-bulk-bar").get_by_role("button", name=words).click()
        expect(page.get_by_role("dialog")).to_be_visible()

    return act


def see_the_mail(page: Page) -> None:
    press("E-mail")(page)
    page.get_by_role("combobox", name="Template").click()
    page.get_by_role("option", name="Check in").click()
    # Until the template is there the tabs are others, and a click on one of them is lost.
    page.locator("iframe").wait_for(state="attached")
    wait(page)
    page.get_by_role("tab", name="As it will be sent").click()
    page.frame_locator("iframe").locator("body").wait_for()


def log_a_call(page: Page) -> None:
    press("Call")(page)
    page.get_by_role("dialog").get_by_text("I made a call").click()
    wait(page)


PLAIN = (
    Screen("sign-in", "/sign-in", None),
    Screen("sign-in-refused", "/sign-in", None, sign_in_wrongly),
    Screen("forgot-password", "/forgot-password", None),
    Screen("forgot-password-asked", "/forgot-password", None, ask_for_a_mail),
    Screen("new-password", "/new-password#token_hash=0123456789abcdef", None),
    Screen("new-password-dead-link", "/new-password", None),
    Screen("unsubscribe", f"/unsubscribe?supplier={SOMEBODY}&token={'0' * 32}", None),
)
FULL = (
    Screen("no-access", "/today", ROWAN),
    Screen("today", "/today"),
    Screen("today-all-newly-critical", "/today?all=turned_critical"),
    Screen("suppliers", "/suppliers"),
    Screen("suppliers-tiles", "/suppliers?view=tiles"),
    Screen("suppliers-filtered", "/suppliers?view=table&risk=critical&silent=7&category=venue"),
    Screen("suppliers-filters", "/suppliers", act=open_filters, is_dialog=True),
    Screen("suppliers-views", "/suppliers", act=open_views, is_dialog=True),
    Screen("suppliers-selected", "/suppliers?view=table&risk=critical", act=select_three),
    Screen(
        *("suppliers-bulk-email", "/suppliers?view=table&risk=critical"),
        act=select_all_and("E-mail"),
        is_dialog=True,
    ),
    Screen("suppliers-none", "/suppliers?q=nobody+is+called+so"),
    Screen("suppliers-analyst", "/suppliers?view=table", ANN),
    Screen("supplier", "/supplier?id={supplier}"),
    Screen("supplier-next-step", "/supplier?id={quiet}"),
    Screen("supplier-analyst", "/supplier?id={supplier}", ANN),
    Screen("supplier-email", "/supplier?id={quiet}", act=press("E-mail"), is_dialog=True),
    Screen("supplier-email-seen", "/supplier?id={quiet}", act=see_the_mail, is_dialog=True),
    Screen("supplier-call", "/supplier?id={quiet}", act=press("Call"), is_dialog=True),
    Screen("supplier-note", "/supplier?id={quiet}", act=press("Note"), is_dialog=True),
    Screen("supplier-not-found", f"/supplier?id={SOMEBODY}"),
    Screen("interventions", "/interventions"),
    Screen("interventions-analyst", "/interventions", ANN),
    Screen("interventions-call", "/interventions", act=press("More"), is_dialog=True),
    *(
        Screen(f"interventions-{tab}", f"/interventions?tab={tab}")
        for tab in ("scheduled", "sent", "failed", "suppressed", "history")
    ),
    Screen("milestones", "/milestones"),
)
# The same addresses before the first supplier has signed up.
EMPTY = tuple(
    Screen(f"{name}-empty", f"/{name}")
    for name in ("today", "suppliers", "interventions", "milestones")
)


def by_person(screens: tuple[Screen, ...]) -> Iterator[tuple[str | None, list[Screen]]]:
    """Group screens by who sees them, so that each signs in once."""
    for who in dict.fromkeys(screen.who for screen in screens):
        yield who, [screen for screen in screens if screen.who == who]
