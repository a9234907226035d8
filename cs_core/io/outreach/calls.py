"""The call queue: what is due, and what came of a call."""

import datetime as dt
from typing import Any

from supabase import Client

from cs_core.base.errors import UsageError
from cs_core.base.vocabulary import OUTCOMES
from cs_core.io.base.client import run_request


def fetch_due_calls(client: Client, before: dt.datetime, limit: int = 1000) -> list[dict[str, Any]]:
    """Return calls that are due before an instant and were not made, the oldest first.

    Returns
    -------
    list of dict
        `id`, `supplier_id`, `intervention_id`, `type`, `scheduled_for` (ISO text).
    """
    query = (
        client.table("support_interactions")
        .select("id, supplier_id, intervention_id, type, scheduled_for")
        .is_("completed_at", "null")
        .is_("cancelled_at", "null")
        .lt("scheduled_for", before.isoformat())
        .order("scheduled_for")
        .order("id")
        .limit(limit)
    )
    return list(run_request("Reading calls", query.execute).data)  # type: ignore[arg-type]


def log_outcome(
    client: Client,
    supplier_id: str,
    call_id: str,
    outcome: str,
    made_at: dt.datetime,
    notes: str | None = None,
) -> bool:
    """Note that a call was made, and what came of it. The intervention behind it is done then.

    Parameters
    ----------
    supplier_id, call_id : str
        Of the entry in `support_interactions`.
    outcome : {'reached', 'left_message', 'no_answer', 'not_needed'}

    Returns
    -------
    bool
        False if it was made or cancelled already; nothing is changed then.

    Raises
    ------
    UsageError
        If there is no such outcome.
    """
    if outcome not in OUTCOMES:
        raise UsageError(problem=f"There is no outcome {outcome!r}; choose {', '.join(OUTCOMES)}.")
    query = (
        client.table("support_interactions")
        .update({"outcome": outcome, "notes": notes, "completed_at": made_at.isoformat()})
        .eq("supplier_id", supplier_id)
        .eq("id", call_id)
        .is_("completed_at", "null")
        .is_("cancelled_at", "null")
    )
    return bool(run_request("Logging the call", query.execute, tries=1).data)
