"""The database allows the values that the product has words for, and no others."""

import re
from typing import Any

import pytest

from cs_app.operations.wording import KINDS
from cs_app.today.figures import KINDS as KINDS_IN_SENTENCES
from cs_core.base.vocabulary import (
    CALL_TYPES,
    CANCELLATION_REASONS,
    INTERVENTION_STATUSES,
    INTERVENTION_TYPES,
    OUTCOMES,
    RISK_LEVELS,
    ROLES,
    SUPPLIER_STATUSES,
    SUPPRESSION_REASONS,
    TRIGGERS,
)
from cs_core.mail.variables import AUDIENCES

CHECKS = [
    ("user_profiles", "role", ROLES),
    ("suppliers", "status", SUPPLIER_STATUSES),
    ("customer_health", "risk_level", RISK_LEVELS),
    ("current_health", "risk_level", RISK_LEVELS),
    ("transitions", "from_level", RISK_LEVELS),
    ("transitions", "to_level", RISK_LEVELS),
    ("interventions", "type", INTERVENTION_TYPES),
    ("interventions", "call_type", CALL_TYPES),
    ("interventions", "status", INTERVENTION_STATUSES),
    ("support_interactions", "type", CALL_TYPES),
    ("support_interactions", "outcome", OUTCOMES),
    ("message_templates", "audience", AUDIENCES),
    ("runs", "kind", KINDS),
    ("runs", "kind", KINDS_IN_SENTENCES),
]


@pytest.mark.parametrize(("table", "column", "values"), CHECKS)
def test_a_column_holds_the_values_of_the_vocabulary(
    sql: Any, table: str, column: str, values: Any
) -> None:
    (definition,) = sql.execute(
        "select pg_get_constraintdef(c.oid) from pg_constraint c"
        " join pg_attribute a on a.attrelid = c.conrelid and c.conkey = array[a.attnum]"
        " where c.conrelid = %s::regclass and c.contype = 'c' and a.attname = %s"
        " and pg_get_constraintdef(c.oid) ~ %s",
        [f"public.{table}", column, rf"\({column} = ANY"],
    ).fetchone()
    assert quoted(definition) == set(values)


@pytest.mark.parametrize(
    ("constraint", "values", "besides"),
    [
        (
            "a_reason_is_known",
            {*SUPPRESSION_REASONS, *CANCELLATION_REASONS},
            {"suppressed", "cancelled"},
        ),
        ("trigger_is_known", TRIGGERS, {"trigger"}),
        (
            "actions_are_known",
            {*INTERVENTION_TYPES, *CALL_TYPES},
            {"actions", "type", "call_type", "template"},
        ),
    ],
)
def test_a_rule_of_a_table_names_the_values_of_the_vocabulary(
    sql: Any, constraint: str, values: Any, besides: set[str]
) -> None:
    query = "select pg_get_constraintdef(oid) from pg_constraint where conname = %s"
    (definition,) = sql.execute(query, [constraint]).fetchone()
    assert quoted(definition) - besides == set(values)


def quoted(definition: str) -> set[str]:
    return set(re.findall(r"['\"]([a-z_]+)['\"]", definition))
