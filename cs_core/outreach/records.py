"""A contact plan as it is stored: every contact with its cause."""

import datetime as dt
from typing import Any

import narwhals as nw
import pyarrow as pa

from cs_core.base.frames import to_frame
from cs_core.outreach.facts import ContactPlan
from cs_core.outreach.rules import OutreachRules
from cs_core.score.drivers import explain_score
from cs_core.score.scorecard import Scorecard

STORED = (
    "supplier_id",
    "type",
    "playbook",
    "playbook_version",
    "milestone_type",
    "call_type",
    "template",
    "arm",
    "status",
    "reason",
    "scheduled_us",
    "dedupe_key",
)


def pack_plan(
    plan: ContactPlan,
    scores: pa.Table,
    scorecard: Scorecard,
    rules: OutreachRules,
    score_date: dt.date,
) -> dict[str, Any]:
    """Turn a contact plan into what the database takes.

    Parameters
    ----------
    scores : pyarrow.Table, shape (n_suppliers, ...)
        The scores it was made from, with points and counts.
    scorecard : Scorecard
        Explains the scores.
    rules : OutreachRules
        The cap is checked again as it is saved: a person may have been quicker.

    Returns
    -------
    dict
        `contacts` (rows, each with its cause), `milestones` (columns), `closed_calls` (ids)
        and `cap`.
    """
    rows = plan.contacts.to_pylist()
    drivers = _explain({row["supplier_id"] for row in rows}, scores, scorecard)
    return {
        "contacts": [
            {name: row[name] for name in STORED}
            | {"cause": {"reasons": [_reason(row, drivers[row["supplier_id"]], score_date)]}}
            for row in rows
        ],
        "milestones": plan.milestones.to_pydict(),
        "closed_calls": plan.closed_calls["intervention_id"].to_pylist(),
        "cap": rules.cap,
    }


def _explain(
    supplier_ids: set[str], scores: pa.Table, scorecard: Scorecard
) -> dict[str, list[dict[str, Any]]]:
    """Explain the scores of those few suppliers that something happens to."""
    if not supplier_ids:
        return {}
    concerned = to_frame(scores).filter(nw.col("supplier_id").is_in(list(supplier_ids)))
    return {
        row["supplier_id"]: [driver.to_dict() for driver in explain_score(row, scorecard)]
        for row in concerned.iter_rows(named=True)
    }


def _reason(
    row: dict[str, Any], drivers: list[dict[str, Any]], score_date: dt.date
) -> dict[str, Any]:
    known = {
        "playbook": row["playbook"],
        "version": row["playbook_version"],
        "milestone": row["milestone_type"],
        "score": row["health_score"],
        "level": row["risk_level"],
        "previous_score": row["previous_score"],
        "drivers": drivers,
        "on": score_date.isoformat(),
    }
    return {name: value for name, value in known.items() if value is not None}
