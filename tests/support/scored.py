"""Scores put straight into the database, day by day, as a run would have left them."""

import datetime as dt
from typing import Any

DAY = dt.date(2026, 6, 30)


def level_of(score: int) -> str:
    return "critical" if score < 40 else "at_risk" if score < 70 else "healthy"


def add_score(sql: Any, supplier: str, day: dt.date, score: int, login: Any = None) -> None:
    """Store a supplier's score of a day; the newest is its current one."""
    columns = (
        "supplier_id, score_date, as_of, health_score, risk_level, last_login,"
        " login_recency_points, feature_adoption_points, client_activity_points,"
        " features_used, features_core, clients_active, clients_known, forms_sent,"
        " forms_completed, steps_due, steps_completed, tier, scorecard_version"
    )
    points = [score * share for share in (0.4, 0.3, 0.3)]
    row = [supplier, day, day, score, level_of(score), login, *points]
    marks = ", ".join(["%s"] * 9) + ", 2, 6, 3, 12, 0, 0, 0, 0, 'starter', 1"
    sql.execute(f"insert into customer_health ({columns}) values ({marks})", row)
    sql.execute("delete from current_health where supplier_id = %s and score_date < %s", row[:2])
    sql.execute(
        f"insert into current_health ({columns}, changes_at) values ({marks}, 'infinity')"
        " on conflict do nothing",
        row,
    )


def note_days(sql: Any, *days: dt.date) -> None:
    """Compute the figures of days, the oldest first, as runs do at their end."""
    for day in sorted(days):
        sql.execute("select private.note_day(%s)", (day,))


def open_history(sql: Any) -> None:
    """Make room for scores around `DAY`."""
    sql.execute("select private.ensure_history_partitions('2026-04-01', '2026-07-31')")
