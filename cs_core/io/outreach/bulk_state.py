"""What became of what was asked for many suppliers at once, and taking it back."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.reads import Query, run_query
from cs_core.io.base.rows import to_record

TRIES = 2  # a person is waiting


@dataclass(frozen=True)
class BulkUndone:
    """How many contacts of a bulk were taken back, and for how many it was too late."""

    undone: int
    too_late: int


@dataclass(frozen=True)
class BulkState:
    """What became of a bulk so far.

    `planned` were neither held back nor taken back; of those `waiting` are not sent or made
    yet, `sending` leave at this moment, and `failed` were not sent for good. `due_at`: when the
    last message that waits leaves. Of the type `owner`, `planned` changed hands, and
    `owner_name` has them now (None: nobody).
    """

    bulk_id: str
    type: str
    begun_at: dt.datetime
    due_at: dt.datetime | None
    planned: int
    waiting: int
    sending: int
    failed: int
    suppressed: dict[str, int]
    owner_name: str | None = None


def undo_bulk(client: PersonClient, bulk_id: str) -> BulkUndone:
    """Take back what a bulk planned and nobody has received yet. Repeating it is harmless."""
    return to_record(BulkUndone, call(client, "Undoing", "undo_bulk", {"p_bulk": bulk_id}))


def newest_bulk_query(person_id: str) -> Query[BulkState | None]:
    """Ask for a person's newest bulk, or change of owners, of the last hour that can be undone.

    Those that the person has closed are not among them; see `close_bulks`.
    """
    return Query("Looking for what waits", "newest_bulk", {"p_by": person_id}, _read_state)


def close_bulks(client: PersonClient, until: dt.datetime) -> None:
    """Note that a person has read what became of the bulks begun until then."""
    call(client, "Closing the result", "close_bulks", {"p_until": until.isoformat()}, tries=TRIES)


def fetch_bulk(client: PersonClient, bulk_id: str) -> BulkState | None:
    """Say what became of a bulk so far; None where nothing was asked for."""
    query = Query("Asking what is planned", "bulk_state", {"p_bulk": bulk_id}, _read_state)
    return run_query(client, query)


def _read_state(found: Any) -> BulkState | None:
    return None if found is None else to_record(BulkState, found)
