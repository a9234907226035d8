"""The story of the product: somebody goes quiet; a person notices, understands and calls."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from supabase import Client

from cs_core.io.run.request import RunRequest
from cs_core.io.run.run import run_scoring
from tests.e2e.dashboard import come_in, settle, table_names

pytestmark = pytest.mark.slow


def where_it_is_noon() -> str:
    """A time zone where today has hours left, whenever the test runs."""
    hours = datetime.now(UTC).hour - 12
    return f"Etc/GMT{hours:+d}" if hours else "Etc/GMT"


@pytest.fixture
def quiet_week(
    sql: Any, service: Client, add_supplier: Callable[..., str], add_events: Callable[..., None]
) -> None:
    """A photographer who finished the set-up and stayed away for a week, among others; scored."""
    now = datetime.now(UTC)

    def ago(days: float) -> str:
        return (now - timedelta(days=days)).isoformat()

    sql.execute("insert into core_features values ('calendar', '*'), ('forms', '*')")
    made = {
        "signed_up_at": ago(60),
        "onboarded_at": ago(30),
        "timezone": where_it_is_noon(),
    }
    for name, category, silent_days in (
        ("Rowan & Fox Photography", "photographer", 7.2),
        ("Busy Lens", "photographer", 1.1),
        ("Quiet Barn", "venue", 9.3),
    ):
        supplier = add_supplier(business_name=name, category=category, **made)
        add_events(
            (supplier, "login", None, ago(silent_days)),
            (supplier, "feature_used", "calendar", ago(silent_days)),
            (supplier, "client_active", "a client", ago(silent_days + 20)),
        )
    # Without contacting: nobody has planned anything yet.
    run_scoring(service, RunRequest(as_ofs=(now,)))


@pytest.fixture
def page(browser: Any, dashboard: str) -> Any:
    """A tab where it is about noon."""
    context = browser.new_context(
        base_url=dashboard,
        viewport={"width": 1440, "height": 900},
        timezone_id=where_it_is_noon(),
    )
    yield context.new_page()
    context.close()


def type_time(page: Page, moment: datetime) -> None:
    """Type a moment into the field of a date and time, part by part."""
    field = page.get_by_test_id("stDateTimeInputField")
    parts = {"month": moment.month, "day": moment.day, "hour": moment.hour}
    for part, value in (parts | {"minute": moment.minute}).items():
        spin = field.get_by_role("spinbutton", name=re.compile(f"^{part}"))
        spin.click()
        page.keyboard.type(f"{value:02}")
        expect(spin).to_have_attribute("aria-valuenow", str(value))
    page.keyboard.press("Tab")


def test_from_a_silent_photographer_to_a_call_that_was_made(
    page: Page, ada: dict[str, str], quiet_week: None
) -> None:
    come_in(page, ada, "/")
    page.get_by_role("link", name="Suppliers", exact=True).click()
    settle(page, "Suppliers")
    expect(table_names(page)).to_have_count(3)

    page.get_by_role("button", name="More filters").click()
    page.get_by_role("combobox", name="Category").fill("photo")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("category=photographer"))
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Last login").click()
    page.get_by_role("option", name="7 days ago or more").click()
    expect(page).to_have_url(re.compile("silent=7"))
    expect(table_names(page)).to_have_text(["Rowan & Fox Photography"])
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Rowan & Fox Photography").click()
    settle(page, "Rowan & Fox Photography")
    expect(page.get_by_text("What costs the most points")).to_contain_text("no login for 7 days")
    expect(page.get_by_text("1 of 2 core features used in the last 30 days").first).to_be_visible()

    page.get_by_role("button", name="Call", exact=True).click()
    question = page.get_by_role("dialog")
    question.get_by_text("Choose a time").click()
    at = page.evaluate("new Date(Date.now() + 45 * 60000).toISOString()")
    offset = timedelta(minutes=-page.evaluate("new Date().getTimezoneOffset()"))
    type_time(page, datetime.fromisoformat(at) + offset)
    question.get_by_label("Why (for the team, optional)").fill("Went quiet after a good start")
    question.get_by_role("button", name="Plan the call").click()
    expect(page.get_by_text("Call planned")).to_be_visible()

    page.get_by_role("link", name="Interventions", exact=True).click()
    settle(page, "Interventions")
    expect(page.get_by_text("1 call to make")).to_be_visible()
    expect(page.get_by_text("Went quiet after a good start")).to_be_visible()
    page.get_by_role("button", name="Reached").click()
    expect(page.get_by_role("status").filter(has_text="Reached")).to_be_visible()

    page.get_by_text("History").click()
    expect(page).to_have_url(re.compile("tab=history"))
    row = page.get_by_role("row").filter(has_text="Rowan & Fox Photography")
    expect(row).to_contain_text("Reached")
    expect(row).to_contain_text("just now")
    row.get_by_role("link", name="Rowan & Fox Photography").click()
    settle(page, "Rowan & Fox Photography")
    expect(page.get_by_text("Check-in call: reached")).to_be_visible()
