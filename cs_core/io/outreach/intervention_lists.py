"""Lists of interventions with every filter of the screen, and calls that left the queue."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.reads import Query
from cs_core.io.base.rows import to_filter, to_record
from cs_core.io.outreach.call_queue import QueuedCall
from cs_core.io.outreach.interventions import PAGE_SIZE, TRIES, ListedIntervention
from cs_core.outreach.reasons import causes_in_words


@dataclass(frozen=True)
class ListFilter:
    """Which interventions: all that are given must hold.

    `person` asked for it or made the call; `reason` is why it was not sent or was cancelled;
    `since` and `until` are UTC days on which it was decided, both included.
    """

    type: str | None = None
    playbook: str | None = None
    status: str | None = None
    reason: str | None = None
    person: str | None = None
    supplier_id: str | None = None
    bulk_id: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class ListLine(ListedIntervention):
    """One line of a list, with what became of its mail or its call."""

    may_have_arrived: bool = False
    next_attempt_at: dt.datetime | None = None
    outcome: str | None = None
    notes: str | None = None
    made_at: dt.datetime | None = None
    made_by_name: str | None = None


@dataclass(frozen=True)
class ListPage:
    """A page of a list; `total` is at most 10,000, and not exact where more match.

    `titles` are those of all playbooks, `names` those of the team, for choosing among them.
    """

    total: int
    total_is_exact: bool
    rows: list[ListLine]
    titles: Mapping[str, str]
    names: Mapping[str, str]


@dataclass(frozen=True)
class EndedCall:
    """What became of a call that was in the queue; one that is put off is neither made nor
    cancelled.
    """

    id: str
    outcome: str | None
    is_made: bool
    is_cancelled: bool
    made_by: str | None
    made_by_name: str | None
    scheduled_for: dt.datetime | None


def intervention_list_query(
    tab: str, chosen: ListFilter, page: int = 1, page_size: int = PAGE_SIZE
) -> Query[ListPage]:
    """Ask for one page of a list of interventions.

    `tab`: one of `cs_core.io.outreach.interventions.TABS`. `page`, `page_size`: from 1; at most
    500 a page.
    """
    arguments = {
        "p_tab": tab,
        "p_filter": to_filter(chosen),
        "p_offset": (page - 1) * page_size,
        "p_limit": page_size,
    }
    return Query("Reading interventions", "find_interventions", arguments, _read_list)


def _read_list(found: dict[str, Any]) -> ListPage:
    def to_line(row: dict[str, Any]) -> ListLine:
        why = causes_in_words(row["cause"], found["titles"], found["names"])
        return to_record(ListLine, row, causes=why)

    rows = [to_line(row) for row in found["rows"]]
    return ListPage(found["total"], found["total_is_exact"], rows, found["titles"], found["names"])


def fetch_ended(client: PersonClient, calls: Sequence[QueuedCall]) -> dict[str, EndedCall]:
    """Say what became of calls that are no longer due, by their id."""
    if not calls:
        return {}
    arguments = {
        "p_suppliers": [known.supplier_id for known in calls],
        "p_calls": [known.id for known in calls],
    }
    found = call(client, "Reading calls", "ended_calls", arguments, tries=TRIES)
    return {key: to_record(EndedCall, row) for key, row in found.items()}


def reopen_call(
    client: PersonClient, supplier_id: str, call_id: str, *, and_cancel: bool = False
) -> bool:
    """Take back the outcome that the caller noted within the last ten minutes.

    Parameters
    ----------
    and_cancel : bool
        The call was planned only to be noted: it is cancelled instead of being open again.

    Returns
    -------
    bool
        False where there is none, or another call to the supplier is open by now; nothing is
        changed then.
    """
    arguments = {"p_supplier": supplier_id, "p_call": call_id, "p_cancel": and_cancel}
    return bool(call(client, "Taking the outcome back", "reopen_call", arguments))
