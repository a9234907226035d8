"""What became of an intervention, in the words people use. Pure functions."""

from datetime import datetime, timedelta

from cs_app.contacts.wording import because
from cs_app.ui.formats import ago, ahead, in_words
from cs_core.base.vocabulary import CALL_TYPES, INTERVENTION_TYPES, OUTCOMES
from cs_core.io.outreach.intervention_lists import ListLine


def what(line: ListLine) -> str:
    """Name an intervention: "E-mail: We miss you", "Check-in call"."""
    if line.type == "call":
        return CALL_TYPES.get(line.call_type or "", "Call")
    kind = INTERVENTION_TYPES[line.type]
    about = line.subject or (in_words(line.template) if line.template else None)
    return f"{kind}: {about}" if about else kind


def state(line: ListLine, now: datetime, zone: str | None = None) -> str:
    """Say what became of an intervention, or what holds it up.

    Parameters
    ----------
    zone : str, optional
        The reader's.

    Returns
    -------
    str
        "Waits: the mail server did not take it now: 451 Busy; tried 2 times, next try in
        20 minutes".
    """
    if line.status == "planned":
        return _planned(line, now, zone)
    if line.status == "sending":
        return "Is being sent"
    if line.status == "sent":
        shown = "Shown in the product" if line.type == "in_app" else "Sent"
        return f"{shown} {ago(line.sent_at, now)}" if line.sent_at else shown
    if line.status == "done":
        return _made(line, now)
    if line.status == "failed":
        word = "May have arrived" if line.may_have_arrived else "Could not be sent"
        return f"{word}{_because(line.last_error)}{_tried(line.attempts)}"
    word = "Cancelled" if line.status == "cancelled" else _not_sent(line.type)
    return f"{word}: {because(line.reason)}"


def _planned(line: ListLine, now: datetime, zone: str | None) -> str:
    if line.last_error:
        following = line.next_attempt_at
        upcoming = f", next try {ahead(following, now, zone)}" if following else ""
        return f"Waits{_because(line.last_error)}{_tried(line.attempts)}{upcoming}"
    if line.type == "call":
        return "To be made"
    if line.scheduled_for is None or line.scheduled_for <= now + timedelta(minutes=1):
        return "Goes out with the next run"
    return f"Goes out {ahead(line.scheduled_for, now, zone)}"


def _made(line: ListLine, now: datetime) -> str:
    outcome = OUTCOMES.get(line.outcome or "", "Made")
    by = f", {line.made_by_name}" if line.made_by_name else ""
    when = f", {ago(line.made_at, now)}" if line.made_at else ""
    return f"{outcome}{by}{when}"


def _not_sent(kind: str) -> str:
    return "Not called" if kind == "call" else "Not sent"


def _because(error: str | None) -> str:
    if not error:
        return ""
    # An initial of an abbreviation stays as it is.
    small = error[:1].lower() + error[1:] if error[1:2].islower() else error
    return f": {small.rstrip('.')}"


def _tried(attempts: int) -> str:
    if not attempts:
        return ""
    return "; tried once" if attempts == 1 else f"; tried {attempts} times"
