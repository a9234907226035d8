"""What the run makes of a page of measures."""

import json
import random
from typing import Any

from cs_core.io.run.request import PAGE_SIZE
from cs_core.run.page import (
    ACTIVITY_SCHEMA,
    count_levels,
    find_level_changes,
    pack_scores,
    plan_scores,
)
from tests.support.defaults import DEFAULT_SCORECARD


def page(**columns: list[Any]) -> dict[str, list[Any]]:
    """Two suppliers: the first does everything, the second nothing."""
    return {
        "supplier_id": ["a", "b"],
        "tier": ["starter", "starter"],
        "last_login": ["2026-11-22T05:00:00+00:00", None],
        "changes_at": ["infinity", "infinity"],
        "days_since_login": [0.1, None],
        "days_since_sign_up": [100.0, 100.0],
        "onboarded": [True, True],
        "features_used": [4, 0],
        "features_core": [4, 4],
        "clients_active": [10, 0],
        "clients_known": [10, 0],
        "forms_sent": [2, 0],
        "forms_completed": [2, 0],
        "steps_due": [2, 0],
        "steps_completed": [2, 0],
        "previous_score": [30, None],
        "previous_level": ["critical", None],
    } | columns


def test_a_page_is_scored_and_its_levels_counted() -> None:
    scores = plan_scores(page(), DEFAULT_SCORECARD)
    assert scores["health_score"].to_pylist() == [100, 0]
    assert count_levels(scores) == {"healthy": 1, "at_risk": 0, "critical": 1}


def test_a_first_score_is_no_change_of_level() -> None:
    changes = find_level_changes(plan_scores(page(), DEFAULT_SCORECARD))
    assert changes == [
        {
            "supplier_id": "a",
            "previous_score": 30,
            "previous_level": "critical",
            "health_score": 100,
            "risk_level": "healthy",
        }
    ]


def test_the_same_level_as_before_is_no_change() -> None:
    same = page(previous_score=[90, 10], previous_level=["healthy", "critical"])
    assert find_level_changes(plan_scores(same, DEFAULT_SCORECARD)) == []


def test_packing_sends_each_recommendation_once_and_loses_none() -> None:
    names = list(ACTIVITY_SCHEMA.names)
    silent = {name: page()[name][1:] * 50 for name in names}
    scores = plan_scores(silent, DEFAULT_SCORECARD)
    packed = pack_scores(scores)
    assert len(packed["texts"]) == len(set(packed["texts"])) <= 3
    for place in (1, 2, 3):
        places = packed[f"recommendation_{place}"]
        for part, name in (("texts", "recommendation"), ("keys", "recommendation_key")):
            unpacked = [None if n is None else packed[part][n] for n in places]
            assert unpacked == scores[f"{name}_{place}"].to_pylist()


def test_an_empty_page_packs_to_empty_columns() -> None:
    empty = plan_scores({name: [] for name in ACTIVITY_SCHEMA.names}, DEFAULT_SCORECARD)
    packed = pack_scores(empty)
    assert all(values == [] for values in packed.values())


def test_a_page_of_lively_suppliers_fits_into_a_request_of_one_megabyte() -> None:
    rng = random.Random(1)
    rows = []
    for number in range(PAGE_SIZE):
        clients, forms, steps = rng.randrange(40), rng.randrange(30), rng.randrange(30)
        rows.append(
            {
                "supplier_id": f"00000000-0000-4000-8000-{number:012}",
                "tier": "professional",
                "last_login": "2026-11-20T10:15:20.123456+00:00",
                "changes_at": "2026-11-23T10:15:20.123455+00:00",
                "days_since_login": rng.random() * 200,
                "days_since_sign_up": rng.random() * 900,
                "onboarded": rng.random() < 0.9,
                "features_used": rng.randrange(7),
                "features_core": 7,
                "clients_active": rng.randrange(clients + 1),
                "clients_known": clients,
                "forms_sent": forms,
                "forms_completed": rng.randrange(forms + 1),
                "steps_due": steps,
                "steps_completed": rng.randrange(steps + 1),
                "previous_score": None,
                "previous_level": None,
            }
        )
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    body = json.dumps(pack_scores(plan_scores(columns, DEFAULT_SCORECARD)))
    assert len(body) < 990_000  # what stands around it is small
