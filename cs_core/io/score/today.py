"""What the first screen reads: figures, levels by day, what was reached; see also `movers`."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from supabase import Client

from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.io.base.client import PersonClient
from cs_core.io.base.reads import Query, run_query
from cs_core.io.base.rows import to_record


@dataclass(frozen=True)
class Figure:
    """A figure now, 7 days ago (None: not known) and on up to 30 days, the oldest first."""

    now: float
    week_ago: float | None
    days: tuple[float, ...]

    @property
    def change(self) -> float | None:
        """How much more it is than 7 days ago."""
        return None if self.week_ago is None else self.now - self.week_ago


@dataclass(frozen=True)
class LastRun:
    """The newest run of the daily job, of whatever kind (see `RunRequest`).

    `status` is running, done or failed; one that is running and not `is_alive` was stopped.
    """

    kind: str
    status: str
    started_at: dt.datetime
    finished_at: dt.datetime | None
    error: str | None
    is_alive: bool
    suppliers_scored: int


@dataclass(frozen=True)
class Today:
    """The figures of the newest scored day.

    `score_date` and `scored_at` are None before the first run; the figures are then 0.
    `turned_critical` counts since the day before; `turned_critical_unplanned` those of them
    without an open call or a planned message. Revenue is a month's, of critical and at-risk
    suppliers. `scorecard_changed_on`: since the day of `week_ago_on`, the newest that was scored
    by other rules than the day before it.
    """

    score_date: dt.date | None
    week_ago_on: dt.date | None
    scored_at: dt.datetime | None
    healthy: Figure
    at_risk: Figure
    critical: Figure
    total: Figure
    revenue_at_risk: Figure
    turned_critical: int
    turned_critical_unplanned: int
    has_suppliers: bool
    scorecard_changed_on: dt.date | None
    last_run: LastRun | None


@dataclass(frozen=True)
class DayLevels:
    """How many suppliers were on each level on a day."""

    score_date: dt.date
    healthy: int
    at_risk: int
    critical: int


@dataclass(frozen=True)
class ReachedMilestone:
    """Something a supplier reached. `uncelebrated_reason` says why nobody celebrated it."""

    supplier_id: str
    id: str
    business_name: str
    milestone_type: str
    achieved_at: dt.datetime
    celebrated: bool
    uncelebrated_reason: str | None
    current_risk_level: str | None


def fetch_today(client: Client) -> Today:
    """Read the figures of the newest scored day, and how fresh they are."""
    return run_query(client, today_query())


def today_query() -> Query[Today]:
    """Ask what `fetch_today` returns."""
    return Query("Reading today's figures", "today", {}, _read_today)


def _read_today(found: dict[str, Any]) -> Today:
    days: list[dict[str, Any]] = found["days"]
    week_ago = found["week_ago"]

    def figure(name: str) -> Figure:
        values = tuple(float(day[name]) for day in days)
        before = float(week_ago[name]) if week_ago else None
        return Figure(values[-1] if values else 0.0, before, values)

    names = (*RISK_LEVELS, "total", "revenue_at_risk")
    run = found["last_run"]
    return to_record(
        Today,
        found,
        week_ago_on=dt.date.fromisoformat(week_ago["score_date"]) if week_ago else None,
        last_run=to_record(LastRun, run) if run else None,
        **{name: figure(name) for name in names},
    )


def fetch_levels(client: Client, days: int = 90) -> list[DayLevels]:
    """Read how many suppliers were on each level, for the last days that were scored.

    Returns
    -------
    list of DayLevels
        The oldest first; days without a score are missing.
    """
    return run_query(client, levels_query(days))


def levels_query(days: int = 90) -> Query[list[DayLevels]]:
    """Ask what `fetch_levels` returns."""

    def read(found: list[Any]) -> list[DayLevels]:
        return [to_record(DayLevels, row) for row in found]

    return Query("Reading levels", "daily_levels", {"p_days": days}, read)


def fetch_recent_milestones(
    client: PersonClient,
    since: dt.datetime,
    limit: int = 20,
    *,
    milestone_type: str | None = None,
    celebrated: bool | None = None,
    offset: int = 0,
) -> list[ReachedMilestone]:
    """Read what suppliers reached, the newest first."""
    query = milestones_query(
        since, limit, milestone_type=milestone_type, celebrated=celebrated, offset=offset
    )
    return run_query(client, query)


def milestones_query(
    since: dt.datetime,
    limit: int = 20,
    *,
    milestone_type: str | None = None,
    celebrated: bool | None = None,
    offset: int = 0,
) -> Query[list[ReachedMilestone]]:
    """Ask what `fetch_recent_milestones` returns."""
    arguments = {
        "p_since": since.isoformat(),
        "p_limit": limit,
        "p_offset": offset,
        "p_type": milestone_type,
        "p_celebrated": celebrated,
    }

    def read(found: list[Any]) -> list[ReachedMilestone]:
        return [to_record(ReachedMilestone, row) for row in found]

    return Query("Reading milestones", "recent_milestones", arguments, read)


def count_milestones(client: PersonClient, since: dt.datetime) -> dict[str, int]:
    """Count what suppliers reached since an instant, by type of milestone."""
    return run_query(client, milestone_counts_query(since))


def milestone_counts_query(since: dt.datetime) -> Query[dict[str, int]]:
    """Ask what `count_milestones` returns."""
    arguments = {"p_since": since.isoformat()}
    return Query("Counting milestones", "count_milestones", arguments, dict)


def calls_made_query(since: dt.datetime) -> Query[int]:
    """Ask how many calls were made since an instant; those nobody needed were not."""
    return Query("Counting calls", "count_calls_made", {"p_since": since.isoformat()}, int)
