"""What design.md says of measures, computed from raw events one supplier at a time."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

DAY = dt.timedelta(days=1)
WINDOWS = {"feature_used": 30, "client_active": 30, "form_sent": 90, "journey_step_due": 90}


@dataclass(frozen=True)
class Event:
    """One event as the product sends it."""

    supplier_id: str
    event_type: str
    subject: str | None
    occurred_at: dt.datetime


def measure(events: Iterable[Event], core: set[str], as_of: dt.datetime) -> dict[str, object]:
    """Return the counts of one supplier from its events before an instant."""
    before = [event for event in events if event.occurred_at < as_of]
    score_date = (as_of - dt.timedelta(microseconds=1)).date()

    def subjects(*types: str) -> set[str | None]:
        return {event.subject for event in before if event.event_type in types}

    def recent(event_type: str) -> set[str | None]:
        first = score_date - (WINDOWS[event_type] - 1) * DAY
        return {
            event.subject
            for event in before
            if event.event_type == event_type and event.occurred_at.date() >= first
        }

    logins = [event.occurred_at for event in before if event.event_type == "login"]
    sent, due = recent("form_sent"), recent("journey_step_due")
    return {
        "days_since_login": (as_of - max(logins)) / DAY if logins else None,
        "features_used": len(recent("feature_used") & core),
        "features_core": len(core),
        "clients_active": len(recent("client_active")),
        "clients_known": len(subjects("client_added", "client_active")),
        "forms_sent": len(sent),
        "forms_completed": len(sent & subjects("form_completed")),
        "steps_due": len(due),
        "steps_completed": len(due & subjects("journey_step_completed")),
    }
