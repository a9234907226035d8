"""What the buttons of a supplier's page do, and what came of it in words."""

import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import streamlit as st

from cs_app.contacts.wording import because
from cs_app.server import clients
from cs_app.ui.formats import due
from cs_app.ui.guard import Person
from cs_core.base.errors import (
    CsError,
    DefinitionError,
    LeaseHeld,
    SettingError,
    StoreError,
    SupplierNotFound,
)
from cs_core.base.vocabulary import INTERVENTION_TYPES, OUTCOMES
from cs_core.io.base.config import load_mail_settings
from cs_core.io.dispatch import dispatch
from cs_core.io.mail.compose import write_due_messages
from cs_core.io.outreach.call_queue import add_note
from cs_core.io.outreach.calls import log_outcome
from cs_core.io.outreach.intervention_lists import reopen_call
from cs_core.io.outreach.interventions import cancel_intervention, retry_intervention
from cs_core.io.outreach.requests import KeyUsedBefore, NotAnAdmin, Requested, request_intervention
from cs_core.io.run.request import RunRequest
from cs_core.io.run.run import run_scoring
from cs_core.io.suppliers.one import fetch_supplier
from cs_core.outreach.requests import ContactRequest

DONE_KEY = "supplier-done"
# What our database functions raise on purpose, before anything is written.
NO_SUPPLIER, WRONG_VALUE = "PT404", "22023"


@dataclass(frozen=True)
class Done:
    """What came of an action: said once at the top of the page.

    Parameters
    ----------
    words : str
    ok : bool
        Whether it is what was asked for.
    intervention_id : str, optional
        Of one that can still be taken back.
    call_id : str, optional
        Of a call whose outcome can be taken back.
    undo_cancels : bool
        Nobody had asked for that call: taken back, it is not open but gone.
    is_saved : bool
        False: the form stays open, to be sent again.
    """

    words: str
    ok: bool = True
    supplier_id: str = ""
    intervention_id: str | None = None
    call_id: str | None = None
    undo_cancels: bool = False
    is_saved: bool = True


def keep(done: Done) -> None:
    """Keep what came of an action until it is read, or something else is done."""
    st.session_state[DONE_KEY] = done


def ask(person: Person, request: ContactRequest) -> Done:
    """Plan a contact, carry it out where it is due, and say what became of it."""
    now = datetime.now(UTC)
    try:
        answer = request_intervention(clients.service_client(), request, now)
    except CsError as error:
        return Done(_refused(error), ok=False, is_saved=False)
    done = Done("", supplier_id=request.supplier_id)
    if answer.status == "suppressed":
        return _not_planned(done, answer, now)
    if request.type == "call" or (answer.scheduled_for and answer.scheduled_for > now):
        what = INTERVENTION_TYPES[request.type]
        when = due(answer.scheduled_for, now, st.context.timezone)
        return replace(
            done, words=f"{what} planned: {when}.", intervention_id=answer.intervention_id
        )
    problem = _send_own(request.type, request.supplier_id, answer.intervention_id, now)
    return _became(done, request, answer, problem)


def log_call(
    person: Person,
    request: ContactRequest,
    call_id: str | None,
    outcome: str,
    made_at: datetime,
    notes: str | None,
) -> Done:
    """Note a call that was made: on the open one, or on one planned and done at once."""
    now = datetime.now(UTC)
    is_made_here = False
    if call_id is None:
        try:
            planned = replace(request, requested_for=now)
            answer = request_intervention(clients.service_client(), planned, now)
            call_id = _open_call_of(person, request.supplier_id, answer)
            is_made_here = answer.open_call_id is None
        except CsError as error:
            return Done(_refused(error), ok=False, is_saved=False)
    if call_id is None:
        return Done("The call was noted already.", supplier_id=request.supplier_id)
    done = note_outcome(person, request.supplier_id, call_id, outcome, made_at, notes)
    return replace(done, undo_cancels=is_made_here)


def note_outcome(
    person: Person,
    supplier_id: str,
    call_id: str,
    outcome: str,
    made_at: datetime,
    notes: str | None = None,
) -> Done:
    """Note what came of an open call."""
    try:
        noted = log_outcome(person.client, supplier_id, call_id, outcome, made_at, notes or None)
    except CsError as error:
        return Done(_refused(error), ok=False, is_saved=False)
    if not noted:
        words = "Nothing was changed: the call was made or cancelled by somebody else meanwhile."
        return Done(words, ok=False, supplier_id=supplier_id)
    words = f"Call noted: {OUTCOMES[outcome].lower()}."
    return Done(words, supplier_id=supplier_id, call_id=call_id)


def take_back(person: Person, supplier_id: str, intervention_id: str) -> Done:
    """Cancel what is planned and not sent or made yet."""
    try:
        cancelled = cancel_intervention(person.client, supplier_id, intervention_id)
    except CsError as error:
        return Done(_refused(error), ok=False, supplier_id=supplier_id)
    if cancelled:
        return Done("Taken back: nothing will be sent.", supplier_id=supplier_id)
    return Done(
        "Too late to take it back: it has been sent or made.",
        ok=False,
        supplier_id=supplier_id,
    )


def take_call_back(person: Person, done: Done) -> Done:
    """Take back what this person has just noted of a call."""
    supplier_id, call_id, cancels = done.supplier_id, str(done.call_id), done.undo_cancels
    try:
        reopened = reopen_call(person.client, supplier_id, call_id, and_cancel=cancels)
    except CsError as error:
        return Done(_refused(error), ok=False, supplier_id=supplier_id)
    if reopened:
        words = "the call counts as not made" if cancels else "the call is open again"
        return Done(f"Taken back: {words}.", supplier_id=supplier_id)
    words = "The outcome can no longer be taken back; write a note that says what is right."
    return Done(words, ok=False, supplier_id=supplier_id)


def write_note(person: Person, supplier_id: str, text: str, note_id: str) -> Done:
    """Save a note for the team."""
    try:
        add_note(person.client, supplier_id, text, note_id)
    except CsError as error:
        return Done(_refused(error), ok=False, is_saved=False)
    return Done("Note saved.", supplier_id=supplier_id)


def retry(person: Person, supplier_id: str, intervention_id: str) -> Done:
    """Plan a failed message again and send it."""
    try:
        again = retry_intervention(person.client, supplier_id, intervention_id)
    except CsError as error:
        return Done(_refused(error), ok=False, supplier_id=supplier_id)
    if not again:
        words = "Nothing was changed: it is no longer among the failed ones."
        return Done(words, ok=False, supplier_id=supplier_id)
    problem = _send_own("email", supplier_id, intervention_id, datetime.now(UTC))
    words = "Tried again; the timeline says what became of it."
    return Done(
        f"Planned again. {problem}" if problem else words,
        ok=problem is None,
        supplier_id=supplier_id,
    )


def rescore(supplier_id: str) -> Done:
    """Score the supplier for this moment."""
    now = datetime.now(UTC)
    holder = f"dashboard on {socket.gethostname()}"
    request = RunRequest((now,), kind="supplier", supplier_id=supplier_id, holder=holder)
    try:
        result = run_scoring(clients.service_client(), request)
    except LeaseHeld:
        words = (
            "Not scored: another scoring run is at work, and two at once are not possible."
            " Nothing was changed. Try again when it is done, mostly within a few minutes."
        )
        return Done(words, ok=False, supplier_id=supplier_id)
    except CsError as error:
        words = f"Not scored. {error} The score on screen is the one before; try again in a minute."
        return Done(words, ok=False, supplier_id=supplier_id)
    if not result.totals["suppliers_scored"]:
        words = "Not scored: only suppliers that are signed up, not paused and not gone are scored."
        return Done(words, ok=False, supplier_id=supplier_id)
    return Done("Scored just now, with everything that happened so far.", supplier_id=supplier_id)


def _send_own(type: str, supplier_id: str, intervention_id: str, now: datetime) -> str | None:
    """Write and send this one message; say in a sentence why that did not work.

    What else is due is left to the daily run: nobody here waits for it.
    """
    service = clients.service_client()
    try:
        if type == "in_app":
            base_url = clients.settings().cs_base_url
            write_due_messages(service, base_url, now, only=intervention_id)
            return None
        own = (supplier_id, intervention_id)
        return dispatch(service, load_mail_settings(), now, only=own).problem
    except SettingError as error:
        return (
            f"No e-mail can be sent from here: {error} The person who runs the dashboard can"
            " set it; what is planned is sent by the next daily run."
        )
    except CsError as error:
        return f"{error} What is planned is sent by the next daily run."


def _became(done: Done, request: ContactRequest, answer: Requested, problem: str | None) -> Done:
    """Look how an intervention stands after sending."""
    what = INTERVENTION_TYPES[request.type]
    try:  # a repeat answers with how the first stands
        answer = request_intervention(clients.service_client(), request, datetime.now(UTC))
    except CsError:
        return replace(done, words=f"{what} saved; the timeline will say what became of it.")
    if answer.status == "sent":
        words = f"{what} sent." if request.type == "email" else f"{what}: shown from now on."
        return replace(done, words=words)
    if answer.status == "failed":
        words = f"{what} could not be sent; the timeline says why, and can try again."
        return replace(done, words=words, ok=False)
    if answer.status == "suppressed":
        return _not_planned(done, answer, datetime.now(UTC))
    words = f"{what} saved, but not sent yet. {problem or 'It is tried again by itself.'}"
    return replace(done, words=words, ok=False, intervention_id=answer.intervention_id)


def _not_planned(done: Done, answer: Requested, now: datetime) -> Done:
    if answer.reason == "open_call":
        when = due(answer.scheduled_for, now, st.context.timezone)
        words = f"There is an open call already ({when}); your reason was added to it."
        return replace(done, words=words)
    words = f"Not sent: {because(answer.reason)}. The attempt is in the timeline."
    return replace(done, words=words, ok=False)


def _open_call_of(person: Person, supplier_id: str, answer: Requested) -> str | None:
    """Find the open call that a request made, or joined."""
    supplier = fetch_supplier(person.client, supplier_id)
    found = supplier.open_call if supplier else None
    if found and found.intervention_id in (answer.intervention_id, answer.open_call_id):
        return found.id
    return None


def _refused(error: CsError) -> str:
    """Say why something was not saved, or that this is not certain, and what to try."""
    code = getattr(error.__cause__, "code", None)
    if isinstance(error, SupplierNotFound) or code == NO_SUPPLIER:
        return "Nothing was saved: this supplier is no longer there."
    if code == WRONG_VALUE and isinstance(error, StoreError):
        return f"Nothing was saved. {error}"
    if isinstance(error, KeyUsedBefore):
        return (
            "An earlier version of this was saved already. Close this form and look at the"
            " timeline before you write another."
        )
    if isinstance(error, NotAnAdmin):
        return "Nothing was saved: only admins can do this, and you are none any more."
    if isinstance(error, DefinitionError):
        fields = [f"{name.replace('_', ' ')} {what}" for name, what in error.problems]
        return f"Nothing was saved. Please check: {'; '.join(fields)}."
    if isinstance(error, StoreError):
        return f"{error} It may not be saved. Try again: it is never done twice."
    return f"{error} Nothing was saved."
