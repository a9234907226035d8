"""What people do about contacts: asked for by a click, done before the page is drawn.

A click only notes what is wanted. The next run of the page asks who is looking, does it, and
draws what is so then; that way nothing is done with rights that have ended meanwhile.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from cs_app.server.sender import send_at
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_core.base.errors import BadValue, CsError, NotAllowed, NotFound
from cs_core.io.outreach.bulk_state import undo_bulk
from cs_core.io.outreach.call_queue import claim_call, release_call, snooze_call
from cs_core.io.outreach.calls import log_outcome
from cs_core.io.outreach.intervention_lists import reopen_call
from cs_core.io.outreach.interventions import cancel_intervention, retry_intervention

log = logging.getLogger(__name__)

ASKED = "act-asked"
# A little less than the database allows, which counts from its own clock.
UNDO_WITHIN = timedelta(minutes=9)
LATE = "Somebody was faster: this had already changed. Nothing was done."
NO_LONGER = (
    "Your role does not allow it any more: ask an admin to do it, or to give you the role back."
)


@dataclass(frozen=True)
class Act:
    """Something a person wants done. `id` is a call's, an intervention's or a bulk's."""

    kind: str
    supplier_id: str
    id: str
    name: str
    outcome: str | None = None
    notes: str | None = None
    reason: str | None = None
    until: datetime | None = None
    more: tuple[tuple[str, str], ...] = ()


def ask(act: Act) -> None:
    """Note what is wanted; a button's `on_click`."""
    st.session_state[ASKED] = act


def is_asked() -> bool:
    """Whether something waits to be done."""
    return ASKED in st.session_state


def run_pending_action(person: Person) -> None:
    """Do what the last click asked for, and say how it went where the page does not show it."""
    act: Act | None = st.session_state.pop(ASKED, None)
    if act is None:
        return
    if person.role != "admin":
        st.error(plain(f"Not done for {act.name}. {NO_LONGER}"), icon=":material/cloud_off:")
        return
    try:
        said = ACTS[act.kind](person, act)
    except CsError as error:
        log.error("%s: %s", act.kind, error)
        words = f"Not done for {act.name}. {error} {advice(error)}"
        st.error(plain(words), icon=":material/cloud_off:")
        return
    if said:
        st.toast(plain(said))


def advice(error: CsError) -> str:
    """Say what to do about something that was not done: not all of it is mended by trying again."""
    if isinstance(error, NotAllowed):
        return NO_LONGER
    if isinstance(error, NotFound):
        return "Somebody deleted it meanwhile; reload the page to see what there is."
    if isinstance(error, BadValue):
        return "Nothing was changed: choose something else."
    return "Try again: nothing is ever done twice."


def _note_outcome(person: Person, act: Act) -> str:
    outcome, now = act.outcome or "", datetime.now(UTC)
    done = log_outcome(person.client, act.supplier_id, act.id, outcome, now, act.notes)
    return "" if done else LATE


def _take_back(person: Person, act: Act) -> str:
    if reopen_call(person.client, act.supplier_id, act.id):
        return f"{act.name}: the call is open again."
    return "It is too late to take this back. Add a note on the supplier's page instead."


def _claim(person: Person, act: Act) -> str:
    take_over = act.kind == "take_over"
    claimed = claim_call(person.client, act.supplier_id, act.id, take_over=take_over)
    if claimed.is_mine:
        return ""
    if not claimed.is_open:
        return LATE
    return f"{claimed.claimed_by_name or 'Somebody else'} was faster and makes this call."


def _release(person: Person, act: Act) -> str:
    return "" if release_call(person.client, act.supplier_id, act.id) else LATE


def _snooze(person: Person, act: Act) -> str:
    if act.until is None:
        return ""
    done = snooze_call(person.client, act.supplier_id, act.id, act.reason or "", act.until)
    return "" if done else LATE


def _cancel(person: Person, act: Act) -> str:
    if cancel_intervention(person.client, act.supplier_id, act.id):
        return f"{act.name}: cancelled."
    return f"{act.name}: too late, it went out already. Nothing was changed."


def _retry(person: Person, act: Act) -> str:
    wanted = ((act.supplier_id, act.id), *act.more)
    again: list[tuple[str, str]] = []
    try:
        again += (one for one in wanted if retry_intervention(person.client, *one))
    finally:
        if again:  # also what was planned before the database stopped answering
            send_at(datetime.now(UTC), again)
    if not again:
        return LATE
    if len(again) == 1:
        return "Scheduled again; it goes out now."
    return f"{len(again)} are scheduled again."


def _undo_bulk(person: Person, act: Act) -> str:
    done = undo_bulk(person.client, act.id)
    too_late = f" For {done.too_late:,} it was too late." if done.too_late else ""
    return f"{done.undone:,} taken back.{too_late}"


ACTS = {
    "outcome": _note_outcome,
    "take_back": _take_back,
    "claim": _claim,
    "take_over": _claim,
    "release": _release,
    "snooze": _snooze,
    "cancel": _cancel,
    "retry": _retry,
    "undo_bulk": _undo_bulk,
}
