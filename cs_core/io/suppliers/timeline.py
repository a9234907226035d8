"""What happened with one supplier, the newest first."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_record

TRIES = 2
KINDS = ("login", "feature", "form", "intervention", "call", "note", "milestone")


@dataclass(frozen=True)
class Entry:
    """One thing that happened.

    `facts`, by kind:

    - login (one entry a day): `count`
    - feature (one a day): `features` (names), `count` (uses)
    - form: `form`, `event` (`sent` or `completed`)
    - intervention (messages): `type` (email, in_app), `status`, `reason`, `playbook`,
      `playbook_titles`, `template`, `subject`, `milestone_type`, `sent_at`, `scheduled_for`,
      `attempts`, `last_error`, `requested_by_name`, `cause`
    - call: `type`, `outcome` (None: open, or cancelled), `notes`, `scheduled_for`, `completed_at`,
      `cancelled_at`, `snoozed_reason`, `by_name`, `intervention_id`, `cause`
    - note: `text`, `by_name`
    - milestone: `milestone_type`, `celebrated`

    Instants in `facts` are ISO text.
    """

    kind: str
    at: dt.datetime
    id: str
    facts: dict[str, Any] = field(repr=False)


def fetch_timeline(
    client: PersonClient,
    supplier_id: str,
    before: Entry | None = None,
    limit: int = 50,
    kinds: Collection[str] = KINDS,
) -> list[Entry]:
    """Read the next entries of a supplier's timeline.

    Parameters
    ----------
    before : Entry, optional
        The last one that is on screen; None begins with the newest.
    limit : int
        At most 200. Fewer entries than this: there are no more.
    kinds : collection of str
        Some of `KINDS`.
    """
    found = call(
        client,
        "Reading the timeline",
        "supplier_timeline",
        {
            "p_supplier": supplier_id,
            "p_before": before.at.isoformat() if before else None,
            "p_before_id": before.id if before else None,
            "p_limit": limit,
            "p_kinds": list(kinds),
        },
        tries=TRIES,
    )
    return [to_record(Entry, row) for row in found]
