"""The supplier list as a whole: what is read for it, and what stands where."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil

import streamlit as st

from cs_app.server.links import export_link, suppliers_link
from cs_app.suppliers.bulk import show_actions, show_select_all
from cs_app.suppliers.empty import show_nothing
from cs_app.suppliers.filter_wording import QUIET_DAYS, matching, result_line
from cs_app.suppliers.filters import choose_sort, choose_view
from cs_app.suppliers.selection import read_selection, show_boxes
from cs_app.suppliers.table import show_table
from cs_app.suppliers.tiles import MOST_TILES, show_tiles
from cs_app.ui.formats import ago, exact_time, is_stale
from cs_app.ui.frame import show_download
from cs_app.ui.guard import Person
from cs_app.ui.page_address import choose_page
from cs_core.base.html import fill
from cs_core.io.base.client import PersonClient
from cs_core.io.base.reads import Query, run_queries, run_query
from cs_core.io.outreach.bulk_state import BulkState, newest_bulk_query
from cs_core.io.suppliers.find import (
    MOST_COUNTED,
    PAGE_SIZE,
    FilterChoices,
    Found,
    LastScored,
    Surveyed,
    filter_choices_query,
    last_scored_query,
    suppliers_screen_query,
)
from cs_core.suppliers.filter import SupplierFilter, SupplierList

SCORE_NOW = "python daily_scoring.py"


@dataclass(frozen=True)
class SuppliersScreen:
    """All that is read for the list.

    `counts` are per level, whatever levels are chosen; `quiet` how many of those that match
    nobody has contacted lately. `newest_bulk`: the reader's newest that waits.
    """

    wanted: SupplierList
    choices: FilterChoices
    counts: dict[str, int]
    quiet: int
    found: Found
    scored: LastScored
    newest_bulk: BulkState | None

    @property
    def matching(self) -> int:
        """How many match, levels included."""
        return matching(self.counts, self.wanted.filter.levels)


def fetch_screen(client: PersonClient, wanted: SupplierList, me: str) -> SuppliersScreen:
    """Read what the address asks for, in one request. `me`: who that is."""
    mine = wanted.filter.for_person(me)
    answers = run_queries(
        client,
        "Finding suppliers",
        _about_rows(wanted, mine),
        filter_choices_query(),
        last_scored_query(),
        newest_bulk_query(me),
    ).found
    rows, choices, scored, newest = answers
    if wanted.view != "tiles" and not rows.found.rows and rows.found.total:
        # The page is gone since the link was made: the last one there is.
        wanted = replace(wanted, page=_pages(rows.found.total))
        rows = run_query(client, _about_rows(wanted, mine))
    return SuppliersScreen(wanted, choices, rows.counts, rows.quiet, rows.found, scored, newest)


def _about_rows(wanted: SupplierList, mine: SupplierFilter) -> Query[Surveyed]:
    if wanted.view == "tiles":
        return suppliers_screen_query(
            mine, wanted.sort, 1, MOST_TILES, QUIET_DAYS, with_history=False
        )
    return suppliers_screen_query(
        mine, wanted.sort, wanted.page, PAGE_SIZE, QUIET_DAYS, with_history=True
    )


def show_result_line(screen: SuppliersScreen, person: Person) -> None:
    """Show view, what was found in words, order and export in one row."""
    wanted = screen.wanted
    quiet_filter = replace(wanted.filter, not_contacted_days=QUIET_DAYS)
    quiet_address = suppliers_link(replace(wanted, filter=quiet_filter, page=1))
    with st.container(horizontal=True, vertical_alignment="center", key="result-row"):
        choose_view(wanted)
        line = result_line(wanted.filter, screen.counts, screen.quiet, quiet_address)
        st.html(fill('<div class="sup">{}</div>', line))
        if person.role == "admin":
            show_select_all(wanted, screen.matching)
        choose_sort(wanted)
        show_download("Export CSV", export_link(wanted))


def show_suppliers(screen: SuppliersScreen, person: Person) -> None:
    """Show the suppliers as tiles or table, and what can be done with those selected."""
    found, wanted = screen.found, screen.wanted
    is_admin = person.role == "admin"
    if not found.rows:
        show_nothing(person.client, wanted.filter)
        return
    if screen.scored.score_date is None and screen.counts["not_scored"] == screen.matching:
        st.info(f"No supplier is scored yet. Run `{SCORE_NOW}`.", icon=":material/info:")
    if wanted.view == "tiles":
        show_tiles(found, screen.counts)
    else:
        with st.container(horizontal=True, key="rows"):
            if is_admin:
                show_boxes(found.rows, wanted)
            show_table(found.rows, wanted)
        choose_page(wanted.page, _pages(found.total), "page")
        if not found.total_is_exact:
            st.caption(
                f"The first {MOST_COUNTED:,} can be turned to here. Filter to see the others,"
                " or export them all."
            )
    show_freshness(screen.scored)
    if is_admin:
        rows = found.rows if wanted.view == "table" else []
        selection = read_selection(rows, wanted, screen.matching, person.id)
        show_actions(person, selection, screen.choices.owners)


def show_freshness(scored: LastScored) -> None:
    """Say how old the scores are."""
    if scored.scored_at is None:
        return
    now = datetime.now(UTC)
    fresh = f"Scored {ago(scored.scored_at, now)}"
    if is_stale(scored.scored_at, now):
        fresh += f" · :yellow[:material/warning: the daily run is overdue: `{SCORE_NOW}`]"
    st.caption(fresh, help=f"Scored: {exact_time(scored.scored_at, st.context.timezone)}")


def _pages(total: int) -> int:
    return ceil(total / PAGE_SIZE)
