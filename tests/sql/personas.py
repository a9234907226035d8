"""People of every kind, and a row in every relation for them to try."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings
from tests.sql.access_lists import STAFF


@pytest.fixture
def filled(sql: Any, add_supplier: Callable[..., str], add_events: Callable[..., None]) -> str:
    """One row in every relation, about one supplier; returns its id."""
    supplier = add_supplier(email="rowan@example.com")
    sql.execute("insert into core_features values ('calendar', '*')")
    add_events((supplier, "login", None, "2026-06-01T12:00:00Z"))
    sql.execute("select private.ensure_history_partitions('2026-06-01', '2026-06-30')")
    sql.execute(
        "insert into runs (kind, as_of, score_date, fence) values ('daily', now(), now(), 0)"
    )
    figures = (
        "insert into {} (supplier_id, score_date, as_of, health_score, risk_level, features_used,"
        " features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,"
        " steps_completed, tier, scorecard_version{}) values (%s, '2026-06-01', '2026-06-02', 55,"
        " 'at_risk', 0, 1, 0, 0, 0, 0, 0, 0, 'starter', 1{})"
    )
    sql.execute(figures.format("customer_health", "", ""), (supplier,))
    sql.execute(figures.format("current_health", ", changes_at", ", 'infinity'"), (supplier,))
    sql.execute(
        "insert into transitions values (%s, '2026-06-01', 'healthy', 'at_risk', 80, 55)",
        (supplier,),
    )
    sql.execute(
        "insert into success_milestones (supplier_id, milestone_type, achieved_at)"
        " values (%s, 'first_login', now())",
        (supplier,),
    )
    sql.execute(
        "insert into support_interactions (supplier_id, type, notes) values (%s, 'check_in', 'x')",
        (supplier,),
    )
    sql.execute(
        "insert into interventions (supplier_id, type, call_type, playbook, dedupe_key)"
        " values (%s, 'call', 'check_in', 'silent', 'k')",
        (supplier,),
    )
    sql.execute(
        "insert into team_alerts (supplier_id, score_date) values (%s, '2026-06-01')", (supplier,)
    )
    sql.execute(
        "insert into outbox (dedupe_key, to_address, subject, body_text, scheduled_for,"
        " next_attempt_at) values ('k', 'x@example.com', 's', 't', now(), now())"
    )
    sql.execute(
        "insert into in_app_messages (supplier_id, title, body) values (%s, 't', 'b')", (supplier,)
    )
    sql.execute(
        "insert into daily_figures"
        " (score_date, healthy, at_risk, critical, revenue_at_risk, scores)"
        " values ('2026-06-01', 0, 1, 0, 0, array_fill(0, array[101]))"
    )
    sql.execute(
        "insert into daily_movers values"
        " (%s, '2026-06-01', 'drop', 1, 80, 55, 'healthy', 'at_risk')",
        (supplier,),
    )
    sql.execute("insert into week_changes values (%s, -25)", (supplier,))
    sql.execute("insert into supplier_notes (supplier_id, text) values (%s, 'n')", (supplier,))
    return supplier


@pytest.fixture
def shared_view(sql: Any) -> None:
    """A view that somebody else of the team shares, that person's choice of digests, and edits."""
    owner = uuid.uuid4()
    sql.execute("insert into auth.users (id, email) values (%s, 'o@example.com')", (owner,))
    sql.execute("insert into user_profiles (id, role) values (%s, 'analyst')", (owner,))
    sql.execute(
        "insert into settings_drafts (person_id, what, based_on, base, edited)"
        " values (%s, 'scorecard', 1, '{}', '{}')",
        (owner,),
    )
    sql.execute("insert into digest_subscriptions (id, daily) values (%s, true)", (owner,))
    sql.execute(
        "insert into saved_views (owner_id, name, query, is_shared) values (%s, 'v', '', true)",
        (owner,),
    )


@pytest.fixture
def persona(
    filled: str, sql: Any, settings: Settings, add_person: Callable[..., dict[str, str]]
) -> Callable[[str], Client]:
    """A function that gives the client of one kind of person."""

    def become(name: str) -> Client:
        if name == "signed_out":
            anonymous = connect_person(settings, settings.supabase_publishable_key)
            anonymous.options.headers.pop("Authorization", None)
            return anonymous
        person = add_person(f"{name}@example.com", name if name in STAFF else None)
        if name == "supplier":
            sql.execute("update suppliers set user_id = %s", (person["id"],))
        return connect_person(settings, person["access_token"])

    return become
