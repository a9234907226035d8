"""Writing an e-mail or a message in the product to one supplier."""

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from cs_app.contacts.wording import because
from cs_app.server import clients
from cs_app.supplier.actions import OpenForm
from cs_app.supplier.form_sections import buttons, choose_moment
from cs_app.ui.formats import first_upper, in_words
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import quiet
from cs_core.base.errors import CsError, MessageError
from cs_core.base.time_zones import open_zone
from cs_core.io.definitions.rules import fetch_rules
from cs_core.io.definitions.templates import choosable_templates, fetch_templates
from cs_core.io.mail.compose import preview_message
from cs_core.io.outreach.bulk import preview_bulk
from cs_core.io.suppliers.one import Supplier360
from cs_core.mail.messages import LONGEST, LONGEST_BY_HAND, Message, message_from_person, wrap_html
from cs_core.outreach.quiet_hours import leaves_at
from cs_core.outreach.requests import LONGEST_NOTE, ContactRequest

OWN_WORDS = "own words"
NOW, LATER = "Now", "At a time I choose"
MORNING, ALL_THE_SAME = "When quiet hours end", "Now all the same"
NOTHING = Message("", "", None)


@dataclass(frozen=True)
class _MessageDraft:
    """What is to be said: a template as it is, or words of one's own."""

    template: str | None
    subject: str
    text: str
    message: Message | None  # None: it cannot be sent as it is
    problem: str = ""


def show_message_form(
    person: Person, supplier: Supplier360, form: OpenForm
) -> ContactRequest | None:
    """Show the form; give what is asked for once it is to be sent.

    `person`: an admin. `form`: its kind is `email` or `in_app`.
    """
    is_mail = form.kind == "email"
    try:
        if is_mail:
            name = supplier.contact_name or supplier.business_name
            st.text(f"To {name}, {supplier.email or 'no address'}")
        draft = _show_draft(person, supplier, form)
        when, at = _choose_time(person, supplier, form)
        may_send, overrides_cap = (
            _show_obstacle(person, supplier, form, at) if is_mail else (True, False)
        )
    except CsError as error:
        st.error(
            f"The form could not be filled. {plain(str(error))}"
            " Nothing was saved; close it and try again."
        )
        return None
    note = st.text_input(
        "Why (for the team, optional)",
        key=f"{form.key}-note",
        max_chars=LONGEST_NOTE,
        persist_state="session",
    )
    words = "Send now" if when in (NOW, ALL_THE_SAME) else "Schedule"
    if not buttons(words, disabled=not may_send):
        return None
    if draft.message is None:
        st.error(f"Nothing was sent yet. {plain(str(draft.problem))}")
        return None
    return ContactRequest(
        supplier_id=supplier.supplier_id,
        type=form.kind,
        requested_by=person.id,
        idempotency_key=form.key,
        template=draft.template,
        subject=None if draft.template else draft.subject,
        message=None if draft.template else draft.text,
        note=note.strip() or None,
        requested_for=at,
        overrides_cap=overrides_cap,
        overrides_quiet_hours=when == ALL_THE_SAME,
    )


def _show_draft(person: Person, supplier: Supplier360, form: OpenForm) -> _MessageDraft:
    """Let the person choose a template, change it, and see what will be sent."""
    templates = choosable_templates(fetch_templates(person.client))
    choices = [OWN_WORDS, *templates]
    preset = choices.index(form.template) if form.template in choices else 0
    chosen = st.selectbox(
        "Template",
        choices,
        preset,
        format_func=lambda name: "My own words" if name == OWN_WORDS else in_words(name),
        key=f"{form.key}-template",
        persist_state="session",
    )
    written = NOTHING if chosen == OWN_WORDS else _written(supplier.supplier_id, chosen, form)
    is_mail = form.kind == "email"
    write, see = st.tabs(["Write", "As it will be sent" if is_mail else "As it will be shown"])
    with write:
        subject = st.text_input(
            "Subject" if is_mail else "Title",
            written.subject,
            key=f"{form.key}-{chosen}-subject",
            persist_state="session",
            max_chars=LONGEST["subject"],
        )
        text = st.text_area(
            "Text",
            written.text,
            key=f"{form.key}-{chosen}-text",
            persist_state="session",
            height=230,
            max_chars=LONGEST_BY_HAND,
        )
        is_own = chosen == OWN_WORDS or _differs(subject, text, written)
        st.caption(_what_goes_out(is_own, chosen == OWN_WORDS))
    draft = _draft(None if is_own else chosen, subject, text, written)
    with see:
        _show_message(draft, is_mail)
    return draft


def _written(supplier_id: str, template: str, form: OpenForm) -> Message:
    """Write a template for a supplier; the same while the form is open."""
    key = f"{form.key}-{template}-written"
    if key not in st.session_state:
        st.session_state[key] = preview_message(
            clients.service_client(), supplier_id, template, datetime.now(UTC)
        )
    written: Message = st.session_state[key]
    return written


def _draft(template: str | None, subject: str, text: str, written: Message) -> _MessageDraft:
    if template is not None:
        return _MessageDraft(template, subject, text, written)
    try:
        return _MessageDraft(None, subject, text, message_from_person(subject, text))
    except MessageError as error:
        problem = "; ".join(f"the {field} {what}" for field, what in error.problems)
        return _MessageDraft(None, subject, text, None, f"{first_upper(problem)}.")


def _differs(subject: str, text: str, written: Message) -> bool:
    return (subject.strip(), text.strip()) != (written.subject.strip(), written.text.strip())


def _what_goes_out(is_own: bool, was_empty: bool) -> str:
    if was_empty:
        return "Plain text; an empty line begins a paragraph."
    if is_own:
        return "Changed: it goes out as you wrote it, as plain paragraphs."
    return "Unchanged: its figures are those of the moment it is sent."


def _show_message(draft: _MessageDraft, is_mail: bool) -> None:
    message = draft.message
    if message is None:
        st.html(quiet(str(draft.problem)))
    elif is_mail and message.html is not None:
        st.text(message.subject)
        # The link of the preview unsubscribes nobody.
        st.iframe(
            wrap_html(message.subject, message.html, "#"),
            height=400,
            alt="The e-mail as it will look",
        )
    else:
        st.text(f"{message.subject}\n\n{message.text}")


def _choose_time(
    person: Person, supplier: Supplier360, form: OpenForm
) -> tuple[str, datetime | None]:
    """Give which time was chosen, and a moment where one was; None: as soon as may be."""
    hours = fetch_rules(person.client).quiet_hours
    zone = open_zone(supplier.timezone)
    now = datetime.now(zone)
    end = leaves_at(now, supplier.timezone, hours)
    if end > now and hours is not None:
        st.info(
            f"It is {now:%H:%M} for the supplier, and quiet hours last until"
            f" {end.astimezone(zone):%H:%M} there.",
            icon=":material/bedtime:",
        )
    choices = [MORNING, ALL_THE_SAME, LATER] if end > now else [NOW, LATER]
    when = str(st.radio("When", choices, horizontal=True, key=f"{form.key}-when"))
    if when != LATER:
        return when, None
    at = choose_moment(form.key, supplier.timezone, now)
    if at is not None and leaves_at(at, supplier.timezone, hours) > at:
        st.caption("That is in quiet hours; it is sent then all the same, as you chose it.")
    return when, at


def _show_obstacle(
    person: Person, supplier: Supplier360, form: OpenForm, at: datetime | None
) -> tuple[bool, bool]:
    """Say what would hold an e-mail back; say whether it may be sent, and over the cap."""
    moment = at or datetime.now(UTC)
    found = preview_bulk(person.client, [supplier.supplier_id], "email", moment).suppressed
    if not found:
        return True, False
    reason = next(iter(found))
    if reason != "frequency_cap":
        st.warning(
            f"An e-mail would not be sent: {because(reason)}. This cannot be overridden;"
            " a call or a message in the product can reach the supplier.",
            icon=":material/block:",
        )
        return False, False
    rules = fetch_rules(person.client)
    st.warning(
        f"An e-mail would not be sent: the outreach rules allow {rules.emails} in {rules.days}"
        " days to one supplier, and it has had, or is about to get, as many.",
        icon=":material/block:",
    )
    overrides = st.checkbox("Send it all the same", key=f"{form.key}-override")
    return overrides, overrides
