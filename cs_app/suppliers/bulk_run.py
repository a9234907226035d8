"""Contacting many suppliers, and what can be done where that was cut off."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from cs_app.contacts.actions import refusal
from cs_app.contacts.wording import undone_words
from cs_app.server import clients, sender
from cs_app.suppliers.bulk_draft import BROKEN_KEY, BulkDraft, finish
from cs_app.suppliers.bulk_wording import BulkDone, broken_words
from cs_app.ui.guard import require_person
from cs_app.ui.markdown import plain
from cs_core.base.errors import CsError, StoreError
from cs_core.io.outreach.bulk import UNDO_SECONDS, run_bulk
from cs_core.io.outreach.bulk_state import fetch_bulk, undo_bulk
from cs_core.outreach.requests import ContactRequest


@dataclass(frozen=True)
class Broken:
    """A bulk that was cut off: with what it can go on, and why it did not."""

    bulk_id: str
    request: ContactRequest
    problem: str


def broken_of(draft: BulkDraft) -> Broken | None:
    """Return how this one was cut off; None where it was not."""
    broken: Broken | None = st.session_state.get(BROKEN_KEY)
    return broken if broken is not None and broken.bulk_id == draft.bulk_id else None


def run(draft: BulkDraft, request: ContactRequest) -> None:
    """Contact all of them, or go on where that was cut off."""
    total, done = len(set(draft.supplier_ids)), 0
    bar = st.progress(0.0, "Planning ...")

    def progress(more: int) -> None:
        nonlocal done
        done += more
        bar.progress(done / total, f"{done:,} of {total:,}")

    now, is_message, may_wait = datetime.now(UTC), draft.kind != "call", True
    service, ids = clients.service_client(), draft.supplier_ids
    try:
        result = run_bulk(service, ids, request, draft.bulk_id, now, progress)
        may_wait = result.planned > 0
    except CsError as error:
        if not done and not isinstance(error, StoreError):
            may_wait = False
            st.error(f"{plain(str(error))} Nothing was planned.")
            return
        # An answer that was lost says nothing about what the database did.
        st.session_state[BROKEN_KEY] = Broken(draft.bulk_id, request, str(error))
        st.rerun()
    finally:
        # Whatever ends this, a closed tab included: what was planned until then is to leave.
        if is_message and may_wait:
            due_at = request.requested_for or now + timedelta(seconds=UNDO_SECONDS)
            sender.send_at(due_at)
    finish(
        BulkDone(
            draft.kind,
            draft.bulk_id,
            result.planned,
            result.suppressed,
            due_at=result.send_at if is_message else None,
            begun_at=now,
            at_night=result.waiting,
            rest=draft.rest,
        )
    )


def show_broken(draft: BulkDraft, broken: Broken) -> None:
    """Say what the database has of a bulk that was cut off; offer to go on and to undo it."""
    person = require_person("admin")
    total = len(set(draft.supplier_ids))
    st.error(plain(broken.problem), icon=":material/cloud_off:")
    is_known, is_planned = True, False
    try:
        state = fetch_bulk(person.client, draft.bulk_id)
    except CsError:
        is_known = False
        where = f"/interventions?tab=scheduled&bulk={draft.bulk_id}"
        st.warning(
            f"It is not known how many of {total:,} are planned: the database cannot be asked"
            f" now. [Interventions → Scheduled]({where}) lists what is planned, and so does"
            " this screen, with Undo, once the database answers."
        )
    else:
        is_planned = state is not None and state.planned > 0
        if state is None:
            st.markdown(f"So far nothing is planned for any of {total:,} suppliers.")
        else:
            st.markdown(broken_words(state, total))
    st.caption(
        "Continue plans the rest; nobody is contacted twice."
        " What is planned stays planned if you close this."
    )
    with st.container(horizontal=True):
        goes_on = st.button("Continue", type="primary", key="bulk-continue")
        undoes = st.button(
            "Undo",
            icon=":material/undo:",
            key="bulk-broken-undo",
            disabled=is_known and not is_planned,
        )
    if goes_on:
        run(draft, broken.request)
    if undoes:
        try:
            undone = undo_bulk(person.client, draft.bulk_id)
        except CsError as error:
            st.error(plain(refusal(error)))
            return
        words = undone_words(draft.kind, undone.undone, undone.too_late)
        finish(BulkDone(draft.kind, draft.bulk_id, undone.undone, ending=words))
