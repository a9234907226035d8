"""The drawer beside the queue: one call with all its reasons, notes, and putting it off."""

from datetime import UTC, date, datetime, timedelta

import streamlit as st
from markupsafe import Markup

from cs_app.contacts.actions import Action, request_action
from cs_app.ui.formats import clock_time, exact_time, money
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import phone_link, quiet, supplier_link
from cs_core.base.errors import NoWorkingDay, OutreachRulesError
from cs_core.base.html import each, fill
from cs_core.base.time_zones import open_zone
from cs_core.base.vocabulary import CALL_TYPES, OUTCOMES
from cs_core.io.definitions.rules import NoOutreachRules, fetch_rules
from cs_core.io.outreach.call_queue import QueuedCall
from cs_core.outreach.rules import OutreachRules, next_working_moment

OPEN_KEY = "queue-open"
LATEST = timedelta(days=89)
PICK = "Another day"
NEXT = "Next working day"
NO_DAY = (
    "So it is not known on which days there are calls, and this one cannot be put off. Nothing was"
    " changed. An admin can mend the rules: Settings, Outreach."
)
# So many days ahead, or the first working day after that.
LATER = {"In 2 hours": None, NEXT: 1, "In 3 days": 3, "In a week": 7, PICK: None}


def open_drawer(known: QueuedCall) -> None:
    """Note which call's drawer is to open; a button's `on_click`."""
    st.session_state[OPEN_KEY] = known


def show_drawer(person: Person) -> None:
    """Show the drawer where one is open."""
    known: QueuedCall | None = st.session_state.get(OPEN_KEY)
    if known is None or person.role != "admin":
        return
    drawer = st.dialog(plain(known.business_name), position="right", on_dismiss=_close)
    try:
        rules, problem = fetch_rules(person.client), ""
    except (NoOutreachRules, OutreachRulesError) as error:
        rules, problem = None, str(error)
    drawer(lambda: _fill(known, rules, problem))()


def put_off_until(
    choice: str, day: date | None, now: datetime, zone: str, rules: OutreachRules
) -> datetime:
    """Say when a call that is put off is due: at the time of calls where the supplier is.

    On a working day, unless somebody chooses the day.

    Parameters
    ----------
    choice : str
        One of `LATER`.
    day : date, optional
        For another day.
    zone : str
        The supplier's.

    Raises
    ------
    NoWorkingDay
        If none of the next 400 days is one.
    """
    if choice == "In 2 hours":
        return now + timedelta(hours=2)
    here = open_zone(zone)
    if choice == PICK and day is not None:
        return datetime.combine(day, rules.call_time, here)
    ahead = timedelta(days=(LATER[choice] or 1) - 1)
    return next_working_moment(now + ahead, zone, rules).astimezone(here)


def _close() -> None:
    st.session_state.pop(OPEN_KEY, None)


def _fill(known: QueuedCall, rules: OutreachRules | None, problem: str) -> None:
    now = datetime.now(UTC)
    st.html(_about(known, now))
    notes = st.text_area(
        "Notes", key=f"notes-{known.id}", placeholder="What was said. Optional.", max_chars=5000
    )
    with st.container(horizontal=True, gap="xsmall"):
        for key, words in OUTCOMES.items():
            if st.button(words, key=f"drawer-{key}-{known.id}"):
                _finish(Action("outcome", *_of(known), outcome=key, notes=notes.strip() or None))
    st.subheader("Put it off")
    if rules is None:
        # Calls can be made and noted without rules; only the day they tell is not known.
        st.error(f"{plain(problem)} {NO_DAY}")
    else:
        _offer_later(known, now, rules)


def _offer_later(known: QueuedCall, now: datetime, rules: OutreachRules) -> None:
    choice = st.segmented_control(
        "Until",
        list(LATER),
        default=NEXT,
        required=True,
        key=f"later-{known.id}",
        label_visibility="collapsed",
    )
    day = None
    if choice == PICK:
        today = now.astimezone(open_zone(known.timezone)).date()
        day = st.date_input(
            "Day",
            value=today + timedelta(days=1),
            min_value=today + timedelta(days=1),
            max_value=today + LATEST,
            format="YYYY-MM-DD",
            key=f"day-{known.id}",
        )
    try:
        until = put_off_until(str(choice), day, now, known.timezone, rules)
    except NoWorkingDay as error:
        st.error(f"{plain(str(error))} Nothing was changed; In 2 hours and {PICK} are possible.")
        return
    reason = st.text_input("Why", key=f"why-{known.id}", max_chars=500, placeholder="For the team")
    st.caption(f"Due then: {exact_time(until, st.context.timezone)}.")
    if st.button("Put off", key=f"put-off-{known.id}", icon=":material/snooze:"):
        if reason.strip():
            _finish(Action("snooze", *_of(known), reason=reason.strip(), at=until))
        else:
            st.error("Say why, so that the others know. Nothing was changed.")


def _finish(action: Action) -> None:
    request_action(action)
    _close()
    st.rerun()


def _about(known: QueuedCall, now: datetime) -> Markup:
    facts = [
        CALL_TYPES.get(known.type, "Call"),
        f"{clock_time(now, known.timezone)} there",
        f"{money(known.monthly_revenue)} a month" if known.monthly_revenue else "",
        f"looked after by {known.owner_name}" if known.owner_name else "",
        f"put off: {known.snoozed_reason}" if known.snoozed_reason else "",
    ]
    return fill(
        "<p>{} · {}<br>{}</p><ul>{}</ul><p>{}</p>",
        known.contact_name or "No contact name",
        phone_link(known.phone),
        quiet(" · ".join(filter(None, facts))),
        each("<li>{}</li>", known.reasons),
        supplier_link("All about this supplier", known.supplier_id),
    )


def _of(known: QueuedCall) -> tuple[str, str, str]:
    return known.supplier_id, known.id, known.business_name
