"""The audit log: who changed what, with filters, page by page."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup

from cs_app.operations.address import AUDIT, FILTERS, ROW, place, read_filter, read_place
from cs_app.operations.audit_wording import PROGRAM, action_words, changes_in_words, table_words
from cs_app.operations.runs import show_neighbours
from cs_app.ui.choices import choose_day, choose_from_list
from cs_app.ui.formats import exact_time
from cs_app.ui.frame import show_download
from cs_app.ui.guard import Person
from cs_app.ui.markup import address, link, nothing, quiet, supplier_address, table, when
from cs_app.ui.page_address import is_uuid, put
from cs_core.base.html import fill, together
from cs_core.io.operations.audit import (
    ANYBODY,
    NOBODY,
    PAGE_SIZE,
    AuditFilter,
    Change,
    Choices,
    fetch_changes,
    fetch_choices,
)
from cs_core.io.suppliers.names import fetch_names

HEADS = ("When", "Who", "What", "Change")
# Their key begins with the supplier's id.
ABOUT_SUPPLIERS = {"suppliers", "support_interactions", "interventions", "supplier_notes"}


def show_audit(person: Person) -> None:
    """Show a page of the audit log."""
    chosen, after = read_filter(st.query_params), read_place(st.query_params)
    choices = fetch_choices(person.client)
    _choose_filter(chosen, choices)
    found = fetch_changes(person.client, chosen, after)
    shown = found[:PAGE_SIZE]
    now, zone = dt.datetime.now(dt.UTC), st.context.timezone
    if shown:
        names = fetch_names(person.client, sorted(set(filter(None, map(_supplier_of, shown)))))
        people = {**choices.names, **choices.people}
        st.html(_table(shown, people, names, now, zone))
    elif after is not None:
        st.html(nothing("There are no older changes."))
    elif chosen == AuditFilter():
        st.html(nothing("Nothing was changed yet. What people change is noted here."))
    else:
        st.html(nothing("No change matches these filters. Clear them to see the whole log."))
    older = (
        {"after": place(shown[-1].happened_at, shown[-1].id)} if len(found) > PAGE_SIZE else None
    )
    query = {"part": AUDIT} | query_of(chosen)
    show_neighbours("changes", query, older, is_first=after is None)


def query_of(chosen: AuditFilter) -> dict[str, str]:
    """Write a filter as the address has it."""
    return {name: str(getattr(chosen, name)) for name in FILTERS if getattr(chosen, name)}


def _table(
    changes: Sequence[Change],
    people: Mapping[str, str],
    suppliers: Mapping[str, str],
    now: dt.datetime,
    zone: str | None,
) -> Markup:
    rows = (_row(change, people, suppliers, now, zone) for change in changes)
    return table("cs-table op-table op-audit", HEADS, rows)


def _row(
    change: Change,
    people: Mapping[str, str],
    suppliers: Mapping[str, str],
    now: dt.datetime,
    zone: str | None,
) -> Markup:
    who = change.who or ("Somebody who left" if change.actor_id else PROGRAM)
    what = f"{table_words(change.table_name)} {action_words(change.action)}"
    lines = together(
        fill('<span class="op-change">{} {}</span>', quiet(name), _from_to(before, after))
        for name, before, after in changes_in_words(change.before, change.after, people, zone)
    )
    at = when(change.happened_at, now, zone, exact_time(change.happened_at, zone))
    return fill(
        '<tr><td class="cs-whole">{}</td><td class="cs-whole">{}</td><td>{} {}</td>'
        '<td class="op-long">{}</td></tr>',
        *(at, who, what, _row_link(change, suppliers), lines),
    )


def _from_to(before: str, after: str) -> str:
    if before == after == "changed":
        return "changed"
    return f"{before} → {after or 'nothing'}" if before else after


def _row_link(change: Change, suppliers: Mapping[str, str]) -> Markup:
    supplier = _supplier_of(change)
    if supplier:
        return link(suppliers.get(supplier) or "the supplier", supplier_address(supplier))
    key = change.row_key
    words = f"{key[:8]}…" if len(key) > 30 else f"version {key}" if key.isdigit() else key
    words = change.about or words
    return link(words, address("/operations", {"part": AUDIT, "row": key}), css="cs-quiet")


def _supplier_of(change: Change) -> str | None:
    """Give the id of the supplier that a change is about."""
    first = change.row_key.partition("/")[0]
    return first if change.table_name in ABOUT_SUPPLIERS and is_uuid(first) else None


# ---- filters ----


def _choose_filter(chosen: AuditFilter, choices: Choices) -> None:
    people = {ANYBODY: "Any person", NOBODY: PROGRAM} | dict(
        sorted(choices.people.items(), key=lambda one: one[1])
    )
    tables = {name: table_words(name) for name in choices.tables}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        choose_from_list("Who", people, chosen.who, "audit-who", partial(_put, "who"), 210)
        choose_from_list("What", tables, chosen.table, "audit-table", partial(_put, "table"), 200)
        _type_row(chosen.row)
        choose_day("From", chosen.since, "audit-since", partial(_put, "since"))
        choose_day("To", chosen.until, "audit-until", partial(_put, "until"))
        if chosen != AuditFilter():
            st.button("Clear filters", key="audit-clear", type="tertiary", on_click=_clear)
        query = urlencode(query_of(chosen))
        show_download("Export CSV", f"/export/audit.csv{'?' if query else ''}{query}")


def _type_row(value: str | None) -> None:
    st.session_state["audit-row"] = value or ""
    st.text_input(
        "Supplier's or entry's id",
        key="audit-row",
        width=240,
        placeholder="Any",
        max_chars=200,
        on_change=_put_row,
    )


def _put_row() -> None:
    value = st.session_state["audit-row"].strip()
    if value and not ROW.fullmatch(value):
        st.toast("Nothing has such an id: it is made of letters, digits and dashes.")
        return
    _put("row", value)


def _put(name: str, value: object) -> None:
    put("after", None)
    put(name, value)


def _clear() -> None:
    st.query_params.from_dict({"part": AUDIT})
