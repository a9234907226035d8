"""What became of an intervention, in the words people use. Pure functions."""

from datetime import datetime, timedelta

from cs_app.formats import DAY, HOUR, MINUTE, ago, counted, due, in_words
from cs_core.io.intervention_lists import EndedCall, ListLine

OUTCOMES = {
    "reached": "Reached",
    "left_message": "Left message",
    "no_answer": "No answer",
    "not_needed": "Not needed",
}
TYPES = {"email": "E-mail", "call": "Call", "in_app": "Message in WedSync"}
CALL_TYPES = {
    "onboarding_call": "Onboarding call",
    "check_in": "Check-in call",
    "technical_support": "Technical support call",
    "upgrade_discussion": "Call about an upgrade",
}
STATUSES = {
    "planned": "Scheduled",
    "sending": "Being sent",
    "sent": "Sent",
    "done": "Call made",
    "failed": "Failed",
    "suppressed": "Not sent",
    "cancelled": "Cancelled",
}
# Why something was not sent, or was cancelled: short for choosing, and as a sentence.
REASONS = {
    "cool_down": ("Contacted lately", "the same playbook contacted them only lately"),
    "frequency_cap": ("Enough e-mails", "they got as many e-mails lately as the rules allow"),
    "opt_out": ("Opted out", "they asked for no more e-mails"),
    "no_address": ("No address", "there is no e-mail address to send it to"),
    "open_call": ("Open call", "a call to them is open already, and this reason was added to it"),
    "holdout": ("Comparison group", "left alone on purpose, to compare with those contacted"),
    "recovered": ("Recovered", "the reason is gone: they are doing better"),
    "supplier_left": ("Left or paused", "they left or paused"),
    "by_person": ("Taken back", "somebody of the team took it back"),
}


def what(line: ListLine) -> str:
    """Name an intervention: "E-mail: We miss you", "Check-in call"."""
    if line.type == "call":
        return CALL_TYPES.get(line.call_type or "", "Call")
    kind = TYPES[line.type]
    about = line.subject or (in_words(line.template) if line.template else None)
    return f"{kind}: {about}" if about else kind


def ahead(moment: datetime, now: datetime, zone: str | None = None) -> str:
    """Say when something comes: "in 20 minutes", "in 3 hours", "tomorrow 10:00"."""
    left = (moment - now).total_seconds()
    if left < MINUTE:
        return "within a minute"
    if left < HOUR:
        return f"in {counted(round(left / MINUTE), 'minute')}"
    if left < DAY / 2:
        return f"in {counted(round(left / HOUR), 'hour')}"
    words = due(moment, now, zone)
    return f"today {words}" if words[:1].isdigit() and ":" in words[:5] else words


def state(line: ListLine, now: datetime, zone: str | None = None) -> str:
    """Say what became of an intervention, or what holds it up.

    Parameters
    ----------
    line : ListLine
    now : datetime
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
        shown = "Delivered to their inbox in WedSync" if line.type == "in_app" else "Sent"
        return f"{shown} {ago(line.sent_at, now)}" if line.sent_at else shown
    if line.status == "done":
        return _made(line, now)
    if line.status == "failed":
        return f"Could not be sent{_because(line.last_error)}{_tried(line.attempts)}"
    because = REASONS.get(line.reason or "", ("", in_words(line.reason or "no reason given")))[1]
    word = "Cancelled" if line.status == "cancelled" else _not_sent(line.type)
    return f"{word}: {because}"


def ended_in_words(ended: EndedCall | None, me: str, now: datetime, zone: str | None) -> str:
    """Say what became of a call that just left the queue."""
    if ended is None or ended.is_cancelled:
        return "Not needed any more"
    if ended.is_made:
        outcome = OUTCOMES.get(ended.outcome or "", "Made")
        if ended.made_by == me:
            return outcome
        return f"{outcome}, noted by {ended.made_by_name or 'somebody else'}"
    if ended.scheduled_for and ended.scheduled_for > now:
        return f"Put off: {due(ended.scheduled_for, now, zone)}"
    return "No longer in this list"


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
