"""Makers shared by the tests of outreach: the default playbooks, suppliers, and one plan."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from cs_core.outreach.facts import ContactPlan, OutreachFacts
from cs_core.outreach.plan import plan_contacts
from cs_core.outreach.playbooks import Playbook
from cs_core.outreach.rules import OutreachRules
from cs_core.run.page import ACTIVITY_SCHEMA
from cs_core.score.recommendations import propose_recommendations
from cs_core.score.scoring import measure_suppliers, score_suppliers
from tests.support.defaults import DEFAULT_PLAYBOOKS, DEFAULT_RULES, DEFAULT_SCORECARD

# A Sunday; calls are on Monday at 10:00.
DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOON_US = int(NOON.timestamp()) * 1_000_000
MONDAY_10 = datetime(2026, 11, 23, 10, tzinfo=UTC)
MONDAY_10_US = int(MONDAY_10.timestamp()) * 1_000_000


def definition(**changes: Any) -> dict[str, Any]:
    """A playbook that e-mails everybody with a health score, changed by what a test is about."""
    return {
        "title": "A playbook",
        "trigger": "condition",
        "conditions": [{"field": "health_score", "at_least": 0}],
        "recovery": [{"field": "risk_level", "is": "healthy"}],
        "actions": [{"type": "email", "template": "tips"}],
        "cool_down_days": 14,
        "holdout_percent": 0,
        "priority": 100,
        "enabled": True,
    } | changes


def playbook(name: str = "tips", **changes: Any) -> Playbook:
    return Playbook.from_dict(name, definition(**changes), version=1)


CALL = {"type": "call", "call_type": "check_in"}
EMAIL = {"type": "email", "template": "tips"}
IN_APP = {"type": "in_app", "template": "tips"}

SEEDED = tuple(
    Playbook.from_dict(name, data, version=1) for name, data in DEFAULT_PLAYBOOKS.items()
)


def seeded(name: str) -> Playbook:
    return next(playbook for playbook in SEEDED if playbook.name == name)


SUPPLIER: dict[str, Any] = {
    "supplier_id": "s",
    "tier": "professional",
    "last_login": None,
    "changes_at": "infinity",
    "days_since_login": 0.5,
    "days_since_sign_up": 200.0,
    "onboarded": True,
    "features_used": 6,
    "features_core": 6,
    "clients_active": 12,
    "clients_known": 12,
    "forms_sent": 9,
    "forms_completed": 9,
    "steps_due": 8,
    "steps_completed": 8,
    "previous_score": 100,
    "previous_level": "healthy",
    "status": "active",
    "category": "photographer",
    "timezone": "UTC",
    "monthly_revenue": 49.0,
    "trial_days_left": None,
    "days_since_onboarded": 190.0,
    "best_score_7_days": 100,
    "is_rescored": False,
    "opted_out": False,
    "has_address": True,
}


def supplier(**figures: Any) -> dict[str, Any]:
    """A perfect supplier, changed by what a test is about. Any column may be set outright."""
    return SUPPLIER | figures


def scored(rows: list[dict[str, Any]]) -> pa.Table:
    """Score suppliers as the daily run does; scores and levels given outright stay."""
    table = pa.Table.from_pylist(rows, schema=ACTIVITY_SCHEMA)
    scores = propose_recommendations(
        score_suppliers(measure_suppliers(table), DEFAULT_SCORECARD), DEFAULT_SCORECARD
    )
    for name in scores.column_names:
        if name not in ACTIVITY_SCHEMA.names and any(name in row for row in rows):
            kept = scores[name].to_pylist()
            given = [row.get(name, value) for row, value in zip(rows, kept, strict=True)]
            place = scores.schema.get_field_index(name)
            column = pa.array(given, scores.schema.field(name).type)
            scores = scores.set_column(place, name, column)
    return scores


def facts_of(rows: list[dict[str, Any]], **sparse: list[dict[str, Any]]) -> OutreachFacts:
    """The facts of these suppliers, with rows for the sparse tables."""
    tables = {"suppliers": rows, **sparse}
    return OutreachFacts.from_columns(
        {
            table: {name: [row.get(name) for row in some] for name in {k for r in some for k in r}}
            for table, some in tables.items()
        }
    )


def plan(
    rows: list[dict[str, Any]],
    playbooks: tuple[Playbook, ...] = SEEDED,
    rules: OutreachRules = DEFAULT_RULES,
    contact_at: datetime = NOON,
    score_date: date = DAY,
    **sparse: list[dict[str, Any]],
) -> ContactPlan:
    return plan_contacts(
        scored(rows), facts_of(rows, **sparse), playbooks, rules, contact_at, score_date
    )


def contacts(rows: list[dict[str, Any]], *args: Any, **more: Any) -> list[dict[str, Any]]:
    return plan(rows, *args, **more).contacts.to_pylist()


def rules(**changes: Any) -> OutreachRules:
    return OutreachRules.from_dict(DEFAULT_RULES.to_dict() | changes, version=2)


def fired(name, on, supplier_id="s"):
    return {"supplier_id": supplier_id, "playbook": name, "fired_on": on}


def emailed(emails, on="2026-11-20", supplier_id="s"):
    return {"supplier_id": supplier_id, "emails": emails, "last_email_on": on}


def open_call(playbooks="|all|", score=50, supplier_id="s", name="c"):
    return {
        "supplier_id": supplier_id,
        "intervention_id": name,
        "playbooks": playbooks,
        "score": score,
    }


def outcomes(found):
    """(playbook or milestone, type): reason, null for what is planned."""
    return {(c["playbook"] or c["milestone_type"], c["type"]): c["reason"] for c in found}


ALL = playbook("all", actions=[EMAIL, CALL, IN_APP])
