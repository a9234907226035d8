"""One server and one browser for all browser tests; each test has its own profile."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from embedded.postgres import free_port
from embedded.stack import Stack
from tests.e2e.dashboard import running_browser, running_dashboard


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture(scope="session")
def dashboard_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dashboard") / "log"


@pytest.fixture(scope="session")
def dashboard(stack: Stack, dashboard_log: Path) -> Iterator[str]:
    """The address of a running dashboard."""
    with running_dashboard(stack.env, free_port(), dashboard_log) as url:
        yield url


@pytest.fixture
def profile(browser: Browser, dashboard: str) -> Iterator[BrowserContext]:
    """A browser profile that has never been here."""
    context = browser.new_context(base_url=dashboard, viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(profile: BrowserContext) -> Page:
    """Its first tab."""
    return profile.new_page()


@pytest.fixture
def ada(add_person: Callable[..., dict[str, str]]) -> dict[str, Any]:
    """An admin."""
    return add_person("ada@wedsync.example", "admin")
