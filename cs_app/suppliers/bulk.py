"""Acting on the suppliers that are selected: the bar, the question before, the result after."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from cs_app.contacts.actions import refusal
from cs_app.contacts.wording import undone_words
from cs_app.suppliers.address import key_of
from cs_app.suppliers.bulk_dialog import show_question
from cs_app.suppliers.bulk_draft import DONE_KEY, DRAFT_KEY, BulkDraft
from cs_app.suppliers.bulk_wording import (
    ICONS,
    BulkDone,
    done_words,
    ended_words,
    given_back_words,
    next_words,
    seconds_left,
    suppressed_words,
)
from cs_app.suppliers.selection import ALL_KEY, Selection, clear_selection, select_all
from cs_app.ui.frame import show_failure
from cs_app.ui.guard import Person, require_person
from cs_app.ui.markdown import plain
from cs_core.base.errors import CsError
from cs_core.base.vocabulary import INTERVENTION_TYPES
from cs_core.io.outreach.bulk import MOST_AT_ONCE
from cs_core.io.outreach.bulk_state import BulkState, close_bulks, fetch_bulk, undo_bulk
from cs_core.io.outreach.owners import undo_owners
from cs_core.io.suppliers.find import Owner
from cs_core.suppliers.filter import SupplierList

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
        for kind, words in INTERVENTION_TYPES.items():
            if st.button(words, icon=ICONS[kind], key=f"bulk-{kind}"):
                asked = kind
        if st.button("Assign owner", icon=ICONS["owner"], key="bulk-owner"):
            asked = "owner"
        st.button("Clear", type="tertiary", key="bulk-clear", on_click=clear_selection)
    if asked:
        _begin(person, asked, selection)


def show_select_all(wanted: SupplierList, matching: int) -> None:
    """Offer to select all that match, on every page."""
    if matching and st.session_state.get(ALL_KEY) != key_of(wanted.filter):
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
        st.session_state[DRAFT_KEY] = BulkDraft.make(person.client, kind, selection)
    except CsError as error:
        show_failure("Who would be contacted", error)


def show_result(person: Person, newest: BulkState | None) -> None:
    """Show what the last action for many did, and offer to undo it while that is possible.

    `newest`: the newest of theirs that waits, as the database has it: this tab may not know of it.
    """
    if person.role != "admin":
        return
    done: BulkDone | None = st.session_state.get(DONE_KEY)
    if newest is not None:
        is_same = done is not None and done.bulk_id == newest.bulk_id
        is_newer = done is None or (
            not is_same and done.begun_at is not None and newest.begun_at > done.begun_at
        )
        # An undoing may have come before a request that was under way.
        is_back = done is not None and done.ending and is_same
        if is_newer or is_back:
            done = st.session_state[DONE_KEY] = BulkDone.of(newest)
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
    if done.ending is None and done.count and done.due_at is not None and not left:
        done = _look_what_became(done)
    can_undo = (
        done.ending is None
        and done.count > 0
        and (left > 0 or done.due_at is None or bool(done.waiting))
    )
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="bulk-done"):
        words = f"**{done_words(done, now)}** {suppressed_words(done.suppressed)}"
        st.markdown(f"{ICONS[done.kind]} {words}", width="stretch")
        if can_undo and st.button("Undo", icon=":material/undo:", key="bulk-undo"):
            _undo(done)
        if done.rest is not None and st.button(
            next_words(done.kind, done.rest.count), key="bulk-next"
        ):
            _begin(require_person("admin"), done.kind, done.rest)
            if DRAFT_KEY in st.session_state:
                st.rerun()
        if st.button("Close", type="tertiary", key="bulk-close"):
            _close(now)


def _close(now: datetime) -> None:
    # In another tab, or after a reload, it is not shown again, nor are those before it.
    try:
        close_bulks(require_person("admin").client, now)
    except CsError as error:
        st.error(plain(refusal(error)))
        return
    st.session_state.pop(DONE_KEY, None)
    st.rerun()


def _look_what_became(done: BulkDone) -> BulkDone:
    """Ask the database about messages that were due; note how it ended once all have left."""
    try:
        state = fetch_bulk(require_person().client, done.bulk_id)
    except CsError:
        return done
    if state is None:
        return done
    if state.waiting or state.sending:
        done = replace(done, waiting=state.waiting)
    else:
        done = replace(done, ending=ended_words(state, done.count))
    st.session_state[DONE_KEY] = done
    return done


def _undo(done: BulkDone) -> None:
    client = require_person("admin").client
    try:
        if done.kind == "owner":
            back = undo_owners(client, done.bulk_id)
            words = given_back_words(back.undone, back.too_late)
        else:
            result = undo_bulk(client, done.bulk_id)
            words = undone_words(done.kind, result.undone, result.too_late)
    except CsError as error:
        st.error(plain(refusal(error)))
        return
    ended = replace(done, ending=words, suppressed={}, due_at=None, rest=None)
    st.session_state[DONE_KEY] = ended
    st.rerun()
