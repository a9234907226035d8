"""Decides what a page of measures means: scores, levels, recommendations, who changed level."""

from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from cs_core.base.frames import to_frame
from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.score.recommendations import KEY_COLUMNS, TEXT_COLUMNS, propose_recommendations
from cs_core.score.scorecard import Scorecard
from cs_core.score.scoring import (
    PERCENT_COLUMNS,
    POINTS_COLUMNS,
    measure_suppliers,
    score_suppliers,
)

COUNT_COLUMNS = (
    "features_used",
    "features_core",
    "clients_active",
    "clients_known",
    "forms_sent",
    "forms_completed",
    "steps_due",
    "steps_completed",
)
ACTIVITY_SCHEMA = pa.schema(
    [
        ("supplier_id", pa.string()),
        ("tier", pa.string()),
        ("last_login", pa.string()),
        ("changes_at", pa.string()),
        ("days_since_login", pa.float64()),
        ("days_since_sign_up", pa.float64()),
        ("onboarded", pa.bool_()),
        *((name, pa.int64()) for name in COUNT_COLUMNS),
        ("previous_score", pa.int64()),
        ("previous_level", pa.string()),
    ]
)
SAVED_COLUMNS = (
    "supplier_id",
    "tier",
    "last_login",
    "changes_at",
    "health_score",
    "risk_level",
    *PERCENT_COLUMNS,
    *POINTS_COLUMNS,
    *COUNT_COLUMNS,
)


def plan_scores(columns: dict[str, Any], scorecard: Scorecard) -> pa.Table:
    """Score a page of suppliers.

    Parameters
    ----------
    columns : dict of list, n_suppliers each
        The columns of `ACTIVITY_SCHEMA`, as the database measured them; gaps in days.
    scorecard : Scorecard

    Returns
    -------
    pyarrow.Table, shape (n_suppliers, ...)
        `ACTIVITY_SCHEMA` with ratios, points, score and level, `TEXT_COLUMNS` and `KEY_COLUMNS`.
    """
    activity = pa.table([columns[name] for name in ACTIVITY_SCHEMA.names], schema=ACTIVITY_SCHEMA)
    scores = score_suppliers(measure_suppliers(activity), scorecard)
    return propose_recommendations(scores, scorecard)


def pack_scores(scores: pa.Table) -> dict[str, list[Any]]:
    """Turn a page of scores into what the database takes: one list per column.

    Recommendations repeat from supplier to supplier, and would be two thirds of what is sent:
    each is sent once, in `texts`, its rule's key in `keys`, and the columns hold places in both.

    Parameters
    ----------
    scores : pyarrow.Table, shape (n_suppliers, ...)
        As `plan_scores` gives it.

    Returns
    -------
    dict of list
        `SAVED_COLUMNS` and `TEXT_COLUMNS` of n_suppliers each, `texts` and `keys`.
    """
    packed = scores.select(list(SAVED_COLUMNS)).to_pydict()
    advice = _one_below_the_other(scores, TEXT_COLUMNS).dictionary_encode()
    places = advice.indices.to_pylist()
    for number, name in enumerate(TEXT_COLUMNS):
        packed[name] = places[number * len(scores) : (number + 1) * len(scores)]
    packed["texts"] = advice.dictionary.to_pylist()
    # One rule writes a text, so any row that has it tells which.
    first = pc.index_in(advice.dictionary, _one_below_the_other(scores, TEXT_COLUMNS))
    packed["keys"] = _one_below_the_other(scores, KEY_COLUMNS).take(first).to_pylist()
    return packed


def _one_below_the_other(scores: pa.Table, names: tuple[str, ...]) -> pa.Array:
    return pa.concat_arrays([scores[name].combine_chunks().cast(pa.string()) for name in names])


def count_levels(scores: pa.Table) -> dict[str, int]:
    """Count the suppliers per risk level: `healthy`, `at_risk`, `critical`."""
    levels = to_frame(scores)["risk_level"]
    return {level: int((levels == level).sum()) for level in RISK_LEVELS}


def find_level_changes(scores: pa.Table) -> list[dict[str, Any]]:
    """Return the suppliers whose level differs from their last scored day, lowest score first.

    Returns
    -------
    list of dict
        `supplier_id`, `previous_score`, `previous_level`, `health_score`, `risk_level`.
        A supplier's first score is no change.
    """
    names = ["supplier_id", "previous_score", "previous_level", "health_score", "risk_level"]
    changed = (
        to_frame(scores)
        .filter(
            ~nw.col("previous_level").is_null(), nw.col("previous_level") != nw.col("risk_level")
        )
        .select(*names)
        .sort("health_score", "supplier_id")
    )
    return list(changed.iter_rows(named=True))
