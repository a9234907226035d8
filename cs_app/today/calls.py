"""Today's calls on the first screen: who to call when, and one click for what came of it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from cs_app.contacts.actions import UNDO_WITHIN, Action, request_action
from cs_app.contacts.call_wording import ended_in_words
from cs_app.ui.formats import counted, day_bounds, due, exact_time, whole_number
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import heading, level_mark, link, nothing, phone_link, quiet, supplier_link
from cs_core.base.html import fill, together
from cs_core.base.vocabulary import CALL_TYPES, OUTCOMES
from cs_core.io.outreach.call_queue import QueuedCall
from cs_core.io.outreach.intervention_lists import fetch_ended

QUEUE = "/interventions"
SHOWN = 8
# Read at once: one that is taken back may stand behind others that became due meanwhile.
MOST = 2 * SHOWN
# In the order of the buttons; their words stand in the tooltip, and are what screen readers say.
ICONS = {
    "reached": ":material/check:",
    "left_message": ":material/voicemail:",
    "no_answer": ":material/phone_missed:",
    "not_needed": ":material/block:",
}
NOTED = "today-noted"  # the call whose outcome this person noted last, and when


@dataclass(frozen=True)
class CallsDue:
    """Open calls due before the end of today, the oldest first, and how many in all and late."""

    calls: tuple[QueuedCall, ...]
    total: int
    late: int


def show_calls(person: Person, due_today: CallsDue, made: int, now: dt.datetime, zone: str) -> None:
    """Show the calls that are due today; admins can say what came of each.

    `made`: how many were made today. `zone`: the reader's.
    """
    calls = due_today.calls
    st.html(_head(due_today, made))
    _show_noted(person, calls, now, zone)
    if not calls:
        st.html(nothing(_none(made)))
        return
    for call in calls[:SHOWN]:
        _show_call(person, call, now, zone)
    hidden = due_today.total - SHOWN
    if hidden > 0:
        st.html(link(f"{counted(hidden, 'more call')} in the queue", QUEUE, css="cs-more"))


def _is_late(call: QueuedCall, start: dt.datetime) -> bool:
    return call.scheduled_for is not None and call.scheduled_for < start


def _head(due_today: CallsDue, made: int) -> Markup:
    parts = [link(f"{whole_number(due_today.total)} open", QUEUE)] if due_today.total else []
    if due_today.late:
        parts.append(link(f"{whole_number(due_today.late)} late", QUEUE, css="cs-critical"))
    if made:
        parts.append(quiet(f"{whole_number(made)} made today"))
    facts = fill('<span class="cs-facts">{}</span>', together(parts, " · "))
    return heading("Calls today", right=facts)


def _none(made: int) -> str:
    return "All calls of today are made." if made else "No calls are due today."


def _show_call(person: Person, call: QueuedCall, now: dt.datetime, zone: str) -> None:
    with st.container(key=f"cs-call-{call.id}", horizontal=True, gap="small", wrap=False):
        st.html(call_line(call, person.id, now, zone))
        if person.role != "admin":
            return
        with st.container(horizontal=True, gap=None, width="content"):
            for outcome, icon in ICONS.items():
                action = Action(
                    "outcome", call.supplier_id, call.id, call.business_name, outcome=outcome
                )
                st.button(
                    OUTCOMES[outcome],
                    key=f"{outcome}-{call.id}",
                    icon=icon,
                    type="tertiary",
                    help=f"{OUTCOMES[outcome]}: note it for {plain(call.business_name)}",
                    on_click=_request,
                    args=(action, call),
                )


def call_line(call: QueuedCall, person_id: str, now: dt.datetime, zone: str) -> Markup:
    """Say when to call whom, what about and why, as HTML."""
    at = call.scheduled_for
    exact = f"{exact_time(at, zone)}; there {exact_time(at, call.timezone)}" if at else ""
    start, _ = day_bounds(now, zone)
    tone = "cs-worse" if _is_late(call, start) else ""
    facts = [CALL_TYPES.get(call.type, "Call").removesuffix(" call")]
    if call.phone:
        facts.append(phone_link(call.phone))
    if call.claimed_by:
        who = "you" if call.claimed_by == person_id else call.claimed_by_name or "somebody"
        facts.append(f"{who} {'are' if who == 'you' else 'is'} calling")
    why = call.reasons[0] if call.reasons else ""
    return fill(
        '<div class="cs-call"><time class="cs-number {}" title="{}">{}</time><div>{} {}'
        '<div class="cs-why">{}</div><div class="cs-why" title="{}">{}</div></div></div>',
        *(tone, exact, due(at, now, zone), level_mark(call.risk_level, with_word=False)),
        supplier_link(call.business_name, call.supplier_id),
        *(together(facts, " · "), why, why),
    )


def _request(action: Action, call: QueuedCall) -> None:
    """Note what is wanted, and of which call, so that it can be undone."""
    st.session_state[NOTED] = (call, dt.datetime.now(dt.UTC))
    request_action(action)


def _show_noted(person: Person, calls: Sequence[QueuedCall], now: dt.datetime, zone: str) -> None:
    """Show what became of the call that this person noted last, and the way back."""
    call, at = st.session_state.get(NOTED, (None, now))
    if call is None or now - at > UNDO_WITHIN or call.id in {known.id for known in calls}:
        return
    ended = fetch_ended(person.client, [call]).get(call.id)
    is_mine = ended is not None and ended.is_made and ended.made_by == person.id
    words = f"{call.business_name}: {ended_in_words(ended, person.id, now, zone).lower()}"
    with st.container(key="cs-call-undo", horizontal=True, vertical_alignment="center"):
        st.html(fill('<span role="status">{}</span>', words), width="content")
        if is_mine and person.role == "admin":
            action = Action("reopen", call.supplier_id, call.id, call.business_name)
            st.button(
                "Undo",
                key=f"undo-{call.id}",
                type="tertiary",
                icon=":material/undo:",
                on_click=request_action,
                args=(action,),
            )
