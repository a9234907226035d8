"""What a browser makes of the screens: when the last element stands, and what was sent for it."""

import contextlib
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page

from cs_app.server import clients
from cs_core.io.base.client import connect_service
from cs_core.io.base.config import load_settings
from cs_core.io.people.sessions import Tokens, open_session
from embedded.postgres import free_port
from tests.e2e.dashboard import SETTLED, running_browser, running_dashboard

BLANK = "import streamlit as st\n\nst.title('Blank')\n"
# Notes when the page was last changed. A screen stands when its script has run and nothing has
# changed for half a second; looking for what others did begins after five.
WATCH = """
window.changedAt = 0;
new MutationObserver(() => { window.changedAt = performance.now(); }).observe(
  document, {subtree: true, childList: true, attributes: true, characterData: true});
"""
STANDS = f"""() => document.querySelector('{SETTLED}') && document.querySelector('h1')
  && performance.now() - window.changedAt > 500"""


@dataclass(frozen=True)
class Seen:
    """One page as a browser that has been here before sees it."""

    seconds: float
    kilobytes: float


def look_at_pages(
    env: Mapping[str, str],
    person: tuple[str, Tokens],
    pages: Mapping[str, str],
    looks: int,
    say: Callable[[str], None] = lambda text: None,
) -> tuple[Seen, dict[str, Seen]]:
    """Open a blank page of Streamlit, then each screen, several times.

    Parameters
    ----------
    env : mapping
        The settings of a stack that is up.
    person : tuple
        Id and tokens of who looks.
    pages : mapping
        Addresses by name.
    looks : int
        How often each is opened; the median counts.
    say : callable
        Told what is going on.

    Returns
    -------
    tuple
        The blank page, and the screens by name.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cs-blank-")))
        script = folder / "blank.py"
        script.write_text(BLANK, encoding="utf-8")
        ours = stack.enter_context(running_dashboard(env, free_port(), folder / "ours.log"))
        blank = stack.enter_context(
            running_dashboard(env, free_port(), folder / "blank.log", app=script)
        )
        browser = stack.enter_context(running_browser())
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(WATCH)
        cookie = _open_session(env, *person)
        context.add_cookies([{"name": clients.COOKIE, "value": cookie, "url": ours}])
        of_blank = _look(context, blank, looks)
        say(f"a blank page takes {of_blank.seconds:.2f} s")
        return of_blank, {
            name: _look(context, f"{ours}{address}", looks) for name, address in pages.items()
        }


def _open_session(env: Mapping[str, str], person_id: str, tokens: Tokens) -> str:
    return open_session(connect_service(load_settings(env)), person_id, tokens)


def _look(context: BrowserContext, url: str, looks: int) -> Seen:
    seconds, kilobytes = [], []
    page = context.new_page()
    with _counting(context, page) as received:
        for _ in range(looks + 1):
            received.clear()
            page.goto(url)
            page.wait_for_function(STANDS, timeout=60_000)
            seconds.append(page.evaluate("window.changedAt") / 1000)
            kilobytes.append(sum(received) / 1000)
    page.close()
    # The first one fills the browser's cache.
    return Seen(statistics.median(seconds[1:]), statistics.median(kilobytes[1:]))


@contextlib.contextmanager
def _counting(context: BrowserContext, page: Page) -> Iterator[list[float]]:
    """Count the bytes that come in, of answers and of the websocket."""
    received: list[float] = []
    devtools: CDPSession = context.new_cdp_session(page)
    devtools.send("Network.enable")

    def frame(event: dict[str, Any]) -> None:
        data = event["response"]["payloadData"]
        is_text = event["response"]["opcode"] == 1
        received.append(len(data.encode()) if is_text else len(data) * 3 / 4)  # base64

    devtools.on("Network.webSocketFrameReceived", frame)
    devtools.on(
        "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
    )
    yield received
    devtools.detach()
