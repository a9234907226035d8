"""What people do about contacts, the same from every screen: words, refusals, and who may.

A click only notes what is wanted. The next run of the page asks who is looking, does it, says
what came of it in the notice bar, and draws what is so then; that way nothing is done with rights
that have ended meanwhile.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from cs_app.contacts.wording import undone_words
from cs_app.server.sender import send_at, send_now
from cs_app.ui.formats import first_upper
from cs_app.ui.guard import Person
from cs_app.ui.notices import forget_notice, notify
from cs_core.base.errors import (
    BadValue,
    CsError,
    DefinitionError,
    NotAllowed,
    NotFound,
    Refused,
    StoreError,
    SupplierNotFound,
)
from cs_core.base.vocabulary import OUTCOMES
from cs_core.io.outreach.bulk_state import undo_bulk
from cs_core.io.outreach.call_queue import add_note, claim_call, release_call, snooze_call
from cs_core.io.outreach.calls import log_outcome
from cs_core.io.outreach.intervention_lists import reopen_call
from cs_core.io.outreach.interventions import cancel_intervention, retry_intervention
from cs_core.io.outreach.requests import KeyUsedBefore, NotAnAdmin

log = logging.getLogger(__name__)

REQUESTED = "action-requested"
# A little less than the database allows, which counts from its own clock.
UNDO_WITHIN = timedelta(minutes=9)
NO_LONGER = (
    "Your role does not allow it any more: ask an admin to do it, or to give you the role back."
)
LATE = "nothing was changed, as the call was made, cancelled or taken over meanwhile."
TOO_LATE_TO_REOPEN = (
    "the outcome can no longer be taken back; write a note on the supplier's page that says what"
    " is right."
)
TOO_LATE_TO_CANCEL = "too late to cancel it, as it has been sent or made. Nothing was changed."
NOT_FAILED = "nothing was changed, as it is no longer among the failed ones."


@dataclass(frozen=True)
class Action:
    """Something a person wants done about a contact."""

    kind: str  # one of `ACTIONS`
    supplier_id: str
    id: str  # a call's, an intervention's or a bulk's; a note's is new
    name: str = ""  # of the supplier, where the screen shows several; what is said begins with it
    type: str = "email"  # of the messages or calls of a bulk
    outcome: str | None = None
    notes: str | None = None
    reason: str | None = None
    at: datetime | None = None  # when a call was made, by default now; until when it is put off
    # Nobody had asked for that call: reopened, it is not open but cancelled.
    undo_cancels: bool = False
    more: tuple[tuple[str, str], ...] = ()  # supplier and intervention of others to try again


@dataclass(frozen=True)
class Done:
    """What came of an action."""

    words: str = ""  # empty where the screen shows it anyway
    ok: bool = True  # whether it is what was wanted
    undo: Action | None = None  # what takes it back
    # False: it was refused, or is not certain; a form stays open, to be sent again.
    is_settled: bool = True


def request_action(action: Action) -> None:
    """Note what is wanted; a button's `on_click`."""
    st.session_state[REQUESTED] = action


def rerun_if_requested() -> None:
    """Have it done by the whole page, where a click ran only a part of it."""
    if REQUESTED in st.session_state:
        st.rerun()


def run_pending_action(person: Person, shown: Sequence[str] = ()) -> None:
    """Do what the last click asked for, and say how it went.

    `shown`: kinds of actions whose success the page shows by itself.
    """
    action: Action | None = st.session_state.pop(REQUESTED, None)
    if action is None:
        return
    forget_notice()
    done = run_action(person, action)
    if not (done.ok and action.kind in shown):
        tell(done)


def run_action(person: Person, action: Action) -> Done:
    """Do something at once, if this person may."""
    return attempt(person, lambda: ACTIONS[action.kind](person, action), action.name)


def attempt(person: Person, do: Callable[[], Done], name: str = "") -> Done:
    """Do something only admins may; what is refused is said in words."""
    if person.role != "admin":
        return Done(f"{_not_done(name)} {NO_LONGER}", ok=False, is_settled=False)
    try:
        return do()
    except CsError as error:
        log.error("Not done: %s", error)
        return Done(refusal(error, name), ok=False, is_settled=False)


def tell(done: Done) -> None:
    """Say what came of an action in the notice bar."""
    undo = done.undo
    if done.words:
        way_back = (lambda person: tell(run_action(person, undo))) if undo else None
        notify(done.words, ok=done.ok, undo=way_back)


def refusal(error: CsError, name: str = "") -> str:
    """Say why something was not done, or that this is not known, and what to do then."""
    if isinstance(error, NotAnAdmin | NotAllowed):
        return f"{_not_done(name)} {error} {NO_LONGER}"
    if isinstance(error, SupplierNotFound | NotFound):
        return f"{_not_done(name)} This supplier is no longer there; reload the page."
    if isinstance(error, KeyUsedBefore):
        return (
            "An earlier version of this was saved already. Close this form and look at the"
            " timeline before you write another."
        )
    if isinstance(error, DefinitionError):
        fields = [f"{field.replace('_', ' ')} {what}" for field, what in error.problems]
        return f"{_not_done(name)} Please check: {'; '.join(fields)}."
    if isinstance(error, BadValue):
        return f"{_not_done(name)} {error} Choose something else."
    if isinstance(error, StoreError) and not isinstance(error, Refused):
        unknown = "Whether it was done is not known. Try again: nothing is ever done twice."
        return f"{_about(name, str(error))} {unknown}"
    return f"{_not_done(name)} {error}"


def _not_done(name: str) -> str:
    return f"Not done for {name}." if name else "Nothing was done."


def _about(name: str, words: str) -> str:
    return f"{name}: {words}" if name else first_upper(words)


def _answer(action: Action, words: str, *, ok: bool = True, undo: Action | None = None) -> Done:
    return Done(_about(action.name, words), ok, undo)


def _note_outcome(person: Person, action: Action) -> Done:
    outcome, at = action.outcome or "", action.at or datetime.now(UTC)
    if not log_outcome(
        person.client, action.supplier_id, action.id, outcome, at, action.notes or None
    ):
        return _answer(action, LATE, ok=False)
    undo = Action("reopen", action.supplier_id, action.id, undo_cancels=action.undo_cancels)
    return _answer(action, f"call noted: {OUTCOMES[outcome].lower()}.", undo=undo)


def _reopen(person: Person, action: Action) -> Done:
    if not reopen_call(
        person.client, action.supplier_id, action.id, and_cancel=action.undo_cancels
    ):
        return _answer(action, TOO_LATE_TO_REOPEN, ok=False)
    words = "the call counts as not made" if action.undo_cancels else "the call is open again"
    return _answer(action, f"taken back; {words}.")


def _claim(person: Person, action: Action) -> Done:
    take_over = action.kind == "take_over"
    claimed = claim_call(person.client, action.supplier_id, action.id, take_over=take_over)
    if claimed.is_mine:
        return Done()
    if not claimed.is_open:
        return _answer(action, LATE, ok=False)
    who = claimed.claimed_by_name or "somebody else"
    return _answer(action, f"{who} was faster and makes this call.", ok=False)


def _release(person: Person, action: Action) -> Done:
    is_free = release_call(person.client, action.supplier_id, action.id)
    return Done() if is_free else _answer(action, LATE, ok=False)


def _snooze(person: Person, action: Action) -> Done:
    until, why = action.at or datetime.now(UTC), action.reason or ""
    is_put_off = snooze_call(person.client, action.supplier_id, action.id, why, until)
    return Done() if is_put_off else _answer(action, LATE, ok=False)


def _cancel(person: Person, action: Action) -> Done:
    if cancel_intervention(person.client, action.supplier_id, action.id):
        return _answer(action, "cancelled; it will not be sent or made.")
    return _answer(action, TOO_LATE_TO_CANCEL, ok=False)


def _retry(person: Person, action: Action) -> Done:
    if action.more:
        return _retry_many(person, action)
    own = (action.supplier_id, action.id)
    if not retry_intervention(person.client, *own):
        return _answer(action, NOT_FAILED, ok=False)
    problem = send_now(own)
    if problem:
        return _answer(action, f"planned again. {problem}", ok=False)
    return _answer(action, "tried again; the supplier's timeline says what became of it.")


def _retry_many(person: Person, action: Action) -> Done:
    again: list[tuple[str, str]] = []
    try:
        for one in ((action.supplier_id, action.id), *action.more):
            if retry_intervention(person.client, *one):
                again.append(one)
    finally:
        if again:  # also what was planned before the database stopped answering
            send_at(datetime.now(UTC), again)
    if not again:
        return Done("Nothing was changed, as none of them is among the failed ones now.", ok=False)
    return Done(f"{len(again):,} planned again; they go out now, and what fails comes back here.")


def _undo_bulk(person: Person, action: Action) -> Done:
    done = undo_bulk(person.client, action.id)
    return Done(undone_words(action.type, done.undone, done.too_late), ok=not done.too_late)


def _add_note(person: Person, action: Action) -> Done:
    add_note(person.client, action.supplier_id, action.notes or "", action.id)
    return _answer(action, "note saved.")


ACTIONS = {
    "outcome": _note_outcome,
    "reopen": _reopen,
    "claim": _claim,
    "take_over": _claim,
    "release": _release,
    "snooze": _snooze,
    "cancel": _cancel,
    "retry": _retry,
    "undo_bulk": _undo_bulk,
    "note": _add_note,
}
