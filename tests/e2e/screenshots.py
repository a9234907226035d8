"""Pictures of the screens: `python -m tests.e2e.screenshots` renews those that the docs show.

With `--all` every screen in every look goes to screenshots/, which git ignores.

They show a lively world in an embedded Supabase of its own. To look again at some after a change,
keep the world: `python -m tests.e2e.screenshots --world DIR supplier today`.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import load_settings
from cs_core.io.people.users import create_user
from embedded.postgres import free_port
from embedded.stack import Stack
from tests.e2e.dashboard import ROOT, running_browser, running_dashboard, sign_in
from tests.e2e.lively import ADA, PASSWORD, LivelyWorld, make_lively
from tests.e2e.mail_pictures import shoot_mails
from tests.e2e.palette import shrink
from tests.e2e.screens import EMPTY, FULL, LOOKS, PLAIN, Screen, by_person, look, shown, wait
from tests.e2e.steering_screens import STEERING
from tests.support.docs import PICTURES, shown_pictures

EVERY_SCREEN = ROOT / "screenshots"
WORLD = {"suppliers": 400, "days": 180, "history_days": 90, "outreach_days": 24}
HERE: Mapping[str, Any] = {"locale": "en-GB", "timezone_id": "Europe/London"}
LONGEST = 2600
# Streamlit scrolls inside the page: how long it would be.
LENGTH = """() => { const main = document.querySelector('[data-testid="stMain"]');
  const bottom = document.querySelector('[data-testid="stBottom"]');
  if (!main) return document.documentElement.scrollHeight;
  return main.scrollHeight + (bottom ? bottom.offsetHeight : 0); }"""


@dataclass(frozen=True)
class Album:
    """Where pictures go, and which of them are wanted."""

    folder: Path
    is_whole: bool

    def wants(self, file_name: str) -> bool:
        return self.is_whole or file_name in shown_pictures()

    def looks_at(self, screen: Screen) -> list[str]:
        """The looks of a screen that are wanted."""
        return [name for name in LOOKS if self.wants(f"{screen.name}-{name}.png")]


def shoot(page: Page, screen: Screen, path: Path) -> None:
    """Save a picture of the whole screen, with the mouse out of the way."""
    page.mouse.move(0, 0)
    size = page.viewport_size
    assert size is not None
    length = page.evaluate(LENGTH)
    if length > size["height"] and not screen.is_dialog:
        page.set_viewport_size({"width": size["width"], "height": min(length, LONGEST)})
        if screen.who:
            wait(page)
        page.wait_for_timeout(300)  # charts follow the new size
    page.screenshot(path=path)
    page.set_viewport_size(size)
    shrink(path)


@contextlib.contextmanager
def profile(browser: Browser, url: str, who: str | None) -> Iterator[BrowserContext]:
    """Give a browser profile, with somebody signed in."""
    context = browser.new_context(base_url=url, reduced_motion="reduce", **HERE, **LOOKS["light"])
    if who:
        page = context.new_page()
        page.goto("/sign-in")
        sign_in(page, who, PASSWORD)
        wait(page)
        page.close()
    yield context
    context.close()


def shoot_all(
    browser: Browser, url: str, screens: Sequence[Screen], world: LivelyWorld | None, album: Album
) -> Iterator[str]:
    """Write some screens in the looks that are wanted; yield those that could not be."""
    for who, seen in by_person(tuple(screens)):
        with profile(browser, url, who) as context:
            for screen in seen:
                try:
                    with shown(context, screen, world) as page:
                        for name in album.looks_at(screen):
                            look(page, screen, name)
                            shoot(page, screen, album.folder / f"{screen.name}-{name}.png")
                except (Error, AssertionError) as error:
                    yield f"{screen.name}: {str(error).splitlines()[0]}"


@contextlib.contextmanager
def stack_in(folder: Path) -> Iterator[Stack]:
    """Run a stack on a folder."""
    stack = Stack(folder, free_port())
    stack.start()
    try:
        yield stack
    finally:
        stack.stop()


def shoot_lively(
    browser: Browser, folder: Path, screens: Sequence[Screen], mails: bool, album: Album
) -> Iterator[str]:
    """Write the screens of the lively world; it is made where the folder is new."""
    is_new = not folder.exists()
    with stack_in(folder) as stack:
        if is_new:
            make_lively(stack, **WORLD)
        with running_dashboard(stack.env, free_port(), folder / "log" / "dashboard") as url:
            yield from shoot_all(browser, url, screens, LivelyWorld.of(stack), album)
        if mails:
            shoot_mails(browser, connect_service(load_settings(stack.env)), album.folder)


def shoot_empty(
    browser: Browser, folder: Path, screens: Sequence[Screen], album: Album
) -> Iterator[str]:
    """Write the screens of a database that has no supplier yet."""
    with stack_in(folder) as stack:
        service = connect_service(load_settings(stack.env))
        create_user(service, ADA, "admin", full_name="Ada Byron", password=PASSWORD)
        with running_dashboard(stack.env, free_port(), folder / "log" / "dashboard") as url:
            yield from shoot_all(browser, url, screens, None, album)


def main() -> int:
    """Write the pictures of the docs, or all, or those that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only screens with these names")
    parser.add_argument("--world", type=Path, help="keep the lively world here")
    parser.add_argument("--all", action="store_true", help="every screen, in screenshots/")
    options = parser.parse_args()
    album = Album(EVERY_SCREEN if options.all else PICTURES, is_whole=options.all)
    album.folder.mkdir(parents=True, exist_ok=True)

    def asked(screens: Sequence[Screen]) -> list[Screen]:
        named = (one for one in screens if not options.names or one.name in options.names)
        return [one for one in named if album.looks_at(one)]

    missing: list[str] = []
    with tempfile.TemporaryDirectory(prefix="cs-screenshots-") as made, running_browser() as found:
        full, empty = asked(PLAIN + FULL + STEERING), asked(EMPTY)
        if full or not options.names:
            world = options.world or Path(made) / "lively"
            missing += shoot_lively(found, world, full, not options.names, album)
        if empty:
            missing += shoot_empty(found, Path(made) / "empty", empty, album)
    for line in missing:
        sys.stderr.write(f"Not written: {line}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
