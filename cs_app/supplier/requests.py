"""What the forms of a supplier's page ask for, and scoring it now; what came of it in words."""

import socket
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from cs_app.contacts.actions import Action, Done, attempt, run_action
from cs_app.contacts.wording import because
from cs_app.server import clients
from cs_app.server.sender import send_now
from cs_app.ui.formats import due
from cs_app.ui.guard import Person
from cs_core.base.errors import (
    CsError,
    LeaseHeld,
)
from cs_core.base.vocabulary import INTERVENTION_TYPES
from cs_core.io.outreach.requests import Requested, request_intervention
from cs_core.io.run.request import RunRequest
from cs_core.io.run.run import run_scoring
from cs_core.io.suppliers.one import fetch_supplier
from cs_core.outreach.requests import ContactRequest


def request_contact(person: Person, request: ContactRequest) -> Done:
    """Plan a contact, carry it out where it is due, and say what became of it."""
    return attempt(person, lambda: _request_contact(request))


def log_call(person: Person, request: ContactRequest, call_id: str | None, made: Action) -> Done:
    """Note a call that was made: on the open one, or on one planned and done at once.

    Parameters
    ----------
    person : Person
    request : ContactRequest
        Plans the call where none is open.
    call_id : str, optional
        Of the open one.
    made : Action
        The outcome to note, of whichever call it is.
    """
    return attempt(person, lambda: _log_call(person, request, call_id, made))


def _log_call(person: Person, request: ContactRequest, call_id: str | None, made: Action) -> Done:
    if call_id is None:
        now = datetime.now(UTC)
        planned = replace(request, requested_for=now)
        answer = request_intervention(clients.service_client(), planned, now)
        call_id = _open_call_of(person, request.supplier_id, answer)
        if call_id is None:
            return Done("The call was noted already.")
        made = replace(made, undo_cancels=answer.open_call_id is None)
    return run_action(person, replace(made, id=call_id))


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
        return Done(words, ok=False)
    except CsError as error:
        words = f"Not scored. {error} The score on screen is the one before; try again in a minute."
        return Done(words, ok=False)
    if not result.totals["suppliers_scored"]:
        words = "Not scored: only suppliers that are signed up, not paused and not gone are scored."
        return Done(words, ok=False)
    return Done("Scored just now, with everything that happened so far.")


def _request_contact(request: ContactRequest) -> Done:
    now = datetime.now(UTC)
    answer = request_intervention(clients.service_client(), request, now)
    if answer.status == "suppressed":
        return _not_planned(answer, now)
    if request.type == "call" or (answer.scheduled_for and answer.scheduled_for > now):
        when = due(answer.scheduled_for, now, st.context.timezone)
        return Done(
            f"{INTERVENTION_TYPES[request.type]} planned: {when}.",
            undo=_cancelling(request, answer),
        )
    # What else is due is left to the daily run: nobody here waits for it.
    own = (request.supplier_id, answer.intervention_id)
    problem = send_now(own, is_mail=request.type == "email")
    return _became(request, problem)


def _became(request: ContactRequest, problem: str | None) -> Done:
    """Look how an intervention stands after sending."""
    what = INTERVENTION_TYPES[request.type]
    try:  # a repeat answers with how the first stands
        answer = request_intervention(clients.service_client(), request, datetime.now(UTC))
    except CsError:
        return Done(f"{what} saved; the timeline will say what became of it.")
    if answer.status == "sent":
        return Done(f"{what} sent." if request.type == "email" else f"{what}: shown from now on.")
    if answer.status == "failed":
        words = f"{what} could not be sent; the timeline says why, and can try again."
        return Done(words, ok=False)
    if answer.status == "suppressed":
        return _not_planned(answer, datetime.now(UTC))
    words = f"{what} saved, but not sent yet. {problem or 'It is tried again by itself.'}"
    return Done(words, ok=False, undo=_cancelling(request, answer))


def _not_planned(answer: Requested, now: datetime) -> Done:
    if answer.reason == "open_call":
        when = due(answer.scheduled_for, now, st.context.timezone)
        return Done(f"There is an open call already ({when}); your reason was added to it.")
    words = f"Not sent: {because(answer.reason)}. The attempt is in the timeline."
    return Done(words, ok=False)


def _cancelling(request: ContactRequest, answer: Requested) -> Action:
    return Action("cancel", request.supplier_id, answer.intervention_id)


def _open_call_of(person: Person, supplier_id: str, answer: Requested) -> str | None:
    """Find the open call that a request made, or joined."""
    supplier = fetch_supplier(person.client, supplier_id)
    found = supplier.open_call if supplier else None
    if found and found.intervention_id in (answer.intervention_id, answer.open_call_id):
        return found.id
    return None
