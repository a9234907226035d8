"""A supplier with a score, a history and what its page needs besides."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.health_rows import NO_COUNTS, add_score, insert

SUPPLIER = "pages/supplier.py"
POINTS = {
    "login_recency_points": 12.5,
    "feature_adoption_points": 10.41667,
    "client_activity_points": 15.625,
}
COUNTS = NO_COUNTS | {
    "features_used": 2,
    "features_core": 6,
    "clients_active": 1,
    "clients_known": 2,
}
# The key of the rule that gives it, and its words.
ADVICE = {
    "silent": "No login for 9 days: send a re-engagement e-mail with tips",
    "low_feature_adoption": "Used 2 of 6 core features in the last 30 days: show what the others"
    " do",
}


def add_known_supplier(sql: Any, **columns: Any) -> str:
    """A supplier that can be reached in every way."""
    values = {
        "id": str(uuid.uuid4()),
        "business_name": "Rowan & Fox",
        "contact_name": "Maya Rowan",
        "email": "maya@rowan.example",
        "phone": "+44 7700 900107",
        "category": "venue",
        "tier": "professional",
        "timezone": "Europe/London",
        "monthly_revenue": 59,
        "signed_up_at": "2026-01-01T00:00:00Z",
        "onboarded_at": "2026-01-05T00:00:00Z",
    } | columns
    insert(sql, "suppliers", values)
    return str(values["id"])


def add_38(sql: Any, supplier_id: str, advice: Mapping[str, str] = ADVICE, **columns: Any) -> None:
    """Its current score, 38, with two measures left out for lack of data."""
    nine_days_ago = datetime.now(UTC) - timedelta(days=9, minutes=1)
    values = {
        "last_login": nine_days_ago,
        "recommendations": list(advice.values()),
        "recommendation_keys": list(advice),
    }
    add_score(sql, supplier_id, 38, **POINTS, **COUNTS, **values | columns)


def add_day(sql: Any, supplier_id: str, days_ago: int, score: int, **points: float | None) -> None:
    """A score of the history."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    sql.execute("select private.ensure_history_partitions(%s, %s)", [at.date(), at.date()])
    level = "critical" if score < 40 else "at_risk" if score < 70 else "healthy"
    values = {
        "supplier_id": supplier_id,
        "score_date": at.date(),
        "as_of": at,
        "health_score": score,
        "risk_level": level,
        "tier": "professional",
        "scorecard_version": 1,
        "last_login": at - timedelta(hours=5),
    }
    insert(sql, "customer_health", values | COUNTS | POINTS | points)
