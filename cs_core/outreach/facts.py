"""The tables that go into and come out of a contact plan: their columns, types and units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import narwhals as nw
import pyarrow as pa

from cs_core.base.errors import FactsMismatch
from cs_core.base.frames import Frame, require_columns, to_frame
from cs_core.outreach.milestones import MILESTONE_FACTS
from cs_core.score.scoring import COUNTS, RATIO_COLUMNS

SUPPLIER_FACTS = pa.schema(
    [
        ("supplier_id", pa.string()),
        ("status", pa.string()),
        ("category", pa.string()),
        ("timezone", pa.string()),
        ("monthly_revenue", pa.float64()),
        ("trial_days_left", pa.float64()),
        ("days_since_onboarded", pa.float64()),
        ("best_score_7_days", pa.int64()),
        ("is_rescored", pa.bool_()),
        ("opted_out", pa.bool_()),
        ("has_address", pa.bool_()),
    ]
)
FIRINGS = pa.schema(
    [
        ("supplier_id", pa.string()),
        ("playbook", pa.string()),
        ("fired_on", pa.string()),
        ("owes_email", pa.bool_()),
    ]
)
EMAILS = pa.schema(
    [("supplier_id", pa.string()), ("emails", pa.int64()), ("last_email_on", pa.string())]
)
OPEN_CALLS = pa.schema(
    [
        ("supplier_id", pa.string()),
        ("intervention_id", pa.string()),
        ("playbooks", pa.string()),
        ("score", pa.int64()),
    ]
)
CONTACTS = pa.schema(
    [
        ("supplier_id", pa.string()),
        ("playbook", pa.string()),
        ("playbook_version", pa.int64()),
        ("milestone_type", pa.string()),
        ("type", pa.string()),
        ("call_type", pa.string()),
        ("template", pa.string()),
        ("arm", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("scheduled_us", pa.int64()),
        ("dedupe_key", pa.string()),
        ("health_score", pa.int64()),
        ("risk_level", pa.string()),
        ("previous_score", pa.int64()),
    ]
)
CLOSED_CALLS = pa.schema(
    [("supplier_id", pa.string()), ("intervention_id", pa.string()), ("reason", pa.string())]
)

# What playbooks may ask of a score.
SCORE_COLUMNS = (
    *("supplier_id", "health_score", "risk_level", "previous_score", "previous_level"),
    *("days_since_login", "days_since_sign_up", "onboarded", "tier"),
    *(name for pair in COUNTS.values() for name in pair),
    *RATIO_COLUMNS,
)

# What an open call's `playbooks` holds beside playbooks: somebody asked for the call by hand.
PERSON = "person"


@dataclass(frozen=True)
class OutreachFacts:
    """What is known of a page of suppliers beside their scores.

    Attributes
    ----------
    suppliers : pyarrow.Table, shape (n_suppliers, ...)
        `SUPPLIER_FACTS`, the rows of the scores in the same order. `trial_days_left` null =
        no trial running; `days_since_onboarded` null = set-up not finished; `is_rescored`:
        the score before was made with another scorecard, so that a change says nothing.
    firings : pyarrow.Table
        `FIRINGS`, one row per supplier and playbook that ever fired: the newest score date
        (YYYY-MM-DD) at which it did (null = never), and whether the cap has held its e-mail
        back since.
    emails : pyarrow.Table
        `EMAILS`, suppliers with e-mails within the cap's window, planned ones included.
    open_calls : pyarrow.Table
        `OPEN_CALLS`, one row per open call: the playbooks behind it ("|a|b|", with "|person|"
        when somebody asked for it) and the health score when it was planned.
    milestones : pyarrow.Table
        `MILESTONE_FACTS`, suppliers that reached something not recorded yet.
    """

    suppliers: pa.Table
    firings: pa.Table
    emails: pa.Table
    open_calls: pa.Table
    milestones: pa.Table

    @classmethod
    def from_columns(cls, columns: Mapping[str, Mapping[str, Sequence[Any]]]) -> "OutreachFacts":
        """Build the tables from JSON: a dict of columns, each a list, per table.

        A table or column that is missing is empty, or null; columns nobody knows are left
        out. The types are the schemas' even where nothing is in a column.
        """
        tables = {
            field.name: _table(columns.get(field.name) or {}, SCHEMAS[field.name])
            for field in fields(cls)
        }
        return cls(**tables)


@dataclass(frozen=True)
class ContactPlan:
    """What to do about a page of suppliers, to be written as it is.

    Attributes
    ----------
    contacts : pyarrow.Table
        `CONTACTS`: interventions planned, and those suppressed with their reason.
        `scheduled_us` in microseconds since 1970 UTC, null when suppressed.
    milestones : pyarrow.Table
        `PLANNED_MILESTONES`: milestones to record.
    closed_calls : pyarrow.Table
        `CLOSED_CALLS`: open calls to cancel, because the supplier recovered.
    """

    contacts: pa.Table
    milestones: pa.Table
    closed_calls: pa.Table


SCHEMAS = {
    "suppliers": SUPPLIER_FACTS,
    "firings": FIRINGS,
    "emails": EMAILS,
    "open_calls": OPEN_CALLS,
    "milestones": MILESTONE_FACTS,
}


def _table(columns: Mapping[str, Sequence[Any]], schema: pa.Schema) -> pa.Table:
    length = len(next(iter(columns.values()), ()))
    return pa.table([columns.get(name) or [None] * length for name in schema.names], schema=schema)


def join_facts(scores: pa.Table, facts: OutreachFacts) -> Frame:
    """Put what is known of each supplier beside its score.

    Adds `open_calls` (how many) and `open_call_score` (the lowest score one was planned at).

    Raises
    ------
    MissingColumns
        If one of `SCORE_COLUMNS` is not a column of the scores.
    FactsMismatch
        If the facts are not about the suppliers of the scores, row by row.
    """
    require_columns(scores, "Planning contacts", SCORE_COLUMNS)
    if not scores["supplier_id"].equals(facts.suppliers["supplier_id"]):
        raise FactsMismatch()
    known = scores.select(list(SCORE_COLUMNS))
    for name in facts.suppliers.column_names[1:]:
        known = known.append_column(name, facts.suppliers[name])
    calls = (
        to_frame(facts.open_calls)
        .group_by("supplier_id")
        .agg(open_calls=nw.col("supplier_id").len(), open_call_score=nw.col("score").min())
    )
    return to_frame(known).join(calls, on="supplier_id", how="left")
