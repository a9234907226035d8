"""Interventions in lists, and what a person can still do about one."""

import datetime as dt
from dataclasses import dataclass, field

from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.reads import Query

TRIES = 2
PAGE_SIZE = 25  # a line has buttons, and they take the browser their time
# Each list with the statuses in it; history holds all. The next due comes first in scheduled, in
# the others the newest.
TABS: dict[str, tuple[str, ...]] = {
    "scheduled": ("planned", "sending"),
    "sent": ("sent", "done"),
    "failed": ("failed",),
    "suppressed": ("suppressed",),
    "history": (),
}


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
    bulk_id: str | None
    causes: tuple[str, ...] = field(default=())


def intervention_counts_query() -> Query[dict[str, int]]:
    """Ask how many each tab but `history` holds; at most 10,001 each, which means "more"."""
    return Query("Counting interventions", "count_interventions", {}, dict)


def cancel_intervention(client: PersonClient, supplier_id: str, intervention_id: str) -> bool:
    """Take an intervention back that has not been sent or made yet. Repeating it is harmless.

    False where it is too late; nothing is changed then.
    """
    arguments = {"p_supplier": supplier_id, "p_intervention": intervention_id}
    return bool(call(client, "Cancelling", "cancel_intervention", arguments))


def retry_intervention(client: PersonClient, supplier_id: str, intervention_id: str) -> bool:
    """Plan a failed message again, due now; `dispatch` sends it.

    False where it has not failed; nothing is changed then.
    """
    arguments = {"p_supplier": supplier_id, "p_intervention": intervention_id}
    return bool(call(client, "Trying again", "retry_intervention", arguments))
