"""What the supplier list reads: counts per level and pages of suppliers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from supabase import Client

from cs_core.io.supabase import call, run_request

PAGE_SIZE = 50
TRIES = 2  # a person is waiting
COLUMNS = "supplier_id,business_name,category,tier,risk_level,health_score,last_login"


@dataclass(frozen=True)
class HealthSummary:
    """How many active suppliers there are, per level, and when the newest score was made."""

    total: int
    healthy: int
    at_risk: int
    critical: int
    not_scored: int
    scored_at: datetime | None

    def of(self, risk_level: str | None) -> int:
        """How many suppliers are on a level; all without one."""
        return int(getattr(self, risk_level or "total"))


@dataclass(frozen=True)
class SupplierRow:
    """One line of the supplier list."""

    supplier_id: str
    business_name: str
    category: str
    tier: str
    risk_level: str | None
    health_score: int | None
    last_login: datetime | None


def fetch_health_summary(client: Client) -> HealthSummary:
    """Count the active suppliers per level.

    Parameters
    ----------
    client : Client
        The signed-in person's own: row level security applies.

    Raises
    ------
    StoreError
        If Supabase does not answer.
    """
    found = call(client, "Counting suppliers", "health_summary", {}, tries=TRIES)
    counts = {
        level: int(found[level])
        for level in ("total", "healthy", "at_risk", "critical", "not_scored")
    }
    return HealthSummary(**counts, scored_at=parse_instant(found["scored_at"]))


def fetch_suppliers(client: Client, risk_level: str | None, page: int) -> list[SupplierRow]:
    """Read one page of the active suppliers, worst score first, those without one last.

    Parameters
    ----------
    client : Client
        The signed-in person's own: row level security applies.
    risk_level : str, optional
        Only suppliers on this level.
    page : int
        From 1, `PAGE_SIZE` suppliers each.

    Raises
    ------
    StoreError
        If Supabase does not answer.
    """
    wanted = client.table("supplier_overview").select(COLUMNS).eq("is_active", True)
    if risk_level is not None:
        wanted = wanted.eq("risk_level", risk_level)
    # A level is a range of scores, so this order is by level too.
    wanted = (
        wanted.order("health_score", nullsfirst=False)
        .order("business_name")
        .order("supplier_id")
        .range((page - 1) * PAGE_SIZE, page * PAGE_SIZE - 1)
    )
    answer = run_request("Reading suppliers", wanted.execute, tries=TRIES)
    return [_to_row(row) for row in answer.data]


def parse_instant(text: str | None) -> datetime | None:
    """Read a timestamp, in ISO 8601 or as Postgres prints it."""
    return None if text is None else datetime.fromisoformat(text)


def _to_row(row: Any) -> SupplierRow:
    score = row["health_score"]
    return SupplierRow(
        supplier_id=row["supplier_id"],
        business_name=row["business_name"],
        category=row["category"],
        tier=row["tier"],
        risk_level=row["risk_level"],
        health_score=None if score is None else int(score),
        last_login=parse_instant(row["last_login"]),
    )
