"""Interventions in lists, and what a person can still do about one."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from supabase import Client

from cs_core.io.rows import to_record
from cs_core.io.supabase import call
from cs_core.reasons import causes_in_words

TRIES = 2
PAGE_SIZE = 50
# scheduled: planned or being sent, the next due first. The others the newest first: sent (and
# calls that were made), failed, suppressed, and history, which is all of them.
TABS = ("scheduled", "sent", "failed", "suppressed", "history")


@dataclass(frozen=True)
class ListedIntervention:
    """One line of an intervention list. `causes` say why, in words."""

    id: str
    supplier_id: str
    business_name: str
    risk_level: str | None
    type: str
    call_type: str | None
    status: str
    reason: str | None
    playbook: str | None
    playbook_title: str | None
    milestone_type: str | None
    template: str | None
    subject: str | None
    arm: str
    scheduled_for: dt.datetime | None
    sent_at: dt.datetime | None
    created_at: dt.datetime
    attempts: int
    last_error: str | None
    requested_by: str | None
    requested_by_name: str | None
    bulk_id: str | None
    causes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class InterventionPage:
    """A page of interventions; `total` is at most 10,000, and not exact where more match."""

    total: int
    total_is_exact: bool
    rows: list[ListedIntervention]


def fetch_interventions(
    client: Client,
    tab: str,
    *,
    type: str | None = None,
    playbook: str | None = None,
    reason: str | None = None,
    supplier_id: str | None = None,
    requested_by: str | None = None,
    bulk_id: str | None = None,
    page: int = 1,
    page_size: int = PAGE_SIZE,
) -> InterventionPage:
    """Read one page of interventions.

    Parameters
    ----------
    client : Client
        The signed-in person's own: row level security applies.
    tab : str
        One of `TABS`.
    type : {'email', 'call', 'in_app'}, optional
    playbook, reason, supplier_id, requested_by, bulk_id : str, optional
        Only those; `reason` is why it was suppressed or cancelled.
    page, page_size : int
        From 1; at most 500 a page.

    Raises
    ------
    StoreError
        If Supabase does not answer.
    """
    wanted = {
        "type": type,
        "playbook": playbook,
        "reason": reason,
        "supplier_id": supplier_id,
        "requested_by": requested_by,
        "bulk_id": bulk_id,
    }
    found = call(
        client,
        "Reading interventions",
        "find_interventions",
        {
            "p_tab": tab,
            "p_filter": {name: value for name, value in wanted.items() if value is not None},
            "p_offset": (page - 1) * page_size,
            "p_limit": page_size,
        },
        tries=TRIES,
    )

    def to_line(row: dict[str, Any]) -> ListedIntervention:
        why = causes_in_words(row["cause"], found["titles"], found["names"])
        return to_record(ListedIntervention, row, causes=why)

    rows = [to_line(row) for row in found["rows"]]
    return InterventionPage(found["total"], found["total_is_exact"], rows)


def count_interventions(client: Client) -> dict[str, int]:
    """Count what each tab but `history` holds; at most 10,001 each, which means "more"."""
    counts: dict[str, int] = call(
        client, "Counting interventions", "count_interventions", {}, tries=TRIES
    )
    return counts


def cancel_intervention(client: Client, supplier_id: str, intervention_id: str) -> bool:
    """Take an intervention back that has not been sent or made yet. Repeating it is harmless.

    Parameters
    ----------
    client : Client
        An admin's own.
    supplier_id, intervention_id : str

    Returns
    -------
    bool
        False where it is too late; nothing is changed then.

    Raises
    ------
    StoreError
        If the caller is no admin.
    """
    arguments = {"p_supplier": supplier_id, "p_intervention": intervention_id}
    return bool(call(client, "Cancelling", "cancel_intervention", arguments))


def retry_intervention(client: Client, supplier_id: str, intervention_id: str) -> bool:
    """Plan a failed message again, due now; `dispatch` sends it.

    Returns
    -------
    bool
        False where it has not failed; nothing is changed then.

    Raises
    ------
    StoreError
        If the caller is no admin.
    """
    arguments = {"p_supplier": supplier_id, "p_intervention": intervention_id}
    return bool(call(client, "Trying again", "retry_intervention", arguments))
