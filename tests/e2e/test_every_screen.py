"""What must hold on all screens: for weak eyes, keyboards and phones, and for who may only look."""

from collections.abc import Iterator, Sequence

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from embedded.stack import Stack
from tests.e2e.axe import grave_problems
from tests.e2e.lively import ANN, ROWAN, LivelyWorld, make_lively
from tests.e2e.screens import FULL, LOOKS, PLAIN, Screen, by_person, look, shown, wait
from tests.e2e.screenshots import profile
from tests.e2e.steering_screens import OPERATIONS, SETTINGS, STEERING
from tests.support.stacks import empty

pytestmark = pytest.mark.slow

SMALL = {"suppliers": 120, "days": 60, "history_days": 30, "outreach_days": 12}
# What an analyst may press: looking another way, keeping a view, and leaving.
LOOKING = {"Sign out", "Save view", "Export CSV", "Export all as CSV"}
LOOKING |= {"Clear the search", "Clear filters", "Clear all", "Clear all filters", "Show more"}
PRESSED = ".stButton button:visible, .stFormSubmitButton button:visible, .cs-button:visible"


@pytest.fixture(scope="module")
def world(stack: Stack) -> LivelyWorld:
    with psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True) as sql:
        empty(sql)
    make_lively(stack, **SMALL)
    return LivelyWorld.of(stack)


def walk(
    browser: Browser, url: str, screens: Sequence[Screen], world: LivelyWorld
) -> Iterator[tuple[Screen, Page]]:
    """Go from screen to screen, each in a tab of its own."""
    for who, seen in by_person(tuple(screens)):
        with profile(browser, url, who) as context:
            for screen in seen:
                with shown(context, screen, world) as page:
                    yield screen, page


def test_axe_finds_nothing_grave_on_any_screen_and_none_is_too_wide(
    browser: Browser, dashboard: str, world: LivelyWorld
) -> None:
    found = set()
    for screen, page in walk(browser, dashboard, PLAIN + FULL + STEERING, world):
        for name in LOOKS:
            look(page, screen, name)
            problems = [*too_wide(page), *grave_problems(page)]
            found |= {f"{screen.name}, {name}: {problem}" for problem in problems}
    assert not found, "\n".join(sorted(found))


def too_wide(page: Page) -> list[str]:
    """Say by how much one has to scroll sideways."""
    over = page.evaluate(
        "() => { const main = document.querySelector('[data-testid=\"stMain\"]')"
        " || document.documentElement; return main.scrollWidth - innerWidth; }"
    )
    return [f"{over} pixels too wide"] if over > 0 else []


def test_axe_notices_what_nobody_could_read(page: Page, dashboard: str) -> None:
    page.goto("/sign-in")
    assert grave_problems(page) == []
    page.add_style_tag(content="label { color: #ddd !important; }")
    page.evaluate("document.querySelector('input[type=email]').previousElementSibling.remove()")
    (contrast, label) = sorted(problem.partition(" ")[0] for problem in grave_problems(page))
    assert (contrast, label) == ("color-contrast", "label")


def test_axe_looks_into_dialogs(browser: Browser, dashboard: str, world: LivelyWorld) -> None:
    question = next(screen for screen in FULL if screen.name == "supplier-call")
    for _, page in walk(browser, dashboard, [question], world):
        page.add_style_tag(content="[role=dialog] p { color: #ddd !important; }")
        problems = grave_problems(page)
        assert problems
        assert all(problem.startswith("color-contrast") for problem in problems)


def test_an_analyst_sees_every_screen_and_no_action_on_any(
    browser: Browser, dashboard: str, world: LivelyWorld
) -> None:
    addresses = {screen.address for screen in FULL}
    screens = [Screen(address, address, ANN) for address in sorted(addresses)]
    assert len(screens) > 12
    offered: dict[str, str] = {}
    for screen, page in walk(browser, dashboard, screens, world):
        expect(page.get_by_text("Ann Lister")).to_be_visible()
        expect(page.get_by_text("analyst", exact=True)).to_be_visible()
        expect(page.locator("main .stCheckbox, .st-key-rail, .st-key-bulk-bar")).to_have_count(0)
        offered |= dict.fromkeys(buttons(page), screen.name)
    actions = {name: where for name, where in offered.items() if name not in LOOKING}
    assert not actions, actions


def test_an_analyst_and_a_stranger_see_nothing_of_what_admins_steer(
    browser: Browser, dashboard: str, world: LivelyWorld
) -> None:
    addresses = sorted({screen.address for screen in SETTINGS + OPERATIONS})
    assert len(addresses) > 10
    refusals = {ANN: "Only people with the role admin", ROWAN: "this account has no access"}
    for who, refusal in refusals.items():
        screens = [Screen(address, address, who) for address in addresses]
        for screen, page in walk(browser, dashboard, screens, world):
            expect(page.get_by_text(refusal)).to_be_visible()
            assert set(buttons(page)) == {"Sign out"}, screen.name
            expect(page.locator("main table, main input")).to_have_count(0)
            for words in ("Settings", "Operations"):
                expect(page.get_by_role("link", name=words)).to_have_count(0)


def test_an_admin_sees_actions_where_an_analyst_sees_none(
    browser: Browser, dashboard: str, world: LivelyWorld
) -> None:
    seen = [screen for screen in FULL if screen.name in ("supplier", "interventions")]
    for _, page in walk(browser, dashboard, seen, world):
        assert {"Reached", "No answer", "Not needed"} <= set(buttons(page))


def buttons(page: Page) -> list[str]:
    """The names of all buttons but those of chosen filters, which say what they take away."""
    wait(page)
    found = page.locator(PRESSED).evaluate_all(
        "all => all.filter(one => !one.closest('.st-key-chips'))"
        ".map(one => { const words = one.querySelector('p') || one;"
        " return one.getAttribute('aria-label') || words.innerText; })"
    )
    return [" ".join(str(name).split()) for name in found]
