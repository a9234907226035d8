"""Interventions and calls as the daily run would have planned them, for screens to show."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.health_rows import insert

SILENT = {"reasons": [{"playbook": "silent_after_set_up", "drivers": [{"fact": "no login"}]}]}


def add_intervention(sql: Any, supplier_id: str, **columns: Any) -> str:
    """Add an intervention, by default a planned e-mail of a playbook; return its id."""
    values = {
        "id": str(uuid.uuid4()),
        "supplier_id": supplier_id,
        "type": "email",
        "playbook": None if columns.get("requested_by") else "silent_after_set_up",
        "status": "planned",
        "dedupe_key": str(uuid.uuid4()),
        "cause": json.dumps(SILENT),
    } | columns
    insert(sql, "interventions", values)
    return str(values["id"])


def add_call(sql: Any, supplier_id: str, *, due_in: timedelta, **columns: Any) -> str:
    """Add an open check-in call with its intervention; return the call's id."""
    scheduled_for = datetime.now(UTC) + due_in
    planned = add_intervention(
        sql, supplier_id, type="call", call_type="check_in", scheduled_for=scheduled_for
    )
    values = {
        "id": str(uuid.uuid4()),
        "supplier_id": supplier_id,
        "type": "check_in",
        "intervention_id": planned,
        "scheduled_for": scheduled_for,
    } | columns
    insert(sql, "support_interactions", values)
    return str(values["id"])
