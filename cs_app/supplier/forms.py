"""The forms of a supplier's page, each in a dialog: e-mail, message, call, note.

A dialog is a part of the page that runs by itself: each asks anew who is looking.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from cs_app.contacts.actions import Action, run_action
from cs_app.supplier.actions import OpenForm, leave_form
from cs_app.supplier.form_sections import buttons, choose_moment, finish
from cs_app.supplier.message_form import show_message_form
from cs_app.supplier.requests import log_call, request_contact
from cs_app.ui.guard import Person, require_person
from cs_app.ui.markdown import plain
from cs_core.base.time_zones import open_zone
from cs_core.base.vocabulary import CALL_TYPES, OUTCOMES
from cs_core.io.suppliers.one import Supplier360
from cs_core.outreach.requests import ContactRequest

MADE, PLAN = "I made a call", "Plan a call"
NEXT_DAY, CHOSEN = "Next working day", "Choose a time"
MADE_WITHIN_DAYS = 30


def show_form(supplier: Supplier360, form: OpenForm) -> None:
    """Show the form that is open, as a dialog over the page."""
    title, draw = FORMS[form.kind]
    dialog = st.dialog(
        title,
        width="medium" if form.kind in ("email", "in_app") else "small",
        on_dismiss=leave_form,
    )

    @dialog
    def show() -> None:
        draw(require_person("admin"), supplier, form)

    show()


def _message(person: Person, supplier: Supplier360, form: OpenForm) -> None:
    request = show_message_form(person, supplier, form)
    if request is not None:
        with st.spinner("Sending"):
            done = request_contact(person, request)
        finish(done)


def _call(person: Person, supplier: Supplier360, form: OpenForm) -> None:
    st.text(f"{supplier.business_name}, {supplier.contact_name or 'contact not known'}")
    if supplier.phone:
        st.text(f"Phone {supplier.phone}")
    what = st.segmented_control(
        "What",
        [PLAN, MADE],
        default=PLAN,
        required=True,
        key=f"{form.key}-what",
        persist_state="session",
        label_visibility="collapsed",
    )
    is_on_open_one = what == MADE and supplier.open_call is not None
    call_type = None
    if is_on_open_one:
        st.text("It is noted on the open call.")
    else:
        types = list(CALL_TYPES)
        preset = types.index(form.call_type) if form.call_type in types else 0
        call_type = st.selectbox(
            "Kind of call",
            types,
            preset,
            format_func=CALL_TYPES.__getitem__,
            key=f"{form.key}-type",
            persist_state="session",
        )
    request = ContactRequest(
        supplier_id=supplier.supplier_id,
        type="call",
        requested_by=person.id,
        idempotency_key=form.key,
        call_type=call_type,
    )
    if what == MADE:
        _log(person, supplier, form, request)
    else:
        _plan(person, supplier, form, request)


def _plan(person: Person, supplier: Supplier360, form: OpenForm, request: ContactRequest) -> None:
    if supplier.open_call is not None:
        st.info(
            "A call to this supplier is open already. Your reason is added to it; its time stays.",
            icon=":material/info:",
        )
    zone = open_zone(supplier.timezone)
    when = st.radio(
        "When",
        [NEXT_DAY, CHOSEN],
        horizontal=True,
        key=f"{form.key}-when",
        persist_state="session",
        help=f"In the supplier's time zone, {plain(supplier.timezone)}",
    )
    at = None
    if when == CHOSEN:
        at = choose_moment(form.key, zone_name=supplier.timezone, now=datetime.now(zone))
    note = st.text_area(
        "Why (for the team, optional)",
        key=f"{form.key}-note",
        max_chars=2000,
        persist_state="session",
    )
    if buttons("Plan the call"):
        request = replace(request, note=note.strip() or None, requested_for=at)
        finish(request_contact(person, request))


def _log(person: Person, supplier: Supplier360, form: OpenForm, request: ContactRequest) -> None:
    outcome = st.radio(
        "Outcome",
        list(OUTCOMES),
        index=None,
        horizontal=True,
        format_func=OUTCOMES.__getitem__,
        key=f"{form.key}-outcome",
        persist_state="session",
    )
    here = open_zone(st.context.timezone or "UTC")
    now = datetime.now(here)
    made_at = st.datetime_input(
        "When it was",
        now.replace(tzinfo=None, second=0, microsecond=0),
        min_value=(now - timedelta(days=MADE_WITHIN_DAYS)).replace(tzinfo=None),
        max_value=(now + timedelta(minutes=1)).replace(tzinfo=None),
        key=f"{form.key}-made",
        help="In your own time zone",
    )
    notes = st.text_area(
        "What was said (optional)", key=f"{form.key}-notes", max_chars=2000, persist_state="session"
    )
    if not buttons("Save the call"):
        return
    if outcome is None or made_at is None:
        st.error("Nothing was saved yet. Choose an outcome and the time of the call.")
        return
    open_id = supplier.open_call.id if supplier.open_call else None
    moment = min(made_at.replace(tzinfo=here), datetime.now(UTC))
    made = Action(
        "outcome", supplier.supplier_id, "", outcome=outcome, notes=notes.strip(), at=moment
    )
    finish(log_call(person, request, open_id, made))


def _note(person: Person, supplier: Supplier360, form: OpenForm) -> None:
    text = st.text_area(
        "Note",
        key=f"{form.key}-text",
        persist_state="session",
        max_chars=5000,
        height=160,
        placeholder="What the team should know; the supplier does not see it",
    )
    if buttons("Save the note"):
        if text.strip():
            note = Action("note", supplier.supplier_id, form.key, notes=text.strip())
            finish(run_action(person, note))
        else:
            st.error("Nothing was saved yet. Write something first.")


FORMS: dict[str, tuple[str, Callable[[Person, Supplier360, OpenForm], None]]] = {
    "email": ("E-mail", _message),
    "in_app": ("Message in the product", _message),
    "call": ("Call", _call),
    "note": ("Note for the team", _note),
}
