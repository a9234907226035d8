"""What another scorecard would make of the measures there are."""

from dataclasses import replace
from typing import Any

from cs_core.score.preview import MEASURED, STORED, ScorecardPreview, compare_page
from tests.support.defaults import DEFAULT_SCORECARD

STRICT = replace(DEFAULT_SCORECARD, critical_below=50, at_risk_below=80)
COUNTS: dict[str, Any] = dict.fromkeys(MEASURED.names, 0)


def page(*suppliers: tuple[str, int, str, float, dict[str, Any]]) -> tuple[Any, Any]:
    """Give suppliers (name, score, level, revenue, measures) as columns."""
    stored: dict[str, list[Any]] = {name: [] for name in STORED.names}
    measured: dict[str, list[Any]] = {name: [] for name in MEASURED.names}
    for name, score, level, revenue, measures in suppliers:
        row = (name, name, revenue, score, level)
        for column, value in zip(STORED.names, row, strict=True):
            stored[column].append(value)
        for column, value in (COUNTS | measures).items():
            measured[column].append(value)
    return stored, measured


# 30 + 25 x adoption + 25 x activity, of 80: forms and journeys are left out.
ASH = ("Ash", 56, "at_risk", 10.0, {"days_since_login": 1, "features_used": 3, "features_core": 5})
ELM = ("Elm", 37, "critical", 20.0, {"days_since_login": 1})
OAK = (
    *("Oak", 75, "healthy", 30.0),
    {
        "days_since_login": 1,
        **{"features_used": 3, "features_core": 5},
        **{"clients_active": 3, "clients_known": 5},
    },
)


def test_the_scorecard_in_force_moves_nobody() -> None:
    preview = ScorecardPreview()
    preview.add(compare_page(*page(ASH, ELM, OAK), DEFAULT_SCORECARD))
    assert preview.suppliers == 3
    assert (preview.worse, preview.better) == (0, 0)
    assert preview.scores_before == preview.scores_after
    assert preview.worst_first().num_rows == 0


def test_stricter_thresholds_move_suppliers_down_with_their_revenue() -> None:
    preview = ScorecardPreview()
    strict = replace(STRICT, critical_below=57)
    for one in (ASH, ELM, OAK):  # page by page
        preview.add(compare_page(*page(one), strict))
    assert preview.moves == {
        ("at_risk", "critical"): 1,
        ("critical", "critical"): 1,
        ("healthy", "at_risk"): 1,
    }
    assert (preview.worse, preview.better) == (2, 0)
    assert [preview.count("critical", after=after) for after in (False, True)] == [1, 2]
    assert [preview.revenue_of("critical", after=after) for after in (False, True)] == [20, 30]
    assert preview.worst_first()["business_name"].to_pylist() == ["Ash", "Oak"]


def test_other_weights_change_the_scores_themselves() -> None:
    heavy = replace(
        DEFAULT_SCORECARD,
        feature_adoption=replace(DEFAULT_SCORECARD.feature_adoption, weight=40),
        client_activity=replace(DEFAULT_SCORECARD.client_activity, weight=10),
    )
    preview = ScorecardPreview()
    preview.add(compare_page(*page(ASH), heavy))
    assert preview.scores_before[56] == 1
    assert preview.scores_after[67] == 1  # (30 + 40 x 0.6) x 100 / 80 = 67.5
    assert preview.moves == {("at_risk", "at_risk"): 1}


def test_an_empty_page_counts_nobody() -> None:
    stored, measured = page()
    preview = ScorecardPreview()
    # As the database gives it: an aggregate over nothing is null.
    empty = dict.fromkeys((*STORED.names, *MEASURED.names)) | {"supplier_id": []}
    preview.add(compare_page(stored, measured, STRICT))
    preview.add(compare_page(empty, empty, STRICT))
    assert preview.suppliers == 0
