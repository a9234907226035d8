"""A scored day as the daily run would have left it, for the first screen to show."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.support.health_rows import add_scored_supplier, insert


def utc_today() -> date:
    return datetime.now(UTC).date()


def later_today() -> datetime:
    """The last second of today, in UTC: due today, whatever the time."""
    midnight = datetime.combine(utc_today(), datetime.min.time(), UTC)
    return midnight + timedelta(days=1, seconds=-1)


def add_day(sql: Any, days_ago: int = 0, **figures: Any) -> None:
    """Add a scored day; the newest was scored two hours ago unless told otherwise."""
    values = {
        "score_date": utc_today() - timedelta(days=days_ago),
        "healthy": 0,
        "at_risk": 0,
        "critical": 0,
        "revenue_at_risk": 0,
        "scores": [0] * 101,
        "updated_at": datetime.now(UTC) - timedelta(hours=2, minutes=1, days=days_ago),
    }
    insert(sql, "daily_figures", values | figures)


def add_mover(
    sql: Any, name: str, then: int, now: int, kind: str, rank: int = 1, **columns: Any
) -> str:
    """Add a supplier whose score moved; `kind` is turned_critical, drop or recovery."""
    revenue = columns.pop("monthly_revenue", 0)
    supplier_id = add_scored_supplier(sql, name, now, **columns)
    sql.execute("update suppliers set monthly_revenue = %s where id = %s", [revenue, supplier_id])
    moved = {
        "supplier_id": supplier_id,
        "score_date": utc_today(),
        "from_score": then,
        "to_score": now,
        "from_level": level_of(then),
        "to_level": level_of(now),
    }
    insert(sql, "daily_movers", moved | {"kind": kind, "rank": rank})
    if kind == "turned_critical":
        insert(sql, "transitions", moved)
    return supplier_id


def level_of(score: int) -> str:
    return "critical" if score < 40 else "at_risk" if score < 70 else "healthy"


def add_run(sql: Any, status: str, **columns: Any) -> None:
    """Add a run that began an hour ago."""
    values = {
        "kind": "daily",
        "status": status,
        "as_of": datetime.now(UTC),
        "score_date": utc_today(),
        "fence": 1,
        "started_at": datetime.now(UTC) - timedelta(hours=1, minutes=1),
    }
    insert(sql, "runs", values | columns)


def add_milestone(
    sql: Any, supplier_id: str, kind: str, hours_ago: float = 25, **columns: Any
) -> None:
    values = {
        "id": str(uuid.uuid4()),
        "supplier_id": supplier_id,
        "milestone_type": kind,
        "achieved_at": datetime.now(UTC) - timedelta(hours=hours_ago),
    }
    insert(sql, "success_milestones", values | columns)
