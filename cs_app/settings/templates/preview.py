"""A template filled in for a real supplier, as it will be sent, and a test mail of it."""

from datetime import UTC, datetime
from typing import Any

import streamlit as st

from cs_app.server import clients
from cs_app.server.sender import send_now
from cs_app.settings.fields import say_wrong
from cs_app.ui.formats import in_words
from cs_app.ui.guard import Person, as_admin
from cs_app.ui.mail_frame import show_mail
from cs_app.ui.markdown import plain
from cs_app.ui.markup import heading, nothing
from cs_app.ui.notices import notify
from cs_core.base.errors import CsError, StoreError, TemplateError
from cs_core.base.html import fill
from cs_core.io.base.config import load_mail_settings
from cs_core.io.definitions.templates import TestMail, queue_test_mail, read_test_mail
from cs_core.io.mail.compose import values_for
from cs_core.io.suppliers.find import find_suppliers
from cs_core.mail.messages import VARIABLES, Message, Template, render_message, wrap_html, wrap_text
from cs_core.outreach.template_wording import as_test
from cs_core.suppliers.filter import SupplierFilter

FOUND_AT_ONCE = 20
SEARCH, CHOSEN, VALUES = "template-search", "template-supplier", "template-values"
LINK_IN_TEXT = "the supplier's own link"
MADE_UP = "made-up suppliers"


def show_preview(person: Person, template: Template | None) -> None:
    """Show to an admin what a template says; None: it cannot be filled in as it is."""
    st.html(heading("As it will be sent"))
    try:
        about, values = _choose(person) if _for_suppliers(template) else _samples(template)
        if template is None:
            st.html(nothing("As soon as the template is right, you see it here."))
            return
        if values is None:
            return
        message = render_message(template, values)
    except TemplateError as error:
        said = "; ".join(what for _, what in error.problems)
        say_wrong([said])
        return
    except CsError as error:
        st.error(
            f"The preview could not be made. {plain(str(error))} Your edits are kept.",
            icon=":material/cloud_off:",
        )
        st.button("Try again", icon=":material/refresh:", key="preview-again")
        return
    _offer_test(person, template, message, about)
    _show_message(template, message)


def _for_suppliers(template: Template | None) -> bool:
    return template is None or template.audience == "supplier"


def _samples(template: Template | None) -> tuple[str, dict[str, Any] | None]:
    st.caption("With made-up suppliers; the real ones are those of the day it is sent.")
    audience = template.audience if template else "team"
    return MADE_UP, {name: known.sample for name, known in VARIABLES[audience].items()}


def _choose(person: Person) -> tuple[str, dict[str, Any] | None]:
    """Let the admin choose a supplier; give its name and what a template may say of it."""
    search, choose = st.columns(2, gap="small")
    with search:
        wanted = st.text_input(
            "Find a supplier", key=SEARCH, placeholder="Name, contact or e-mail address"
        )
    found = find_suppliers(
        person.client, SupplierFilter(text=wanted.strip() or None), page_size=FOUND_AT_ONCE
    )
    names = {row.supplier_id: row.business_name for row in found.rows}
    if not names:
        none = "No supplier is called so." if wanted.strip() else "There are no suppliers yet."
        st.html(nothing(f"{none} The preview needs one."))
        return "", None
    with choose:
        if st.session_state.get(CHOSEN) not in names:
            st.session_state.pop(CHOSEN, None)
        chosen = st.selectbox(
            "Preview for", list(names), format_func=lambda one: names[one], key=CHOSEN
        )
    return names[chosen], _values(chosen)


def _values(supplier_id: str) -> dict[str, Any]:
    """Read what a template may say of a supplier; the same while it stays chosen."""
    kept = st.session_state.get(VALUES)
    if kept is None or kept[0] != supplier_id:
        values = values_for(clients.service_client(), supplier_id, datetime.now(UTC))
        kept = st.session_state[VALUES] = (supplier_id, values)
    found: dict[str, Any] = kept[1]
    return found


def _show_message(template: Template, message: Message) -> None:
    # The link of the preview stops nobody's mails.
    link = "#" if template.audience == "supplier" else None
    mail, text = st.tabs(["As e-mail", "As plain text"])
    with mail:
        st.html(fill('<p class="cs-subject">{}</p>', message.subject))
        if message.html is None:
            st.html(nothing("It has no HTML; the plain text is all there is."))
        else:
            document = wrap_html(message.subject, message.html, link)
            show_mail(document, "The e-mail as it will look", 620)
    with text:
        st.html(fill('<p class="cs-subject">{}</p>', message.subject))
        shown = wrap_text(message.text, LINK_IN_TEXT if link else None)
        st.html(fill('<pre class="cs-text">{}</pre>', shown))


def _offer_test(person: Person, template: Template, message: Message, about: str) -> None:
    marked = as_test(message, in_words(template.name) or "without a name", about)
    st.button(
        "Send me a test mail",
        key="test-mail",
        icon=":material/forward_to_inbox:",
        help=plain(f"To {person.email} and nobody else"),
        on_click=as_admin(_test),
        args=[marked],
    )


def _test(person: Person, message: Message) -> None:
    """Send a test mail and keep what came of it.

    It is done by the click, before the page is drawn: nothing typed meanwhile cuts it off.
    """
    try:
        became = _send_test(person, message)
    except StoreError as error:
        notify(
            f"Whether the test mail was sent could not be found out. {error} Look into your mailbox"
            " before you try again.",
            ok=False,
        )
        return
    except CsError as error:
        notify(f"No test mail was sent. {error}", ok=False)
        return
    if became.status == "sent":
        notify(f"Test mail sent to {became.to_address}.")
    else:
        why = became.problem or "The mail server has not taken it yet."
        notify(f"The test mail to {became.to_address} is not sent yet. {why}", ok=False)


def _send_test(person: Person, message: Message) -> TestMail:
    load_mail_settings()  # before anything is queued: a missing one is named
    mail_id, to_address = queue_test_mail(person.client, message)
    problem = send_now()
    became = read_test_mail(person.client, mail_id, to_address)
    return TestMail(to_address, became.status, became.problem or problem)
