"""A real server process and a real browser, for the tests and the screenshots."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent.parent
# The one without windows takes little more than half of the processor for the same pages.
SHELL = Path("/usr/bin/chromium-headless-shell")
CHROMIUM = SHELL if SHELL.exists() else Path("/usr/bin/chromium")
MISSING = "Chromium is missing. Install it: apt-get install chromium-headless-shell"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
START_SECONDS = 60
# How long what is expected may take to show, on a machine that does much else.
PATIENCE_MS = 30_000
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


class ServerFailed(Exception):
    """The dashboard did not start."""


@contextlib.contextmanager
def running_dashboard(
    env: Mapping[str, str], port: int, log: Path, app: Path = ROOT / "streamlit_app.py"
) -> Iterator[str]:
    """Start the dashboard, or another app, as `make run` does, and stop it in the end."""
    url = f"http://localhost:{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(app)]
    with log.open("w") as output:
        server = subprocess.Popen(
            [*command, f"--server.port={port}"],
            cwd=ROOT,
            env=os.environ | dict(env) | {"CS_BASE_URL": url},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_up(server, url, log)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_until_up(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise ServerFailed(log.read_text())


@contextlib.contextmanager
def running_browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    if not CHROMIUM.exists():
        raise FileNotFoundError(MISSING)
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


def sign_in(page: Page, email: str, password: str) -> None:
    """Fill in the form that is on screen and send it."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def settle(page: Page, heading: str) -> None:
    """Wait until a page of the dashboard with this heading is drawn."""
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    drawn(page)


def come_in(page: Page, person: Mapping[str, str], address: str = "/today") -> None:
    """Ask for a page, sign in on the way, and wait until it is drawn."""
    page.goto(address)
    sign_in(page, person["email"], person["password"])
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until a page of the dashboard is drawn, whatever its heading."""
    expect(page.locator("h1").first).to_be_visible()
    expect(page.locator(SETTLED)).to_be_visible()
    # The script may have ended while the browser still loads the code to show what it sent.
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def table_names(page: Page) -> Locator:
    """The names in the supplier table, from the top."""
    return page.locator(".sup-rows .cs-name")


def names_in_table(page: Page) -> list[str]:
    """Read the names in the supplier table, once it holds some."""
    expect(table_names(page).first).to_be_visible()
    return table_names(page).all_inner_texts()
