"""Scores as the daily run would have stored them, for screens to show."""

import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg

NO_COUNTS = dict.fromkeys(
    (
        *("features_used", "features_core", "clients_active", "clients_known"),
        *("forms_sent", "forms_completed", "steps_due", "steps_completed"),
    ),
    0,
)


def insert(sql: psycopg.Connection[Any], table: str, values: dict[str, Any]) -> None:
    names = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    sql.execute(f"insert into {table} ({names}) values ({marks})", list(values.values()))


def add_score(sql: psycopg.Connection[Any], supplier_id: str, score: int, **columns: Any) -> None:
    now = datetime.now(UTC)
    level = "critical" if score < 40 else "at_risk" if score < 70 else "healthy"
    values = {
        "supplier_id": supplier_id,
        "score_date": now.date(),
        "as_of": now,
        "health_score": score,
        "risk_level": level,
        "tier": "professional",
        "scorecard_version": 1,
        "changes_at": now,
    }
    insert(sql, "current_health", values | NO_COUNTS | columns)


def add_scored_supplier(
    sql: psycopg.Connection[Any], name: str, score: int, category: str = "venue", **columns: Any
) -> str:
    supplier_id = str(uuid.uuid4())
    values = {
        "id": supplier_id,
        "business_name": name,
        "category": category,
        "tier": "professional",
        "signed_up_at": "2026-01-01T00:00:00Z",
    }
    insert(sql, "suppliers", values)
    add_score(sql, supplier_id, score, **columns)
    return supplier_id
