"""Lists of interventions: scheduled, sent, failed, not sent, and all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import ceil
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup

from cs_app.contacts.actions import Action, request_action
from cs_app.contacts.wording import ASK_ARRIVED
from cs_app.interventions.address import FIELDS, read_filter
from cs_app.interventions.filters import choose_filter
from cs_app.interventions.tabs import Counts, counts_queries, end_of_today, read_counts
from cs_app.interventions.wording import state, what
from cs_app.ui.confirm import SURE_KEY, ask_twice
from cs_app.ui.formats import ago, counted, due
from cs_app.ui.frame import show_download
from cs_app.ui.guard import Person
from cs_app.ui.markup import address, level_mark, link, quiet, supplier_link, table, when
from cs_app.ui.page_address import choose_page, put, read_page
from cs_app.ui.refresh import rerun_when_changed
from cs_core.base.html import fill
from cs_core.io.base.client import PersonClient
from cs_core.io.base.reads import Query, fingerprint, run_queries
from cs_core.io.outreach.intervention_lists import (
    ListFilter,
    ListLine,
    ListPage,
    intervention_list_query,
)
from cs_core.io.outreach.interventions import PAGE_SIZE

HEADS = {
    "scheduled": ("Due", "Supplier", "What", "Why", "State"),
    "sent": ("Decided", "Supplier", "What", "Why", "What came of it"),
    "failed": ("Decided", "Supplier", "What", "Why", "What went wrong"),
    "suppressed": ("Decided", "Supplier", "What", "Why it was wanted", "Why it was not sent"),
    "history": ("Decided", "Supplier", "What", "Why", "What came of it"),
}
EMPTY = {
    "scheduled": "Nothing is scheduled. The daily run plans messages and calls.",
    "sent": "Nothing was sent yet. What the daily run sends, and calls that were made, come here.",
    "failed": "Nothing failed.",
    "suppressed": "Nothing was held back.",
    "history": "There are no interventions yet. They come with the daily run.",
}
ACTIVE = ("scheduled", "failed")  # where people can do something


@dataclass(frozen=True)
class Listed:
    """A page of a list as the address asks for it, and the mark of whether it is still true."""

    tab: str
    filter: ListFilter
    page: int
    counts: Counts
    found: ListPage
    queries: tuple[Query[Any], ...]
    fingerprint: str


def fetch_listed(client: PersonClient, tab: str) -> Listed:
    """Read what the address asks for, and what the other lists hold, in one request."""
    chosen, page = read_filter(st.query_params, tab), read_page(st.query_params)
    queries = (*counts_queries(end_of_today()), intervention_list_query(tab, chosen, page))
    answers = run_queries(client, "Reading interventions", *queries)
    calls, others, found = answers.found
    counts = read_counts(calls, others)
    return Listed(tab, chosen, page, counts, found, queries, answers.fingerprint)


def show_list(person: Person, listed: Listed) -> None:
    """Show one page of a list, and keep it fresh where it is about what comes."""
    tab, chosen, page, found = listed.tab, listed.filter, listed.page, listed.found
    choose_filter(tab, chosen, found)
    _show_result_line(tab, chosen, found, person)
    now = datetime.now(UTC)
    if not found.rows:
        _show_nothing(tab, chosen, page)
    elif tab in ACTIVE and person.role == "admin":
        _show_with_buttons(tab, found.rows, now)
    else:
        st.html(_table(tab, found.rows, now, st.context.timezone))
    choose_page(page, ceil(found.total / PAGE_SIZE), f"page-{tab}")
    if tab in ACTIVE:

        def look(client: PersonClient) -> str:
            return fingerprint(client, "Looking for changes", *listed.queries)

        rerun_when_changed(person, look, listed.fingerprint)


def _show_result_line(tab: str, chosen: ListFilter, found: ListPage, person: Person) -> None:
    more = "" if found.total_is_exact else "More than "
    count = f"**{more}{counted(found.total, 'intervention')}**"
    words = " · ".join([count, *_links_only(chosen)])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(words)
        show_download(
            "Export CSV", export_address(tab, chosen), "All pages; without notes of calls"
        )
        is_admin = person.role == "admin"
        if tab == "scheduled" and chosen.bulk_id and found.rows and is_admin:
            place = st.container(horizontal=True, width="content", key="undo-bulk-place")
            action = Action("undo_bulk", "", chosen.bulk_id, type=found.rows[0].type)
            ask_twice(
                place,
                "Take back all that is not sent",
                "undo-bulk",
                yes="Yes, take them back",
                on_yes=partial(request_action, action),
            )
        # What may have arrived is asked about one by one.
        failed = [(line.supplier_id, line.id) for line in found.rows if not line.may_have_arrived]
        if tab == "failed" and is_admin and len(failed) > 1:
            action = Action("retry", *failed[0], more=tuple(failed[1:]))
            st.button(
                "Try all of these again", key="retry-all", on_click=request_action, args=(action,)
            )


def export_address(tab: str, chosen: ListFilter) -> str:
    """Give the address of the file that holds a list, with its filters and all its pages."""
    query = {name: getattr(chosen, field) for name, field in FIELDS.items()}
    given = {name: str(value) for name, value in query.items() if value}
    if tab != "history":
        given = {"tab": tab} | given
    return f"/export/interventions.csv?{urlencode(given)}" if given else "/export/interventions.csv"


def _links_only(chosen: ListFilter) -> list[str]:
    """Name what links narrow a list to: one supplier, or what was asked for at once."""
    narrowed = []
    if chosen.supplier_id:
        narrowed.append("of one supplier")
    if chosen.bulk_id:
        narrowed.append("asked for together")
    return narrowed


def _show_nothing(tab: str, chosen: ListFilter, page: int) -> None:
    if page > 1:
        st.info("This page is empty. The list has become shorter.")
        st.button("Go to its first page", key=f"first-{tab}", on_click=put, args=("page", None))
    elif chosen == ListFilter():
        st.info(EMPTY[tab], icon=":material/inbox:")
    else:
        st.info("Nothing matches these filters. Clear them to see the whole list.")


def _cells(tab: str, line: ListLine, now: datetime, zone: str | None) -> list[str]:
    """Write a line's five cells."""
    if tab == "scheduled":
        at = when(line.scheduled_for, now, zone, due(line.scheduled_for, now, zone))
    else:
        at = when(line.created_at, now, zone, ago(line.created_at, now))
    name, level = supplier_link(line.business_name, line.supplier_id), level_mark(line.risk_level)
    said, kind = state(line, now, zone), what(line)
    outcome = fill('<span title="{}">{}</span>', said, said)
    if line.notes:
        outcome += Markup("<br>") + quiet(line.notes)
    if tab == "scheduled" and line.bulk_id:
        siblings = address("/interventions", {"tab": "scheduled", "bulk": line.bulk_id})
        kind = fill("{} {}", kind, link("(one of several)", siblings, css="cs-quiet"))
    return [at, fill("{} {}", name, level), kind, "; ".join(line.causes), outcome]


def _table(tab: str, lines: Sequence[ListLine], now: datetime, zone: str | None) -> Markup:
    pattern = '<tr><td>{}</td><td class="iv-supplier">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>'
    rows = (fill(pattern, *_cells(tab, line, now, zone)) for line in lines)
    return table("iv-lines", HEADS[tab], rows)


def _show_with_buttons(tab: str, lines: Sequence[ListLine], now: datetime) -> None:
    zone, rows = st.context.timezone, st.container(gap=None)
    for line in lines:
        # Two parts that the styles give their widths: columns cost the browser twice as much.
        row = rows.container(key=f"line-row-{line.id}", horizontal=True, gap="small")
        at, supplier, kind, why, said = _cells(tab, line, now, zone)
        html = fill(
            '<div class="iv-line"><div>{}</div><div>{}</div><div>{}'
            '<div class="iv-why cs-quiet" title="{}">{}</div></div><div>{}</div></div>',
            *(at, supplier, kind, why, why, said),
        )
        row.html(html)
        if st.session_state.get(SURE_KEY) in (f"retry-{line.id}", f"cancel-{line.id}"):
            # Beside the question stand its answers.
            row = row.container(key=f"line-act-{line.id}", horizontal=True, gap="xsmall")
        _offer(row, tab, line)


def _offer(place: st.delta_generator.DeltaGenerator, tab: str, line: ListLine) -> None:
    """Offer what can still be done about a line; what cannot be undone asks once more."""
    kind = "retry" if tab == "failed" else "cancel"
    key = f"{kind}-{line.id}"
    do = partial(request_action, Action(kind, line.supplier_id, line.id, line.business_name))
    if tab == "failed" and line.may_have_arrived:
        ask_twice(
            place,
            "Try again",
            key,
            yes="It did not arrive: send it",
            no="Leave it",
            question=ASK_ARRIVED,
            on_yes=do,
        )
    elif tab == "failed":
        place.button("Try again", key=key, on_click=do)
    elif line.status == "planned":
        ask_twice(place, "Cancel", key, yes="Yes, cancel it", on_yes=do)
