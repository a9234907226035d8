"""Lists of interventions: scheduled, sent, failed, not sent, and all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from math import ceil
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from supabase import Client

from cs_app.formats import ago, counted, due
from cs_app.frame import show_download
from cs_app.guard import Person
from cs_app.intervention_actions import Act, ask
from cs_app.intervention_address import FIELDS, read_filter
from cs_app.intervention_filters import choose_filter
from cs_app.intervention_tabs import Counts, fetch_counts
from cs_app.intervention_words import state, what
from cs_app.markup import level_mark, quiet, supplier_link, when
from cs_app.page_address import choose_page, read_page
from cs_app.pulse import rerun_when_changed
from cs_core.io.intervention_lists import ListFilter, ListLine, ListPage, fetch_list
from cs_core.io.interventions import PAGE_SIZE

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
SURE_KEY = "intervention-sure"


def show_list(person: Person, tab: str, counts: Counts) -> None:
    """Show one page of a list, and keep it fresh where it is about what comes."""
    chosen, page = read_filter(st.query_params, tab), read_page(st.query_params)

    def read(client: Client, known: Counts | None = None) -> Any:
        return known or fetch_counts(client), fetch_list(client, tab, chosen, page)

    seen = read(person.client, counts)
    found: ListPage = seen[1]
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
        rerun_when_changed(person, read, seen)


def _show_result_line(tab: str, chosen: ListFilter, found: ListPage, person: Person) -> None:
    more = "" if found.total_is_exact else "More than "
    narrowed = [words for name, words in _links_only(chosen) if name]
    words = f"**{more}{counted(found.total, 'intervention')}**" + "".join(
        f" · {one}" for one in narrowed
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(words)
        show_download("Export CSV", export_address(tab, chosen))
        failed = [(line.supplier_id, line.id) for line in found.rows]
        if tab == "failed" and person.role == "admin" and len(failed) > 1:
            act = Act("retry", *failed[0], "All on this page", more=tuple(failed[1:]))
            st.button("Try all of these again", key="retry-all", on_click=ask, args=(act,))


def export_address(tab: str, chosen: ListFilter) -> str:
    """Give the address of the file that holds a list, with its filters and all its pages."""
    query = {name: getattr(chosen, field) for name, field in FIELDS.items()}
    given = {name: str(value) for name, value in query.items() if value}
    if tab != "history":
        given = {"tab": tab} | given
    return f"/export/interventions.csv?{urlencode(given)}" if given else "/export/interventions.csv"


def _links_only(chosen: ListFilter) -> list[tuple[str, str]]:
    """Name what links narrow a list to: one supplier, or what was asked for at once."""
    narrowed = []
    if chosen.supplier_id:
        narrowed.append(("supplier", "of one supplier"))
    if chosen.bulk_id:
        narrowed.append(("bulk", "asked for together"))
    return narrowed


def _show_nothing(tab: str, chosen: ListFilter, page: int) -> None:
    if page > 1:
        st.info("This page is empty. The list has become shorter: go to its first page.")
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
    supplier = (
        f"{supplier_link(line.business_name, line.supplier_id)} {level_mark(line.risk_level)}"
    )
    said = state(line, now, zone)
    notes = f"<br>{quiet(line.notes)}" if line.notes else ""
    outcome = f'<span title="{escape(said)}">{escape(said)}</span>{notes}'
    return [at, supplier, escape(what(line)), escape("; ".join(line.causes)), outcome]


def _table(tab: str, lines: Sequence[ListLine], now: datetime, zone: str | None) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in HEADS[tab])
    rows = []
    for line in lines:
        at, supplier, *others = _cells(tab, line, now, zone)
        rest = "".join(f"<td>{cell}</td>" for cell in others)
        rows.append(f'<tr><td>{at}</td><td class="iv-supplier">{supplier}</td>{rest}</tr>')
    return (
        f'<table class="iv-lines"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _show_with_buttons(tab: str, lines: Sequence[ListLine], now: datetime) -> None:
    zone, rows = st.context.timezone, st.container(gap=None)
    for line in lines:
        left, right = rows.container(key=f"line-row-{line.id}").columns([8, 2], gap="small")
        at, supplier, kind, why, said = _cells(tab, line, now, zone)
        left.html(
            f'<div class="iv-line"><div>{at}</div><div>{supplier}</div>'
            f'<div>{kind}<br><span class="cs-quiet">{why}</span></div><div>{said}</div></div>'
        )
        place = right.container(key=f"line-act-{line.id}", horizontal=True, gap="xsmall")
        _offer(place, tab, line)


def _offer(place: st.delta_generator.DeltaGenerator, tab: str, line: ListLine) -> None:
    """Offer what can still be done about a line; cancelling asks once more."""
    of = (line.supplier_id, line.id, line.business_name)
    if tab == "failed":
        place.button("Try again", key=f"retry-{line.id}", on_click=ask, args=(Act("retry", *of),))
    elif line.status == "planned" and st.session_state.get(SURE_KEY) == line.id:
        place.button("Yes, cancel it", key=f"yes-{line.id}", on_click=_cancel, args=(of,))
        place.button("Keep it", key=f"no-{line.id}", type="tertiary", on_click=_sure, args=(None,))
    elif line.status == "planned":
        place.button("Cancel", key=f"cancel-{line.id}", on_click=_sure, args=(line.id,))


def _sure(line_id: str | None) -> None:
    st.session_state[SURE_KEY] = line_id


def _cancel(of: tuple[str, str, str]) -> None:
    st.session_state.pop(SURE_KEY, None)
    ask(Act("cancel", *of))
