"""What an admin can do about a supplier."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from cs_app.contacts.actions import Action, request_action, tell
from cs_app.contacts.wording import of_some
from cs_app.supplier.requests import rescore
from cs_app.ui.formats import ago, due
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import quiet
from cs_app.ui.notices import forget_notice
from cs_core.base.vocabulary import CALL_TYPES, OUTCOMES
from cs_core.io.suppliers.one import OpenCall, Supplier360
from cs_core.score.recommendations import NextStep, next_step

FORM_KEY = "supplier-form"
BEGUN_KEY = "supplier-forms-begun"  # neither sent nor cancelled, so opened again as they were


@dataclass(frozen=True)
class OpenForm:
    """A form on screen.

    `key` is made once as it is opened: whatever is sent from it twice is done once.
    """

    kind: str
    supplier_id: str
    key: str
    template: str | None = None
    call_type: str | None = None


def open_form(kind: str, supplier_id: str, step: NextStep | None = None) -> None:
    """Open a form: email, call, in_app or note."""
    forget_notice()
    template = step.template if step else None
    call_type = step.call_type if step else None
    new = OpenForm(kind, supplier_id, str(uuid.uuid4()), template, call_type)
    begun = st.session_state.setdefault(BEGUN_KEY, {})
    st.session_state[FORM_KEY] = begun.setdefault((kind, supplier_id, template, call_type), new)


def leave_form() -> None:
    """Leave the form that is open: what was typed is there when it is opened again."""
    st.session_state.pop(FORM_KEY, None)


def close_form() -> None:
    """Close the form that is open for good: it was sent or cancelled."""
    form = st.session_state.pop(FORM_KEY, None)
    begun = st.session_state.get(BEGUN_KEY, {})
    st.session_state[BEGUN_KEY] = {at: one for at, one in begun.items() if one != form}


def form_of(supplier_id: str) -> OpenForm | None:
    """Give the form that is open for a supplier."""
    form = st.session_state.get(FORM_KEY)
    return form if isinstance(form, OpenForm) and form.supplier_id == supplier_id else None


def show_action_bar(supplier: Supplier360) -> None:
    """Show the buttons that open a form, and the one that scores again."""
    with st.container(horizontal=True, gap="small"):
        for kind, words, icon in (
            ("email", "E-mail", "mail"),
            ("call", "Call", "call"),
            ("in_app", "Message in the product", "chat"),
            ("note", "Note", "edit_note"),
        ):
            st.button(
                words,
                key=f"act-{kind}",
                icon=f":material/{icon}:",
                on_click=open_form,
                args=[kind, supplier.supplier_id],
            )
        if supplier.is_active and st.button(
            "Rescore now",
            key="act-rescore",
            icon=":material/refresh:",
            help="Score this supplier with everything that happened up to this moment",
        ):
            with st.spinner("Scoring"):
                tell(rescore(supplier.supplier_id))
            st.rerun()


def show_next_step(supplier: Supplier360, is_admin: bool) -> None:
    """Show the best thing to do; for an admin with the button that does it."""
    with st.container(gap="xsmall"):
        st.html('<div class="s360"><h2>Next best action</h2></div>')
        if supplier.recommendations and supplier.is_active:
            best = _best_step(supplier)
            if best is not None:
                _show_step(supplier, best, is_admin)
            elif supplier.open_call:
                st.text("Make the open call; the rest can wait.")
            else:
                st.text("Nothing for now; see below what waits, and why.")
            now = datetime.now(UTC)
            # So new that another contact is worth a second thought.
            recent = timedelta(days=supplier.cap_days)
            if supplier.last_contacted_at and now - supplier.last_contacted_at < recent:
                words = f"Last contact: {ago(supplier.last_contacted_at, now)}"
                st.html(quiet(words))
            return
        words = "Nothing: no measure would win a point."
        if not supplier.is_active:
            words = "None: it is no active customer at the moment."
        elif supplier.row is None:
            words = "Known after the first score."
        st.html(quiet(words))


def show_other_steps(supplier: Supplier360, is_admin: bool) -> None:
    """Show what else would win points, and what stands in its way."""
    best = _best_step(supplier)
    others = [place for place in range(len(supplier.recommendations)) if place != best]
    if others and supplier.is_active:
        with st.container(gap="xsmall"):
            st.html('<div class="s360"><h2>Then</h2></div>')
            for place in others:
                _show_step(supplier, place, is_admin)


def _best_step(supplier: Supplier360) -> int | None:
    """Choose what wins most points among what may be done now."""
    return next(
        (
            place
            for place, advice in enumerate(supplier.recommendations)
            if next_step(advice.key).type not in supplier.obstacles
        ),
        None,
    )


def _show_step(supplier: Supplier360, place: int, is_admin: bool) -> None:
    advice = supplier.recommendations[place]
    step = next_step(advice.key)
    st.text(advice.text)
    if is_admin:
        st.button(
            step.label,
            key=f"step-{place}",
            type="primary" if place == _best_step(supplier) else "secondary",
            icon=f":material/{_ICONS[step.type]}:",
            help=plain(advice.text),
            on_click=open_form,
            args=[step.type, supplier.supplier_id, step],
        )
    obstacle = supplier.obstacles.get(step.type)
    if obstacle:
        st.html(quiet(f"Not now: it {of_some(obstacle, 1)}."))


def show_open_call(person: Person, supplier: Supplier360) -> None:
    """Show the call that waits, with its outcomes one click away."""
    waiting = supplier.open_call
    if waiting is None:
        return
    now = datetime.now(UTC)
    with st.container(border=True):
        st.html('<div class="s360"><h2>Open call</h2></div>')
        st.text(_call_line(waiting, now))
        if person.role != "admin":
            return
        notes = f"call-notes-{waiting.id}"
        st.text_input("What was said (optional)", key=notes, max_chars=2000)
        with st.container(horizontal=True, gap="small"):
            for outcome, words in OUTCOMES.items():
                action = Action("outcome", supplier.supplier_id, waiting.id, outcome=outcome)
                st.button(
                    words, key=f"outcome-{outcome}", on_click=_note_outcome, args=[action, notes]
                )


def _note_outcome(action: Action, notes: str) -> None:
    request_action(replace(action, notes=st.session_state[notes]))


_ICONS = {"email": "mail", "call": "call", "in_app": "chat"}


def _call_line(waiting: OpenCall, now: datetime) -> str:
    words = CALL_TYPES.get(waiting.type, "Call")
    when = due(waiting.scheduled_for, now, st.context.timezone)
    is_late = waiting.scheduled_for is not None and waiting.scheduled_for < now - timedelta(days=1)
    line = f"{words}, {when}" if is_late else f"{words}: {when}"
    return f"{line}, taken by {waiting.claimed_by_name}" if waiting.claimed_by_name else line
