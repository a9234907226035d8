"""Acting on the suppliers that are selected: the bar, the question before, the result after."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from cs_app.bulk_dialog import DONE_KEY, DRAFT_KEY, Draft, show_question
from cs_app.bulk_words import (
    ICONS,
    KINDS,
    BulkDone,
    done_words,
    seconds_left,
    sent_words,
    suppressed_words,
    undone_words,
)
from cs_app.contact_words import TYPES
from cs_app.formats import counted
from cs_app.frame import show_failure
from cs_app.guard import Person, require_person
from cs_app.list_address import mark_of
from cs_app.supplier_selection import ALL_KEY, Selection, clear_selection, select_all
from cs_core.errors import CsError
from cs_core.io.bulk import MOST_AT_ONCE, undo_bulk
from cs_core.io.find_suppliers import Owner
from cs_core.io.intervention_lists import ListFilter, fetch_list
from cs_core.io.owners import restore_owners
from cs_core.supplier_filter import SupplierList

EVERY_SECONDS = 2.0


def show_actions(person: Person, selection: Selection | None, owners: Sequence[Owner]) -> None:
    """Show what can be done with who is selected, and ask about what was begun."""
    if selection is not None:
        _show_bar(person, selection)
    show_question(owners)


def _show_bar(person: Person, selection: Selection) -> None:
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", key="bulk-bar"):
        st.markdown(f"**{selection.words}** selected")
        asked = None
        for kind in KINDS:
            if st.button(TYPES[kind], icon=ICONS[kind], key=f"bulk-{kind}"):
                asked = kind
        if st.button("Assign owner", icon=ICONS["owner"], key="bulk-owner"):
            asked = "owner"
        st.button("Clear", type="tertiary", key="bulk-clear", on_click=clear_selection)
    if asked:
        _begin(person, asked, selection)


def show_select_all(wanted: SupplierList, matching: int) -> None:
    """Offer to select all that match, on every page."""
    if matching and st.session_state.get(ALL_KEY) != mark_of(wanted.filter):
        st.button(
            f"Select all {matching:,}",
            key="select-all",
            type="tertiary",
            on_click=select_all,
            args=(wanted,),
            help=f"All that match, on every page. One action takes {MOST_AT_ONCE:,} at most,"
            " worst score first.",
        )


def _begin(person: Person, kind: str, selection: Selection) -> None:
    try:
        st.session_state[DRAFT_KEY] = Draft.make(person.client, kind, selection)
    except CsError as error:
        show_failure("Who would be contacted", error)


def show_result() -> None:
    """Show what the last action for many did, and offer to undo it while that is possible."""
    done = st.session_state.get(DONE_KEY)
    if done is None:
        return
    is_waiting = done.due_at is not None and done.ending is None and done.count > 0
    st.fragment(_show_done, run_every=EVERY_SECONDS if is_waiting else None)()


def _show_done() -> None:
    done: BulkDone | None = st.session_state.get(DONE_KEY)
    if done is None:
        return
    now = datetime.now(UTC)
    left = seconds_left(done, now)
    can_undo = done.ending is None and done.count > 0 and (left > 0 or done.due_at is None)
    if done.ending is None and done.count and not can_undo:
        done = _look_what_became(done)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="bulk-done"):
        words = f"**{done_words(done, now)}** {suppressed_words(done.suppressed)}"
        st.markdown(f"{ICONS[done.kind]} {words}", width="stretch")
        if can_undo and st.button("Undo", icon=":material/undo:", key="bulk-undo"):
            _undo(done)
        if st.button("Close", type="tertiary", key="bulk-close"):
            st.session_state.pop(DONE_KEY, None)
            st.rerun()


def _look_what_became(done: BulkDone) -> BulkDone:
    """Ask the database about messages that were due; note how it ended once all have left."""
    try:
        client = require_person().client
        waiting, failed = (
            fetch_list(client, tab, ListFilter(bulk_id=done.bulk_id), page_size=1).total
            for tab in ("scheduled", "failed")
        )
    except CsError:
        return done
    if not waiting:
        done = replace(done, ending=sent_words(done.count, failed))
        st.session_state[DONE_KEY] = done
    return done


def _undo(done: BulkDone) -> None:
    client = require_person("admin").client
    try:
        if done.kind == "owner":
            back = restore_owners(client, done.owners)
            words = f"Undone: {counted(back, 'supplier')} given back to who had them before."
        else:
            result = undo_bulk(client, done.bulk_id)
            words = undone_words(done.kind, result.undone, result.too_late)
    except CsError as error:
        st.error(f"Not undone. {error} Try again.")
        return
    st.session_state[DONE_KEY] = replace(done, ending=words, suppressed={}, due_at=None)
    st.rerun()
