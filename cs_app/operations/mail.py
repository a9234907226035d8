"""Mail that failed for good: why, and sending it again."""

import datetime as dt
import logging
from math import ceil

import streamlit as st
from markupsafe import Markup

from cs_app.contacts.actions import refusal
from cs_app.server.sender import send_at
from cs_app.ui.formats import counted
from cs_app.ui.guard import Person
from cs_app.ui.markup import quiet, supplier_link, when
from cs_app.ui.notices import notify, show_notice
from cs_app.ui.page_address import choose_page, read_page
from cs_app.ui.refresh import rerun_when_changed
from cs_core.base.errors import CsError
from cs_core.base.html import fill
from cs_core.io.mail.outbox_list import PAGE_SIZE, ListedMail, MailPage, fetch_mail, retry_mail

log = logging.getLogger(__name__)

SURE_KEY = "dead-mail-sure"
WANTED_KEY = "dead-mail-wanted"
ALL = "all"
EMPTY = (
    "No mail failed for good. What the mail server refuses, or what could not be sent for three"
    " days, comes here."
)


def show_dead_mail(person: Person) -> None:
    """Show mail that failed for good, and offer to send it again."""
    page = read_page(st.query_params)
    _run_pending_action(person)
    show_notice(person)
    found = fetch_mail(person.client, page=page)
    now, zone = dt.datetime.now(dt.UTC), st.context.timezone
    if not found.rows:
        words = EMPTY if not found.total else "This page is empty: the list has become shorter."
        st.info(words, icon=":material/mark_email_read:")
    else:
        _show_head(found)
        rows = st.container(gap=None)
        for mail in found.rows:
            _show_mail(rows, mail, now, zone)
    choose_page(page, ceil(found.total / PAGE_SIZE), "dead-mail-page")
    rerun_when_changed(person, lambda client: fetch_mail(client, page=page), found)


def _show_head(found: MailPage) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{counted(found.total, 'mail')} failed for good.**")
        if st.session_state.get(SURE_KEY) == ALL:
            unsure = found.total - found.certain
            stay = "stays" if unsure == 1 else "stay"
            left = f" {counted(unsure, 'mail')} that may have arrived {stay}." if unsure else ""
            st.markdown(f"Send {counted(found.certain, 'mail')} again?{left}")
            st.button(
                "Yes, send them", type="primary", key="dead-all-yes", on_click=_want, args=(ALL,)
            )
            st.button("No", type="tertiary", key="dead-all-no", on_click=_sure, args=(None,))
        elif found.certain > 1:
            st.button("Send all of them again", key="dead-all", on_click=_sure, args=(ALL,))


def _show_mail(
    rows: st.delta_generator.DeltaGenerator, mail: ListedMail, now: dt.datetime, zone: str | None
) -> None:
    left, right = rows.container(key=f"dead-row-{mail.id}").columns([8, 2], gap="small")
    left.html(mail_line(mail, now, zone))
    place = right.container(key=f"dead-act-{mail.id}", horizontal=True, gap="xsmall")
    if st.session_state.get(SURE_KEY) == mail.id:
        words = "Yes, it did not arrive" if mail.may_have_arrived else "Yes, send it"
        place.button(
            words, key=f"dead-yes-{mail.id}", type="primary", on_click=_want, args=(mail.id,)
        )
        place.button("No", key=f"dead-no-{mail.id}", type="tertiary", on_click=_sure, args=(None,))
    else:
        place.button("Send again", key=f"dead-retry-{mail.id}", on_click=_sure, args=(mail.id,))


def mail_line(mail: ListedMail, now: dt.datetime, zone: str | None) -> Markup:
    """Write one mail: when, to whom, what went wrong, as HTML."""
    if mail.supplier_id:
        to = supplier_link(mail.business_name or "A supplier", mail.supplier_id)
    else:
        to = fill("<b>{}</b>", mail.person or "The team")
    times = "once" if mail.attempts == 1 else counted(mail.attempts, "time")
    tried = f"Tried {times}. " if mail.attempts else ""
    doubt = Markup("<b>It may have arrived.</b> ") if mail.may_have_arrived else ""
    why = quiet(f"{tried}{mail.last_error or 'No reason was noted.'}")
    return fill(
        '<div class="op-mail"><div>{}</div><div>{}<br>{}</div><div>{}<br>{}{}</div></div>',
        *(when(mail.tried_at, now, zone), to, quiet(mail.address), mail.subject, doubt, why),
    )


def _sure(what: str | None) -> None:
    st.session_state[SURE_KEY] = what


def _want(what: str) -> None:
    st.session_state.pop(SURE_KEY, None)
    st.session_state[WANTED_KEY] = what


def _run_pending_action(person: Person) -> None:
    wanted: str | None = st.session_state.pop(WANTED_KEY, None)
    if wanted is None:
        return
    try:
        ids = None if wanted == ALL else [wanted]
        queued = retry_mail(person.client, ids, dt.datetime.now(dt.UTC))
    except CsError as error:
        log.error("Sending again: %s", error)
        notify(refusal(error), ok=False)
        return
    if not queued:
        notify("Nothing was changed, as it is sent again already.", ok=False)
        return
    send_at(dt.datetime.now(dt.UTC))
    words = "It goes out now." if queued == 1 else f"{counted(queued, 'mail')} go out now."
    notify(f"{words} What fails again comes back here.")
