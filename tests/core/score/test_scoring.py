import narwhals as nw
import pyarrow as pa
import pytest

from cs_core.base.errors import MissingColumns
from cs_core.base.frames import to_frame
from cs_core.score.scoring import classify_risk, measure_suppliers, score_suppliers
from tests.support.defaults import DEFAULT_SCORECARD
from tests.support.scored_suppliers import (
    card,
    score,
    score_one,
    supplier,
    table_of,
    weighted,
)

NOTHING = {
    "days_since_login": None,
    "features_used": 0,
    "features_core": 0,
    "clients_active": 0,
    "clients_known": 0,
    "forms_sent": 0,
    "forms_completed": 0,
    "steps_due": 0,
    "steps_completed": 0,
}


@pytest.mark.parametrize(
    ("days", "points"),
    [
        (-0.5, 30),
        (0.0, 30),
        (2.999, 30),
        (3.0, 20),
        (3.001, 20),
        (6.999, 20),
        (7.0, 10),
        (7.001, 10),
        (13.999, 10),
        (14.0, 0),
        (14.001, 0),
        (4000.0, 0),
        (None, 0),
    ],
)
def test_login_recency_earns_the_points_of_its_step(days, points):
    row = score_one(days_since_login=days)
    assert row["login_recency_points"] == points
    assert row["health_score"] == 70 + points


def test_a_gap_that_is_not_a_number_is_never_logged_in():
    row = score([supplier(days_since_login=float("nan"))])[0]
    assert row["login_recency_points"] == 0
    assert row["recommendation_1"].startswith("Never logged in")


@pytest.mark.parametrize(
    ("figures", "total", "level"),
    [
        ({}, 100, "healthy"),
        # 0 + 25 + 25 x 14/25 = 39; then 149/250, 15/25 and 151/250.
        ({"days_since_login": 20.0, "clients": (14, 25)}, 39, "critical"),
        ({"days_since_login": 20.0, "clients": (149, 250)}, 39, "critical"),
        ({"days_since_login": 20.0, "clients": (15, 25)}, 40, "at_risk"),
        ({"days_since_login": 20.0, "clients": (151, 250)}, 40, "at_risk"),
        # 20 + 25 + 25 x 24/25 = 69; then 249/250 and 25/25.
        ({"days_since_login": 3.0, "clients": (24, 25)}, 69, "at_risk"),
        ({"days_since_login": 3.0, "clients": (249, 250)}, 69, "at_risk"),
        ({"days_since_login": 3.0, "clients": (25, 25)}, 70, "healthy"),
    ],
)
def test_the_level_changes_on_the_threshold(figures, total, level):
    """Forms and journeys earn nothing here, so that login, features and clients decide."""
    figures = dict(figures)
    if "clients" in figures:
        active, known = figures.pop("clients")
        figures |= {"clients_active": active, "clients_known": known}
        figures |= {"forms_completed": 0, "steps_completed": 0}
    row = score_one(**figures)
    assert (row["health_score"], row["risk_level"]) == (total, level)


@pytest.mark.parametrize(
    ("value", "level"), [(0, "critical"), (39, "critical"), (40, "at_risk"), (69, "at_risk")]
)
def test_a_score_on_the_threshold_is_at_risk_or_healthy(value, level):
    table = to_frame(pa.table({"score": [value, 70]}))
    levels = table.select(level=classify_risk(nw.col("score"), DEFAULT_SCORECARD))["level"]
    assert levels.to_list() == [level, "healthy"]


def test_thresholds_come_from_the_scorecard():
    strict = card(thresholds={"critical_below": 99.5, "at_risk_below": 100})
    assert score_one(strict)["risk_level"] == "healthy"
    assert score_one(strict, clients_active=11)["risk_level"] == "critical"


@pytest.mark.parametrize(
    ("days", "features", "clients", "forms", "total"),
    [
        # Each is whole in fractions, and a hair below it in binary.
        (10.0, 0, (1, 5), (10, 3), 20),
        (99.0, 1, (2, 3), (6, 1), 25),
        (10.0, 4, (2, 3), (6, 1), 50),
        (3.0, 4, (1, 5), (3, 1), 50),
    ],
)
def test_float_dust_never_costs_a_point(days, features, clients, forms, total):
    row = score_one(
        days_since_login=days,
        features_used=features,
        clients_active=clients[0],
        clients_known=clients[1],
        forms_sent=forms[0],
        forms_completed=forms[1],
        steps_due=0,
        steps_completed=0,
    )
    assert row["health_score"] == total


@pytest.mark.parametrize(("active", "percent"), [(28, 28), (29, 29), (57, 57), (58, 58), (99, 99)])
def test_percent_is_rounded_down_without_dust(active, percent):
    """0.29 * 100 is 28.999999999999996 in binary."""
    assert score_one(clients_active=active, clients_known=100)["client_engagement_score"] == percent


def test_percent_of_two_thirds_is_66():
    assert score_one(features_used=2, features_core=3)["feature_adoption_score"] == 66


def test_weights_that_are_dusty_sums_reach_100():
    assert score_one(weighted(33.3, 33.3, 33.2, 0.1, 0.1))["health_score"] == 100
    assert score_one(weighted(33.333333, 33.333333, 33.333333, 5e-7, 0))["health_score"] == 100


def test_excluded_measures_scale_the_others_to_100():
    row = score_one(forms_sent=0, forms_completed=0, features_used=3)
    assert row["form_completion_points"] is None
    assert row["form_completion_score"] is None
    # (30 + 12.5 + 25 + 10) x 100 / 90 = 86.1
    assert row["login_recency_points"] == pytest.approx(30 * 100 / 90)
    assert row["feature_adoption_points"] == pytest.approx(12.5 * 100 / 90)
    assert row["health_score"] == 86


def test_no_data_under_the_policy_zero_costs_the_weight_and_shows_no_percent():
    row = score_one(clients_active=0, clients_known=0)
    assert row["client_activity_ratio"] is None
    assert row["client_engagement_score"] is None
    assert row["client_activity_points"] == 0
    assert row["health_score"] == 75


def test_never_logged_in_can_be_left_out():
    row = score_one(card(login_recency={"no_data": "exclude"}), days_since_login=None)
    assert row["login_recency_points"] is None
    assert row["health_score"] == 100


def test_a_supplier_nobody_knows_anything_about_is_critical():
    scorecard = weighted(20, 20, 20, 20, 20, no_data="exclude")
    row = score([supplier(**NOTHING)], scorecard)[0]
    assert (row["health_score"], row["risk_level"]) == (0, "critical")
    assert row["login_recency_points"] is None
    assert row["journey_performance_points"] is None
    assert row["recommendation_1"].startswith("Never logged in")


def test_data_only_for_a_measure_of_no_weight_is_critical():
    scorecard = weighted(0, 50, 50, 0, 0, no_data="exclude")
    row = score([supplier(**NOTHING | {"forms_sent": 1, "forms_completed": 1})], scorecard)
    assert (row[0]["health_score"], row[0]["risk_level"]) == (0, "critical")
    assert row[0]["form_completion_points"] == 0


def test_a_whole_of_zero_is_no_data_whatever_the_part():
    row = score([supplier(clients_active=3, clients_known=0)])[0]
    assert row["client_activity_ratio"] is None


def test_a_part_above_its_whole_counts_as_full():
    assert score_one(features_used=9)["feature_adoption_ratio"] == 1


def test_no_suppliers_make_no_rows():
    assert score([]) == []


def test_whole_numbers_come_out_as_integers_even_beside_nulls():
    row, empty = score([supplier(), supplier(**NOTHING)])
    for name in ("health_score", "client_engagement_score", "form_completion_score"):
        assert type(row[name]) is int
    assert empty["form_completion_score"] is None


def test_a_page_on_which_nobody_ever_logged_in_is_scored():
    rows = [supplier(days_since_login=None)] * 2
    scored = score_suppliers(measure_suppliers(pa.Table.from_pylist(rows)), DEFAULT_SCORECARD)
    assert scored["health_score"].to_pylist() == [70, 70]


def test_other_columns_and_the_order_of_rows_stay():
    rows = [supplier(supplier_id=str(i), features_used=i % 7) for i in (5, 3, 9, 1)]
    out = score(rows)
    assert [{k: row[k] for k in rows[0]} for row in out] == rows
    assert not [name for name in out[0] if name.startswith("_")]


def test_scoring_again_replaces_the_scores():
    once = score_suppliers(measure_suppliers(table_of([supplier()])), DEFAULT_SCORECARD)
    assert score_suppliers(once, DEFAULT_SCORECARD).equals(once)


def test_a_missing_column_is_named():
    table = table_of([supplier()])
    with pytest.raises(MissingColumns, match=r"Scoring needs .*: feature_adoption_ratio, client"):
        score_suppliers(table, DEFAULT_SCORECARD)
    bare = table.drop_columns("steps_due")
    with pytest.raises(MissingColumns, match=r"Measuring needs columns the frame lacks: steps_due"):
        measure_suppliers(bare)
