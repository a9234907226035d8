"""Small makers shared by the tests: suppliers, scorecards, and one scoring."""

import copy
from typing import Any

import pyarrow as pa

from cs_core.score.recommendations import propose_recommendations
from cs_core.score.scorecard import Scorecard
from cs_core.score.scoring import measure_suppliers, score_suppliers
from tests.support.defaults import DEFAULT_SCORECARD

SCHEMA = pa.schema(
    [("supplier_id", pa.string()), ("days_since_login", pa.float64())]
    + [
        (name, pa.int64())
        for name in (
            "features_used",
            "features_core",
            "clients_active",
            "clients_known",
            "forms_sent",
            "forms_completed",
            "steps_due",
            "steps_completed",
        )
    ]
    + [("days_since_sign_up", pa.float64()), ("onboarded", pa.bool_())]
)


def supplier(**figures: Any) -> dict[str, Any]:
    """A supplier with nothing to improve, changed by what a test is about."""
    return {
        "supplier_id": "s",
        "days_since_login": 0.5,
        "features_used": 6,
        "features_core": 6,
        "clients_active": 12,
        "clients_known": 12,
        "forms_sent": 9,
        "forms_completed": 9,
        "steps_due": 8,
        "steps_completed": 8,
        "days_since_sign_up": 200.0,
        "onboarded": True,
    } | figures


def card(**changes: Any) -> Scorecard:
    """The default scorecard with some measures' fields changed: card(form_completion={...})."""
    data = copy.deepcopy(DEFAULT_SCORECARD.to_dict())
    for name, fields in changes.items():
        part = data["thresholds"] if name == "thresholds" else data["measures"][name]
        part.update(fields)
    return Scorecard.from_dict(data, version=2)


def weighted(*weights: float, no_data: str = "zero") -> Scorecard:
    """A scorecard of these weights, one login step, and one policy for all measures."""
    data = copy.deepcopy(DEFAULT_SCORECARD.to_dict())
    for measure, weight in zip(data["measures"].values(), weights, strict=True):
        measure |= {"weight": weight, "no_data": no_data}
    data["measures"]["login_recency"]["steps"] = [{"under_days": 3, "points": weights[0]}]
    return Scorecard.from_dict(data, version=3)


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def score(
    rows: list[dict[str, Any]], scorecard: Scorecard = DEFAULT_SCORECARD
) -> list[dict[str, Any]]:
    """Measure, score and advise, as the daily run does."""
    scores = score_suppliers(measure_suppliers(table_of(rows)), scorecard)
    return propose_recommendations(scores, scorecard).to_pylist()


def score_one(scorecard: Scorecard = DEFAULT_SCORECARD, **figures: Any) -> dict[str, Any]:
    return score([supplier(**figures)], scorecard)[0]


def advice(scorecard: Scorecard = DEFAULT_SCORECARD, **figures: Any) -> list[str]:
    """What is recommended for a supplier perfect but for these figures."""
    return [text for _, text in keyed_advice(scorecard, **figures)]


def keyed_advice(scorecard: Scorecard = DEFAULT_SCORECARD, **figures: Any) -> list[tuple[str, str]]:
    """The same, each with the key of its rule."""
    row = score_one(scorecard, **figures)
    pairs = [(row[f"recommendation_key_{i}"], row[f"recommendation_{i}"]) for i in (1, 2, 3)]
    return [(key, text) for key, text in pairs if text]
