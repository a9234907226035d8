"""Entries of a supplier's timeline as lines of text. Pure functions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cs_app.contacts.wording import ASK_ARRIVED, because
from cs_app.ui.formats import counted, due, in_words
from cs_core.base.vocabulary import CALL_TYPES, INTERVENTION_TYPES, OUTCOMES
from cs_core.io.suppliers.timeline import Entry
from cs_core.outreach.milestones import milestone_title
from cs_core.outreach.reasons import causes_in_words

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One line of the timeline."""

    at: datetime
    icon: str  # a Material symbol
    text: str
    more: tuple[str, ...] = ()  # what is said beneath, smaller
    can: str | None = None  # cancel or retry: what an admin can still do about it
    intervention_id: str | None = None
    question: str = ""  # what to ask before it is tried again


def lines_of_day(entries: Sequence[Entry], now: datetime, zone: str | None = None) -> list[Line]:
    """Turn the entries of one day into lines; its forms come as one line a kind.

    `entries`: the newest first. `zone`: the reader's, for times to come.
    """
    lines = []
    told: set[str] = set()
    for entry in entries:
        if entry.kind != "form":
            lines.append(_WRITERS[entry.kind](entry, now, zone))
        elif entry.facts["event"] not in told:
            told.add(entry.facts["event"])
            same = [e for e in entries if e.kind == "form" and e.facts["event"] in told]
            count = sum(e.facts["event"] == entry.facts["event"] for e in same)
            lines.append(_forms(entry, count))
    return lines


def _forms(entry: Entry, count: int) -> Line:
    done = "completed by clients" if entry.facts["event"] == "completed" else "sent to clients"
    return Line(entry.at, "description", f"{counted(count, 'form')} {done}")


def _login(entry: Entry, _now: datetime, _zone: str | None) -> Line:
    count = entry.facts["count"]
    return Line(entry.at, "login", "Logged in" if count == 1 else f"Logged in {count} times")


def _feature(entry: Entry, _now: datetime, _zone: str | None) -> Line:
    names = [in_words(name).lower() for name in entry.facts["features"] if name]
    uses = entry.facts["count"]
    often = f" ({uses} times)" if uses > len(names) else ""
    return Line(entry.at, "widgets", f"Used {', '.join(names)}{often}")


def _note(entry: Entry, _now: datetime, _zone: str | None) -> Line:
    author = entry.facts.get("by_name")
    by = f"Note by {author}" if author else "Note"
    return Line(entry.at, "edit_note", by, (entry.facts["text"],))


def _milestone(entry: Entry, _now: datetime, _zone: str | None) -> Line:
    kind = entry.facts["milestone_type"]
    end = ", celebrated" if entry.facts.get("celebrated") else ""
    return Line(entry.at, "flag", f"Milestone: {milestone_title(kind)}{end}")


def _message(entry: Entry, now: datetime, zone: str | None) -> Line:
    facts = entry.facts
    what = INTERVENTION_TYPES.get(facts["type"], in_words(facts["type"]))
    named = facts.get("subject") or (in_words(facts["template"]) if facts.get("template") else "")
    text = f"{what} “{named}”" if named else what
    more = list(_why(facts))
    can = None
    status = facts["status"]
    if status in ("planned", "sending"):
        state = _waits(facts, now, zone) if status == "planned" else "is being sent now"
        can = "cancel" if status == "planned" else None
    elif status == "failed":
        state = "may have arrived" if facts.get("may_have_arrived") else "failed"
        more.insert(0, facts.get("last_error") or "The reason is not known.")
        can = "retry"
    elif status == "sent":
        state = "shown in the product" if facts["type"] == "in_app" else "sent"
    else:
        held = "not planned" if facts["type"] == "call" else "not sent"
        words = {"suppressed": held, "cancelled": "cancelled"}.get(status, in_words(status))
        state = f"{words}: {because(facts['reason'])}" if facts.get("reason") else words
    icon = "mail" if facts["type"] == "email" else "chat"
    icon = "call" if facts["type"] == "call" else icon
    question = ASK_ARRIVED if facts.get("may_have_arrived") else ""
    return Line(entry.at, icon, f"{text}: {state}", tuple(more), can, entry.id, question)


def _waits(facts: Facts, now: datetime, zone: str | None) -> str:
    at = datetime.fromisoformat(facts["scheduled_for"]) if facts.get("scheduled_for") else None
    if facts.get("attempts"):
        return f"waits for another try, {facts['attempts']} so far"
    if at is None or at <= now:
        return "waits to be sent"
    return f"planned for {due(at, now, zone)}"


def _call(entry: Entry, now: datetime, zone: str | None) -> Line:
    facts = entry.facts
    what = CALL_TYPES.get(facts["type"], in_words(facts["type"]))
    more = list(_why(facts))
    can = None
    if facts.get("completed_at"):
        outcome = OUTCOMES.get(facts.get("outcome") or "", "Made")
        state = outcome.lower()
        if facts.get("by_name"):
            state += f", by {facts['by_name']}"
        if facts.get("notes"):
            more.insert(0, facts["notes"])
    elif facts.get("cancelled_at"):
        reason = facts.get("reason")
        state = f"cancelled: {because(reason)}" if reason else "cancelled"
    else:
        at = datetime.fromisoformat(facts["scheduled_for"]) if facts.get("scheduled_for") else None
        state = f"open, {due(at, now, zone)}"
        if facts.get("snoozed_reason"):
            more.insert(0, f"Put off: {facts['snoozed_reason']}")
        can = "cancel" if facts.get("intervention_id") else None
    return Line(
        entry.at, "call", f"{what}: {state}", tuple(more), can, facts.get("intervention_id")
    )


def _why(facts: Facts) -> tuple[str, ...]:
    """Say why something was done: the playbooks' reasons, or who asked for it."""
    reasons = (facts.get("cause") or {}).get("reasons") or []
    name = facts.get("requested_by_name") or facts.get("by_name")
    names = {str(r["requested_by"]): name for r in reasons if r.get("requested_by") and name}
    titles = facts.get("playbook_titles") or {}
    return causes_in_words(facts.get("cause"), titles, names)


_WRITERS: Mapping[str, Callable[[Entry, datetime, str | None], Line]] = {
    "login": _login,
    "feature": _feature,
    "intervention": _message,
    "call": _call,
    "note": _note,
    "milestone": _milestone,
}
