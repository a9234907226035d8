"""Who moved on the newest scored day: turned critical, fell, or recovered."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cs_core.io.base.client import PersonClient
from cs_core.io.base.reads import Query, run_query
from cs_core.io.base.rows import to_record
from cs_core.io.score.score_rows import Scorecards, read_scorecards
from cs_core.outreach.reasons import reason_of, reason_of_drop, reason_of_recovery


@dataclass(frozen=True)
class Mover:
    """A supplier whose score moved.

    `previous_score` and `previous_level` are those of 7 days before; of one that turned
    critical, those before it did. `reason` is in words: what costs one that turned critical the
    most points, what fell most of one that dropped, what regained most of one that recovered;
    None where that is not known or nothing costs a point.
    """

    supplier_id: str
    business_name: str
    health_score: int
    previous_score: int
    risk_level: str
    previous_level: str
    monthly_revenue: float
    reason: str | None
    has_open_call: bool
    last_contacted_at: dt.datetime | None


@dataclass(frozen=True)
class Movers:
    """Who moved on the newest scored day (None: no day is scored yet).

    `turned_critical`: most revenue first. `drops`: 5 points or more below 7 days ago, the
    largest drop first, without those that turned critical. `recoveries`: on a better level
    than 7 days ago, the largest gain first.
    """

    day: dt.date | None
    turned_critical: list[Mover]
    drops: list[Mover]
    recoveries: list[Mover]


def fetch_movers(client: PersonClient, limit: int = 10) -> Movers:
    """Read who moved on the newest scored day.

    `limit`: at most so many of each kind; 50 are kept.
    """
    return run_query(client, movers_query(limit))


def movers_query(limit: int = 10) -> Query[Movers]:
    """Ask what `fetch_movers` returns."""
    return Query("Reading who moved", "movers", {"p_limit": limit}, _read_moves)


def _read_moves(found: dict[str, Any]) -> Movers:
    scorecards = read_scorecards(found["scorecards"])

    def movers(kind: str) -> list[Mover]:
        return [
            to_record(Mover, row, reason=_reason(row, scorecards))
            for row in found["movers"]
            if row["kind"] == kind
        ]

    return Movers(
        day=dt.date.fromisoformat(found["day"]) if found["day"] else None,
        turned_critical=movers("turned_critical"),
        drops=movers("drop"),
        recoveries=movers("recovery"),
    )


def _reason(row: Mapping[str, Any], scorecards: Scorecards) -> str | None:
    now, then = row["score"], row["points_then"]
    scorecard = scorecards[now["scorecard_version"]]
    if row["kind"] == "recovery":
        return None if then is None else reason_of_recovery(now, then)
    if row["kind"] == "drop" and then is not None:
        return reason_of_drop(now, then, scorecard)
    return reason_of(now, scorecard)
