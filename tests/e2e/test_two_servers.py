"""Two server processes on one database: whichever answers, a session is the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from embedded.postgres import free_port
from embedded.stack import Stack
from tests.e2e.dashboard import come_in, running_dashboard, settle, table_names
from tests.support.health_rows import add_scored_supplier

pytestmark = pytest.mark.slow


@pytest.fixture
def another(stack: Stack, dashboard: str, tmp_path: Path) -> Iterator[str]:
    """The address of a second process. A cookie of localhost is sent to every port of it."""
    with running_dashboard(stack.env, free_port(), tmp_path / "log") as url:
        assert url != dashboard
        yield url


def test_who_signs_in_at_one_is_known_at_the_other_and_who_leaves_there_has_left(
    profile: BrowserContext, page: Page, dashboard: str, another: str, ada: dict[str, str], sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 31)
    come_in(page, ada, f"{dashboard}/suppliers")
    second = profile.new_page()
    second.goto(f"{another}/suppliers")
    settle(second, "Suppliers")
    for tab in (page, second):
        expect(table_names(tab)).to_have_text(["Rowan & Fox"])

    second.get_by_role("button", name="Sign out").click()
    expect(second).to_have_url(f"{another}/sign-in")
    page.get_by_text("Tiles").click()
    settle(page, "Your session has ended")
    expect(page.get_by_text("Rowan & Fox")).not_to_be_attached()
    page.reload()
    expect(page).to_have_url(f"{dashboard}/sign-in?next=%2Fsuppliers%3Fview%3Dtiles")
