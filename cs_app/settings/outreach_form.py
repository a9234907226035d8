"""The outreach rules as a form: e-mails, quiet hours, calls, holidays, alerts."""

import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from cs_app.settings.drafts import DefinitionDraft
from cs_app.settings.fields import Problem, Problems, number, say_wrong, show_head, typed
from cs_app.ui.formats import counted
from cs_app.ui.markup import why
from cs_core.base.errors import CsError, NoWorkingDay, OutreachRulesError
from cs_core.io.base.config import load_mail_settings
from cs_core.outreach.rules import OutreachRules, next_working_moment
from cs_core.outreach.rules_wording import DAYS, date_in_words

# Offered where quiet hours are switched on: from after the working day until before the next.
USUAL_QUIET = {"from": "20:00", "until": "08:00"}
STEP = timedelta(minutes=15)
NAMES = {"alert_to": "Alert addresses"}
NUMBERS = ("alert_again_after_days", "celebrate_within_days")
MOST_WRONG = 5
BETWEEN = {"holidays": re.compile(r"[\s,;]+"), "alert_to": re.compile(r"\n+")}


def read_form(draft: DefinitionDraft) -> dict[str, Any]:
    """Give the definition that the fields say; before they are drawn, that of the draft."""
    now = deepcopy(draft.edited)
    for part in ("emails", "days"):
        now["email_cap"][part] = typed(draft.key(part), now["email_cap"][part])
    for part in NUMBERS:
        now[part] = typed(draft.key(part), now[part])
    chosen = st.session_state.get(draft.key("working_days"), now["working_days"])
    now["working_days"] = [day for day in DAYS if day in chosen]
    now["call_time"] = _clock(draft, "call_time", now["call_time"])
    now["quiet_hours"] = _read_quiet(draft, now["quiet_hours"])
    lines = _lines(draft, "holidays", now["holidays"])
    now["holidays"] = sorted(set(lines)) if all(map(_is_date, lines)) else lines
    now["alert_to"] = _lines(draft, "alert_to", now["alert_to"])
    return now


def check(
    definition: Mapping[str, Any], now: datetime, zone: str
) -> tuple[OutreachRules | None, Problems]:
    """Ask the rules; they are None where something is wrong."""
    try:
        rules = OutreachRules.from_dict(definition, version=0)
        next_working_moment(now, zone, rules)
    except NoWorkingDay as error:
        return None, Problems([("holidays", f"leave no day for calls. {error}")], NAMES)
    except OutreachRulesError as error:
        return None, Problems([_clearer(one) for one in error.problems], NAMES)
    return rules, Problems((), NAMES)


def show_form(draft: DefinitionDraft, problems: Problems) -> None:
    """Show the fields, with what is wrong beneath each."""
    with st.container(border=True, gap="small", key="cs-rules-mail"):
        show_head("E-mails", "to one supplier, whatever playbooks want them")
        emails, days = st.columns(2, gap="small")
        with emails:
            number("At most … e-mails", draft.key("emails"), draft.edited["email_cap"]["emails"])
            problems.show("email_cap.emails")
        with days:
            number("in … days", draft.key("days"), draft.edited["email_cap"]["days"])
            problems.show("email_cap.days", "email_cap")
        _show_quiet(draft, problems)
    with st.container(border=True, gap="small", key="cs-rules-calls"):
        _show_calls(draft, problems)
    with st.container(border=True, gap="small", key="cs-rules-team"):
        _show_alerts(draft, problems)
    problems.show_rest()


def _show_quiet(draft: DefinitionDraft, problems: Problems) -> None:
    hours = draft.edited["quiet_hours"]
    key = draft.key("quiet")
    st.session_state.setdefault(key, hours is not None)
    st.toggle(
        "Quiet hours: no e-mail and no message in the product leaves by itself",
        key=key,
        help="What falls into them waits until they end, on the supplier's own clock",
    )
    if hours is None:
        return
    begin, end = st.columns(2, gap="small")
    with begin:
        _clock_field("From", draft.key("quiet-from"))
        problems.show("quiet_hours.from")
    with end:
        _clock_field("Until", draft.key("quiet-until"))
        problems.show("quiet_hours.until", "quiet_hours")
    st.caption(
        "In the supplier's time zone. Somebody who writes to a supplier in them is told so, and may"
        " send all the same. Mail to the team is not held back."
    )


def _show_calls(draft: DefinitionDraft, problems: Problems) -> None:
    show_head("Calls", "planned for the supplier's next working day")
    key = draft.key("working_days")
    st.session_state.setdefault(key, list(draft.edited["working_days"]))
    st.pills(
        "Working days",
        list(DAYS),
        selection_mode="multi",
        format_func=lambda day: DAYS[day][:3],
        key=key,
    )
    say_wrong(problems.beneath("working_days"))
    _clock_field("Time of calls, where the supplier is", draft.key("call_time"))
    problems.show("call_time")
    key = draft.key("holidays")
    st.session_state.setdefault(key, "\n".join(map(str, draft.edited["holidays"])))
    st.text_area(
        "Days without calls, one a line",
        key=key,
        height=120,
        placeholder="2026-12-25\n2026-12-26",
        help="Year, month, day. A whole list can be pasted; commas divide as well as lines.",
    )
    say_wrong(problems.beneath("holidays")[:MOST_WRONG])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.date_input("Add a day", value=None, key=draft.key("add-day"), width=180)
        st.button("Add", key=draft.key("add"), on_click=_add_day, args=[draft])
    if not problems:
        st.caption(_days_ahead(draft.edited["holidays"]))


def _show_alerts(draft: DefinitionDraft, problems: Problems) -> None:
    show_head("Alerts and celebrations", "what the program writes by itself")
    key = draft.key("alert_to")
    st.session_state.setdefault(key, "\n".join(draft.edited["alert_to"]))
    st.text_area(
        "Who is told that suppliers became critical, one address a line",
        key=key,
        height=80,
        placeholder="care@wedsync.example",
    )
    say_wrong(problems.beneath("alert_to")[:MOST_WRONG])
    if not draft.edited["alert_to"]:
        # Not a caption: that makes a pale link of an address.
        st.html(why(f"Empty: {_fallback()}"))
    again, celebrate = st.columns(2, gap="small")
    with again:
        key = draft.key("alert_again_after_days")
        number(
            "Days before the same supplier again",
            key,
            draft.edited["alert_again_after_days"],
            help="A supplier that goes up and down is in one alert only within so many days",
        )
        problems.show("alert_again_after_days")
    with celebrate:
        key = draft.key("celebrate_within_days")
        number(
            "Celebrate up to … days late",
            key,
            draft.edited["celebrate_within_days"],
            help="One noticed later than that is recorded, and nobody is written to",
        )
        problems.show("celebrate_within_days")


def _fallback() -> str:
    try:
        found = load_mail_settings().alert_to
    except CsError:
        return "the addresses that the server is set up with (CS_ALERT_TO)."
    listed = ", ".join(one.address for one in found)
    return f"{listed}, as the server is set up (CS_ALERT_TO)."


def _read_quiet(draft: DefinitionDraft, hours: dict[str, Any] | None) -> dict[str, Any] | None:
    if not st.session_state.get(draft.key("quiet"), hours is not None):
        return None
    known = hours or USUAL_QUIET
    return {part: _clock(draft, f"quiet-{part}", known[part]) for part in ("from", "until")}


def _clock(draft: DefinitionDraft, name: str, value: Any) -> Any:
    """Give the time of day in a field as it is stored; it begins with what is."""
    key = draft.key(name)
    if key not in st.session_state and isinstance(value, str):
        try:
            st.session_state[key] = time.fromisoformat(value)
        except ValueError:
            return value
    found = st.session_state.get(key)
    return f"{found:%H:%M}" if isinstance(found, time) else None


def _clock_field(label: str, key: str) -> None:
    st.time_input(label, value=None, key=key, step=STEP)


def _lines(draft: DefinitionDraft, name: str, value: list[Any]) -> list[Any]:
    text = st.session_state.get(draft.key(name))
    if text is None:
        return list(value)
    return [line.strip() for line in BETWEEN[name].split(text) if line.strip()]


def _add_day(draft: DefinitionDraft) -> None:
    """Add the chosen day to those in the field."""
    day, key = st.session_state.get(draft.key("add-day")), draft.key("holidays")
    if not isinstance(day, date):
        return
    lines = _lines(draft, "holidays", [])
    st.session_state[key] = "\n".join(dict.fromkeys([*lines, day.isoformat()]))
    st.session_state[draft.key("add-day")] = None


def _days_ahead(days: list[str]) -> str:
    if not days:
        return "No day is left out but those of the week above."
    shown = ", ".join(map(date_in_words, days[:4]))
    more = f" and {len(days) - 4} more" if len(days) > 4 else ""
    return f"{counted(len(days), 'day')}: {shown}{more}."


def _is_date(text: Any) -> bool:
    return isinstance(text, str) and bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text))


def _clearer(problem: Problem) -> Problem:
    is_empty = problem[0] == "working_days"
    return ("working_days", "choose one day of the week at least") if is_empty else problem
