"""What each screen reads, by the very functions that it calls."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.page_world import BUSY, supplier_id
from cs_app.interventions import board as intervention_board
from cs_app.interventions.tabs import counts_queries
from cs_app.milestones import screen as milestone_screen
from cs_app.suppliers import list as supplier_list
from cs_app.today import screen as today_screen
from cs_core.io.base.client import PersonClient
from cs_core.io.base.reads import run_queries
from cs_core.io.outreach.bulk import MOST_AT_ONCE, preview_bulk
from cs_core.io.outreach.intervention_lists import ListFilter, intervention_list_query
from cs_core.io.outreach.interventions import TABS
from cs_core.io.suppliers.one import fetch_marks, fetch_score_history, fetch_supplier
from cs_core.io.suppliers.timeline import fetch_timeline
from cs_core.suppliers.filter import SupplierFilter, SupplierList

NOBODY = "00000000-0000-0000-0000-000000000000"
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class PageRead:
    """One screen, or one state of it.

    `address`: where a browser finds it; None where no address leads there. `read`: reads all that
    it shows, from the client of who looks.
    """

    name: str
    address: str | None
    read: Callable[[PersonClient], Any]


def list_pages(suppliers: int) -> list[PageRead]:
    """List the screens of a world with so many suppliers."""
    last_page = min(10_000, round(suppliers * 0.9)) // 50
    trouble = SupplierFilter(levels=("critical", "at_risk"))
    busy = supplier_id(BUSY)
    return [
        PageRead("Today", "/today", lambda client: today_screen.fetch_screen(client, None)),
        _list("table", SupplierList()),
        _list("tiles", SupplierList(view="tiles")),
        _list(
            "filtered",
            SupplierList(SupplierFilter(levels=("critical",), tiers=("premium",), silent_days=7)),
        ),
        _list("text search", SupplierList(SupplierFilter(text="rowan bloom"))),
        _list("many found by text", SupplierList(SupplierFilter(text="rowan"))),
        _list("no contact in 14 days", SupplierList(SupplierFilter(not_contacted_days=14))),
        _list("by name, last page", SupplierList(sort="name", page=max(1, last_page))),
        PageRead("Supplier", f"/supplier?id={busy}", lambda client: _supplier(client, busy)),
        PageRead("its timeline", None, lambda client: fetch_timeline(client, busy, None, 41)),
        PageRead("Interventions, calls due", "/interventions", _queue),
        *(_interventions(tab) for tab in TABS),
        PageRead("Milestones", "/milestones", lambda client: _milestones(client, 30)),
        PageRead("a year of milestones", "/milestones?days=365", lambda c: _milestones(c, 365)),
        PageRead(
            f"preview of {MOST_AT_ONCE:,} e-mails",
            None,
            lambda client: preview_bulk(client, trouble, "email", _now()),
        ),
    ]


def _list(name: str, wanted: SupplierList) -> PageRead:
    address = supplier_list.suppliers_link(wanted)

    def read(client: PersonClient) -> supplier_list.SuppliersScreen:
        return supplier_list.fetch_screen(client, wanted, NOBODY)

    return PageRead(f"Suppliers, {name}", address, read)


def _supplier(client: PersonClient, supplier: str) -> Any:
    return (
        fetch_supplier(client, supplier),
        fetch_score_history(client, supplier, 90),
        fetch_marks(client, supplier, _now() - 90 * DAY),
    )


def _queue(client: PersonClient) -> Any:
    now = _now()
    view = intervention_board.View(None, intervention_board.ROWS, now + DAY, now)
    return intervention_board.fetch_queue(client, view)


def _interventions(tab: str) -> PageRead:
    def read(client: PersonClient) -> Any:
        questions = (*counts_queries(_now() + DAY), intervention_list_query(tab, ListFilter()))
        return run_queries(client, "Reading interventions", *questions)

    return PageRead(f"Interventions, {tab}", f"/interventions?tab={tab}", read)


def _milestones(client: PersonClient, days: int) -> Any:
    choice, now = milestone_screen.MilestoneChoice(days, None, 1), _now()
    counts = milestone_screen.count_milestones(client, choice.since(now))
    return counts, milestone_screen.fetch_page(client, choice, now)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
