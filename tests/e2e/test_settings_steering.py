"""Steering in a real browser: what was looked at before is what the run then does."""

from collections.abc import Callable
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
from tests.support.outreach_world import World

SILENT = "silent_after_set_up"


@pytest.fixture
def suppliers(
    sql: Any, add_supplier: Callable[..., str], add_events: Callable[..., None]
) -> dict[str, str]:
    return World(add_supplier, add_events, sql, datetime.now(UTC)).everybody()


@pytest.fixture
def run(service: Client, stack: Stack) -> Callable[[], Any]:
    """A function that runs the daily job for this moment."""

    def daily() -> Any:
        now = datetime.now(UTC)
        mail = load_mail_settings(stack.env)
        return run_scoring(service, RunRequest((now,), contacting=Contacting(now, mail)))

    return daily


def open_settings(page: Page, part: str, person: dict[str, str]) -> None:
    come_in(page, person, f"/settings?part={part}")
    settle(page, "Settings")


def levels(sql: Any) -> dict[str, str]:
    rows = sql.execute("select supplier_id::text, risk_level from current_health").fetchall()
    return dict(rows)


def test_a_weight_is_changed_looked_at_published_and_the_run_gives_the_levels_seen(
    page: Page,
    ada: dict[str, str],
    suppliers: dict[str, str],
    run: Callable[[], Any],
    sql: Any,
) -> None:
    run()
    before = levels(sql)
    open_settings(page, "scorecard", ada)
    points = page.get_by_label("Points", exact=True)
    points.nth(1).fill("5")
    points.nth(1).press("Tab")
    expect(page.get_by_text("must have weights that sum to 100, not 80")).to_be_visible()
    points.nth(2).fill("45")
    points.nth(2).press("Tab")
    expect(page.get_by_text("The weights add up to 100 points.")).to_be_visible()
    answer = page.get_by_role("heading", name="suppliers would change level")
    expect(answer).to_be_visible()
    expect(page.get_by_role("heading", name="Who would change level")).to_be_visible()
    drawn(page)
    said = answer.inner_text()
    rows = page.locator("table.cs-moves tbody tr")
    seen = {
        rows.nth(place).locator("td").nth(0).inner_text(): rows.nth(place)
        .locator("td .cs-level")
        .nth(1)
        .inner_text()
        for place in range(rows.count())
    }
    assert seen, "the change should move somebody"
    assert said.startswith(f"{len(seen)} of {len(before)} suppliers would change level")

    page.get_by_label("What changes and why").fill("Clients matter more")
    page.get_by_label("What changes and why").press("Tab")
    page.get_by_role("button", name="Publish version 2").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Feature adoption: 5 points instead of 25")).to_be_visible()
    dialog.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Version 2 of the scorecard is in force.")).to_be_visible()
    assert levels(sql) == before

    assert run().scorecard_version == 2
    after = levels(sql)
    words = {"critical": "✕ Critical", "at_risk": "! At risk", "healthy": "✓ Healthy"}
    names = {id: name for name, id in suppliers.items()}
    changed = {names[one]: words[after[one]] for one in before if before[one] != after[one]}
    assert changed == seen


def test_a_playbook_that_is_switched_off_plans_nothing_and_can_be_switched_on_again(
    page: Page,
    ada: dict[str, str],
    suppliers: dict[str, str],
    run: Callable[[], Any],
    sql: Any,
) -> None:
    def planned() -> int:
        query = "select count(*) from interventions where playbook = %s"
        return int(sql.execute(query, (SILENT,)).fetchone()[0])

    open_settings(page, "playbooks", ada)
    one = page.locator(f".st-key-cs-playbook-{SILENT}")
    one.get_by_role("link", name="Silent after set-up").click()
    settle(page, "Settings")
    page.get_by_role("button", name="Look who would match").click()
    expect(page.get_by_text("3 of 7 suppliers match")).to_be_visible()
    expect(page.get_by_text("1 e-mail not planned: opted out of e-mail")).to_be_visible()
    page.get_by_role("link", name="All playbooks").click()
    settle(page, "Settings")

    one.get_by_role("button", name="Turn off").click()
    page.get_by_role("dialog").get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("“Silent after set-up” is off.")).to_be_visible()
    expect(page.get_by_role("heading", name="6 playbooks, 5 of them on.")).to_be_visible()
    run()
    assert planned() == 0
    assert sql.execute("select count(*) > 0 from interventions").fetchone() == (True,)

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="6 playbooks, all on.")).to_be_visible()
    drawn(page)
    run()
    assert planned() == 6  # an e-mail and a call for three, whether sent or held back
