"""Choosing which digests one gets and when, and what the next one would say."""

import datetime as dt
from dataclasses import replace
from zoneinfo import available_timezones

import streamlit as st

from cs_app.server import clients
from cs_app.ui.formats import exact_time
from cs_app.ui.guard import Person
from cs_app.ui.mail_frame import show_mail
from cs_app.ui.markdown import plain
from cs_app.ui.markup import why
from cs_core.base.errors import CsError
from cs_core.base.html import fill
from cs_core.base.time_zones import open_zone
from cs_core.io.mail.digests.queue import DigestWriter
from cs_core.io.mail.digests.store import DigestChoice, fetch_choice, save_choice
from cs_core.mail.digests.schedule import DAILY, DueDigest, Reader
from cs_core.mail.messages import Message, wrap_html

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WANTED_KEY = "mail-wanted"
PREVIEW_HEIGHT = 720


def show_choice(person: Person) -> None:
    """Show the choice, save what was asked for, and offer a look at the digest."""
    wanted: DigestChoice | None = st.session_state.pop(WANTED_KEY, None)
    if wanted is not None:
        _save(person, wanted)
    stored = fetch_choice(person.client, person.id)
    here = st.context.timezone or "UTC"
    choice = stored or DigestChoice(timezone=here if here in available_timezones() else "UTC")
    st.html(fill("<p>It goes to <b>{}</b>. {}</p>", person.email, _now_in_words(choice)))
    with st.form("mail-choice", border=False):
        st.checkbox(
            "**Daily digest**: who turned critical, who recovered, today's calls, what came of"
            " yesterday's. Only when there is something to say.",
            value=choice.daily,
            key="mail-daily",
        )
        st.checkbox(
            "**Weekly report**: the levels and how they changed over eight weeks, with all scores"
            " as CSV.",
            value=choice.weekly,
            key="mail-weekly",
        )
        with st.container(horizontal=True):
            st.selectbox(
                "From this hour on",
                range(24),
                index=choice.hour,
                format_func=lambda hour: f"{hour:02}:00",
                key="mail-hour",
                width=160,
            )
            st.selectbox(
                "Weekly report on",
                range(1, 8),
                index=choice.weekday - 1,
                format_func=lambda day: WEEKDAYS[day - 1],
                key="mail-weekday",
                width=180,
            )
            zones = sorted(available_timezones() | {choice.timezone})
            st.selectbox(
                "Time zone", zones, index=zones.index(choice.timezone), key="mail-zone", width=260
            )
        st.form_submit_button("Save", type="primary", on_click=_want)
    st.html(why("Each mail can be stopped from the mail itself, signed in or not."))
    _show_preview(person, choice)


def _want() -> None:
    # Only noted here: the run of the page that follows asks anew who is looking.
    state = st.session_state
    st.session_state[WANTED_KEY] = DigestChoice(
        daily=state["mail-daily"],
        weekly=state["mail-weekly"],
        hour=state["mail-hour"],
        weekday=state["mail-weekday"],
        timezone=state["mail-zone"],
    )


def _save(person: Person, wanted: DigestChoice) -> None:
    try:
        save_choice(person.client, person.id, wanted)
    except CsError as error:
        st.error(f"Your choice was not saved. {plain(str(error))} Try again in a minute.")
        return
    st.toast("Saved.")


def _now_in_words(choice: DigestChoice) -> str:
    if not (choice.daily or choice.weekly):
        return "You get none now."
    at = f"from {choice.hour:02}:00 on ({choice.timezone})"
    told = []
    if choice.daily:
        told.append(f"the daily digest {at}")
    if choice.weekly:
        told.append(f"the weekly report on {WEEKDAYS[choice.weekday - 1]}s {at}")
    return f"You get {' and '.join(told)}, as soon as the day's scores are there."


def _show_preview(person: Person, choice: DigestChoice) -> None:
    if not st.toggle("Show what it would say now", key="mail-preview"):
        return
    now = dt.datetime.now(dt.UTC)
    try:
        message = _preview(person, choice, now)
    except CsError as error:
        st.info(f"There is nothing to show yet. {plain(str(error))}")
        return
    if message is None:
        st.info("There is nothing to say now, so no mail would come.")
        return
    at = exact_time(now, choice.timezone)
    st.html(why(f"As of {at}: changes since the scored day before."))
    st.markdown(f"**{plain(message.subject)}**")
    # The link of the preview stops nothing.
    document = wrap_html(message.subject, message.html or "", "#", is_digest=True)
    show_mail(document, "The digest as a mail", PREVIEW_HEIGHT)


def _preview(person: Person, choice: DigestChoice, now: dt.datetime) -> Message | None:
    reader = Reader(
        person_id=person.id,
        name=person.name,
        email=person.email,
        daily=True,
        weekly=False,
        hour=choice.hour,
        weekday=choice.weekday,
        timezone=choice.timezone,
        changed_at=now,
    )
    zone = open_zone(choice.timezone)
    day = now.astimezone(zone).date()
    start = dt.datetime.combine(day, dt.time(), zone)
    due = DueDigest(reader, DAILY, day, day, start, start + dt.timedelta(days=1))
    writer = DigestWriter(person.client, clients.settings().cs_base_url)
    newest = writer.newest_day()
    if newest is None:
        return None
    since = newest - dt.timedelta(days=1)
    message, _ = writer.write_daily(replace(due, since=since))
    return message
