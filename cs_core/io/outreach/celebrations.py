"""How milestones were celebrated: the messages that went out about them, and those that did not."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cs_core.io.base.client import PersonClient, run_request
from cs_core.io.base.rows import to_record
from cs_core.io.score.today import ReachedMilestone

TRIES = 2
AT_ONCE = 50  # suppliers asked for in one request: their ids stand in its address

Key = tuple[str, str]


@dataclass(frozen=True)
class Celebration:
    """A message about a milestone. `type` is email or in_app; `reason` says why it was not sent."""

    supplier_id: str
    milestone_type: str
    type: str
    status: str
    reason: str | None
    scheduled_for: dt.datetime | None
    sent_at: dt.datetime | None


def fetch_celebrations(
    client: PersonClient, milestones: Sequence[ReachedMilestone]
) -> dict[Key, list[Celebration]]:
    """Read the messages about milestones, by supplier and type of milestone.

    `milestones`: one page of them.
    """
    wanted = {(one.supplier_id, one.milestone_type) for one in milestones}
    suppliers = sorted({supplier_id for supplier_id, _ in wanted})
    found: dict[Key, list[Celebration]] = {key: [] for key in wanted}
    for first in range(0, len(suppliers), AT_ONCE):
        query = (
            client.table("interventions")
            .select("supplier_id,milestone_type,type,status,reason,scheduled_for,sent_at")
            .in_("supplier_id", suppliers[first : first + AT_ONCE])
            .in_("milestone_type", sorted({kind for _, kind in wanted}))
            .order("created_at")
        )
        rows: list[Any] = list(run_request("Reading celebrations", query.execute, tries=TRIES).data)
        for row in rows:
            key = (row["supplier_id"], row["milestone_type"])
            if key in found:
                found[key].append(to_record(Celebration, row))
    return found
