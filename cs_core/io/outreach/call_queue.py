"""The call queue as people work it: what is due, claiming, snoozing; and notes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from supabase import Client

from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.reads import Query, run_query
from cs_core.io.base.rows import to_record
from cs_core.outreach.reasons import causes_in_words

TRIES = 2


@dataclass(frozen=True)
class QueuedCall:
    """An open call. `reasons` are in words, the newest first; `claimed_by` says who is at it."""

    id: str
    supplier_id: str
    business_name: str
    type: str
    scheduled_for: dt.datetime | None
    reasons: tuple[str, ...]
    claimed_by: str | None
    claimed_by_name: str | None
    claimed_at: dt.datetime | None
    snoozed_reason: str | None
    phone: str | None
    contact_name: str | None
    timezone: str
    monthly_revenue: float
    owner_id: str | None
    owner_name: str | None
    risk_level: str | None
    health_score: int | None
    intervention_id: str | None


@dataclass(frozen=True)
class Claimed:
    """Whether the caller has a call now; otherwise who has it, or that it is no longer open."""

    is_mine: bool
    is_open: bool
    claimed_by: str | None
    claimed_by_name: str | None


def fetch_calls(
    client: Client,
    until: dt.datetime,
    owner: str | None = None,
    limit: int = 200,
    today: dt.date | None = None,
) -> list[QueuedCall]:
    """Read the open calls that are due before an instant, the oldest first.

    Parameters
    ----------
    owner : str, optional
        Only calls to this person's suppliers (an id), or to those of nobody (`none`).
    limit : int
        At most 1000.
    today : date, optional
        Reasons of earlier days say which; by default the day that it is (UTC, as scores are).
    """
    return run_query(client, calls_query(until, owner, limit, today))


def calls_query(
    until: dt.datetime,
    owner: str | None = None,
    limit: int = 200,
    today: dt.date | None = None,
) -> Query[list[QueuedCall]]:
    """Ask what `fetch_calls` returns."""

    def read(found: dict[str, Any]) -> list[QueuedCall]:
        return _read_calls(found, today or dt.datetime.now(dt.UTC).date())

    arguments = {"p_until": until.isoformat(), "p_owner": owner, "p_limit": limit}
    return Query("Reading calls", "call_queue", arguments, read)


def _read_calls(found: dict[str, Any], today: dt.date) -> list[QueuedCall]:
    def to_call(row: dict[str, Any]) -> QueuedCall:
        why = causes_in_words(row["cause"], found["titles"], found["names"], today)
        return to_record(QueuedCall, row, reasons=why)

    return [to_call(row) for row in found["calls"]]


def count_calls(client: Client, until: dt.datetime, owner: str | None = None) -> int:
    """Count the open calls that are due before an instant; at most 10,000."""
    return run_query(client, call_count_query(until, owner))


def call_count_query(until: dt.datetime, owner: str | None = None) -> Query[int]:
    """Ask what `count_calls` returns."""
    arguments = {"p_until": until.isoformat(), "p_owner": owner}
    return Query("Counting calls", "count_calls", arguments, int)


@dataclass(frozen=True)
class QueueCounts:
    """How many calls are due, late ones among them, and in whose hands; each at most 10,000."""

    total: int
    late: int
    mine: int
    others: int


def queue_counts_query(
    until: dt.datetime, late_before: dt.datetime, owner: str | None = None
) -> Query[QueueCounts]:
    """Ask how the queue stands.

    Parameters
    ----------
    until : datetime
        Calls due before.
    late_before : datetime
        Of these, what was due before is late.
    owner : str, optional
        As of `fetch_calls`.
    """
    arguments = {
        "p_until": until.isoformat(),
        "p_late_before": late_before.isoformat(),
        "p_owner": owner,
    }
    return Query(
        "Counting calls", "count_queue", arguments, lambda found: to_record(QueueCounts, found)
    )


def claim_call(
    client: PersonClient, supplier_id: str, call_id: str, *, take_over: bool = False
) -> Claimed:
    """Say that the caller makes a call, so that nobody else does. Repeating it is harmless.

    `take_over`: also where somebody else has it.
    """
    arguments = {"p_supplier": supplier_id, "p_call": call_id, "p_take_over": take_over}
    return to_record(Claimed, call(client, "Claiming the call", "claim_call", arguments))


def release_call(client: PersonClient, supplier_id: str, call_id: str) -> bool:
    """Give a claimed call back; False where it was not the caller's, or is made already."""
    arguments = {"p_supplier": supplier_id, "p_call": call_id}
    return bool(call(client, "Giving the call back", "release_call", arguments))


def snooze_call(
    client: PersonClient, supplier_id: str, call_id: str, reason: str, until: dt.datetime
) -> bool:
    """Put a call off. A claim on it ends.

    Parameters
    ----------
    reason : str
        1 to 500 characters, for the team.
    until : datetime
        In the next 90 days.

    Returns
    -------
    bool
        False where it is made or cancelled already; nothing is changed then.

    Raises
    ------
    BadValue
        If reason or instant is wrong; the message says which.
    """
    arguments = {
        "p_supplier": supplier_id,
        "p_call": call_id,
        "p_reason": reason,
        "p_until": until.isoformat(),
    }
    return bool(call(client, "Putting the call off", "snooze_call", arguments))


def add_note(client: PersonClient, supplier_id: str, text: str, note_id: str | None = None) -> str:
    """Write a note about a supplier; return its id.

    `text`: 1 to 5000 characters. `note_id`: a UUID chosen by the caller: the same again writes
    nothing twice.
    """
    arguments = {"p_supplier": supplier_id, "p_text": text, "p_id": note_id}
    tries = TRIES if note_id else 1
    return str(call(client, "Saving the note", "add_note", arguments, tries=tries))
