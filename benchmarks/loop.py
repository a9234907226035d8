"""The rival everybody writes first: one supplier at a time, over the same API."""

import datetime as dt
import math
import time
from collections.abc import Callable
from typing import Any

from supabase import Client

Row = dict[str, Any]
Event = tuple[str, str, dt.datetime]
PAGE = 1000  # PostgREST cuts longer answers off without a word
# What counts however long ago it was.
EVER = ["client_added", "client_active", "form_completed", "journey_step_completed"]
COLUMNS = "event_type, subject, occurred_at"


def run_loop(client: Client, as_of: dt.datetime, supplier_ids: list[str]) -> float:
    """Score suppliers one after the other; return the seconds it took."""
    start = time.perf_counter()
    features: dict[str, set[str]] = {}
    for row in rows_of(client.table("core_features").select("feature, tier").execute()):
        features.setdefault(row["tier"], set()).add(row["feature"])
    for supplier_id in supplier_ids:
        score_one(client, as_of, supplier_id, features)
    return time.perf_counter() - start


def score_one(
    client: Client, as_of: dt.datetime, supplier_id: str, features: dict[str, set[str]]
) -> None:
    """Read one supplier and its events, score it, write its two rows."""
    supplier = rows_of(client.table("suppliers").select("*").eq("id", supplier_id).execute())[0]
    score_date = (as_of - dt.timedelta(microseconds=1)).date()
    since = {days: _midnight(score_date - dt.timedelta(days=days - 1)) for days in (30, 90)}

    def of_theirs() -> Any:
        return client.table("activity_events").select(COLUMNS).eq("supplier_id", supplier_id)

    start = since[90].isoformat()
    events = fetch_pages(
        lambda: of_theirs().gte("occurred_at", start).lt("occurred_at", as_of.isoformat())
    )
    events += fetch_pages(lambda: of_theirs().in_("event_type", EVER).lt("occurred_at", start))
    logins = [at for kind, _, at in events if kind == "login"]
    row = score_events(events, features["*"] | features.get(supplier["tier"], set()), since)
    last_login = max(logins) if logins else fetch_older_login(client, supplier_id, since[90])
    row |= score_login(last_login, as_of)
    row |= {
        "supplier_id": supplier_id,
        "tier": supplier["tier"],
        "score_date": score_date.isoformat(),
        "as_of": as_of.isoformat(),
        "scorecard_version": 1,
    }
    row |= add_up(row)
    client.table("bench_health").upsert(row, on_conflict="supplier_id,score_date").execute()
    current = row | {"changes_at": "infinity"}
    client.table("bench_current").upsert(current, on_conflict="supplier_id").execute()


def fetch_older_login(client: Client, supplier_id: str, before: dt.datetime) -> dt.datetime | None:
    """Read when a supplier last logged in before an instant."""
    query = client.table("activity_events").select("occurred_at").eq("supplier_id", supplier_id)
    query = query.eq("event_type", "login").lt("occurred_at", before.isoformat())
    rows = rows_of(query.order("occurred_at", desc=True).limit(1).execute())
    return dt.datetime.fromisoformat(rows[0]["occurred_at"]) if rows else None


def fetch_pages(query: Callable[[], Any]) -> list[Event]:
    """Read all events of a query, a page at a time."""
    rows: list[Row] = []
    while True:
        ordered = query().order("occurred_at").order("id")
        page = rows_of(ordered.range(len(rows), len(rows) + PAGE - 1).execute())
        rows += page
        if len(page) < PAGE:
            break
    return [
        (row["event_type"], row["subject"], dt.datetime.fromisoformat(row["occurred_at"]))
        for row in rows
    ]


def score_events(events: list[Event], core: set[str], since: dict[int, dt.datetime]) -> Row:
    """Count what a supplier's events say."""
    used, active, known, sent, completed, due, done = (set[str]() for _ in range(7))
    for kind, subject, at in events:
        if kind == "feature_used" and at >= since[30] and subject in core:
            used.add(subject)
        elif kind in ("client_added", "client_active"):
            known.add(subject)
            if kind == "client_active" and at >= since[30]:
                active.add(subject)
        elif kind == "form_sent":
            sent.add(subject)
        elif kind == "form_completed":
            completed.add(subject)
        elif kind == "journey_step_due":
            due.add(subject)
        elif kind == "journey_step_completed":
            done.add(subject)
    return {
        "features_used": len(used),
        "features_core": len(core),
        "clients_active": len(active),
        "clients_known": len(known),
        "forms_sent": len(sent),
        "forms_completed": len(sent & completed),
        "steps_due": len(due),
        "steps_completed": len(due & done),
    }


def score_login(last_login: dt.datetime | None, as_of: dt.datetime) -> Row:
    """Give the last login its points."""
    if last_login is None:
        return {"last_login": None, "login_recency_points": 0.0}
    days = (as_of - last_login) / dt.timedelta(days=1)
    points = 30.0 if days < 3 else 20.0 if days < 7 else 10.0 if days < 14 else 0.0
    return {"last_login": last_login.isoformat(), "login_recency_points": points}


def add_up(row: Row) -> Row:
    """Turn counts into percents and points, and these into a score and a level."""
    measures = {
        "feature_adoption": ("features_used", "features_core", 25, "feature_adoption_score"),
        "client_activity": ("clients_active", "clients_known", 25, "client_engagement_score"),
        "form_completion": ("forms_completed", "forms_sent", 10, "form_completion_score"),
        "journey_performance": ("steps_completed", "steps_due", 10, "journey_performance_score"),
    }
    kept = 30 + sum(
        weight for _, whole, weight, _ in measures.values() if row[whole] or weight == 25
    )
    scale = 100.0 / kept
    result: Row = {"login_recency_points": row["login_recency_points"] * scale}
    for name, (part, whole, weight, percent) in measures.items():
        ratio = min(1.0, row[part] / row[whole]) if row[whole] else None
        no_points = 0.0 if weight == 25 else None
        result[percent] = None if ratio is None else math.floor(ratio * 100 + 1e-6)
        result[f"{name}_points"] = no_points if ratio is None else ratio * weight * scale
    points = [value for name, value in result.items() if name.endswith("_points") and value]
    score = math.floor(sum(points) + 1e-6)
    level = "critical" if score < 40 else "at_risk" if score < 70 else "healthy"
    return result | {"health_score": score, "risk_level": level}


def rows_of(response: Any) -> list[Row]:
    """Return an answer's rows."""
    return list(response.data)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
