"""Whatever the suppliers and the scorecard, columns agree with the reference in fractions."""

import math
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cs_core.score.scorecard import MEASURES, Scorecard
from tests.core.score.reference import evaluate
from tests.support.scored_suppliers import score, supplier

CLOSE = [0.999, 1.0, 1.001, 2.0, 2.999, 3.0, 3.001, 6.999, 7.0, 7.001, 13.999, 14.0, 14.001]
DAYS = st.none() | st.sampled_from(CLOSE) | st.floats(-2, 400, allow_nan=False)
COUNT = st.integers(0, 3) | st.integers(0, 60)

SUPPLIERS = st.builds(
    supplier,
    days_since_login=DAYS,
    features_used=COUNT,
    features_core=st.integers(0, 7),
    clients_active=COUNT,
    clients_known=COUNT,
    forms_sent=COUNT,
    forms_completed=COUNT,
    steps_due=COUNT,
    steps_completed=COUNT,
    days_since_sign_up=st.floats(-1, 3000, allow_nan=False),
    onboarded=st.booleans(),
)
POLICIES = st.sampled_from(["zero", "exclude"])


@st.composite
def scorecards(draw) -> Scorecard:
    """Any valid scorecard: weights in hundredths of a point, up to four login steps."""
    unit = draw(st.sampled_from([1, 100]))
    cuts = sorted(draw(st.lists(st.integers(0, 100 * unit), min_size=4, max_size=4)))
    edges = [0, *cuts, 100 * unit]
    weights = [(high - low) / unit for low, high in pairwise(edges)]
    under = st.integers(1, 20) | st.floats(0.01, 60)
    days = sorted(draw(st.sets(under, min_size=1, max_size=4)))
    shares = [1, *sorted(draw(st.lists(st.integers(0, 4), min_size=3, max_size=3)), reverse=True)]
    steps = [
        {"under_days": d, "points": weights[0] if i == 0 else round(weights[0] * shares[i] / 4, 2)}
        for i, d in enumerate(days)
    ]
    assume(all(step["points"] <= weights[0] for step in steps))
    measures = {
        name: {"weight": w, "window_days": draw(st.integers(1, 365)), "no_data": draw(POLICIES)}
        for name, w in zip(MEASURES, weights, strict=True)
    }
    login = measures["login_recency"]
    del login["window_days"]
    login["steps"] = steps
    low = draw(st.integers(1, 98))
    thresholds = {"critical_below": low, "at_risk_below": draw(st.integers(low + 1, 100))}
    return Scorecard.from_dict({"measures": measures, "thresholds": thresholds}, version=9)


MANY = st.lists(SUPPLIERS, min_size=1, max_size=25)
IS_THOROUGH = settings.get_current_profile_name() == "thorough"
MANY_TIMES = settings(
    deadline=None,
    max_examples=100 if IS_THOROUGH else 25,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)
FEW_TIMES = settings(MANY_TIMES, max_examples=25 if IS_THOROUGH else 8)


@MANY_TIMES
@given(MANY, scorecards())
def test_columns_agree_with_the_reference(rows, scorecard):
    for row, result in zip(rows, score(rows, scorecard), strict=True):
        expected = evaluate(row, scorecard)
        assert {name: result[name] for name in expected} == expected


@MANY_TIMES
@given(MANY, scorecards())
def test_points_add_up_to_the_score_and_stay_in_range(rows, scorecard):
    for row in score(rows, scorecard):
        points = [row[f"{name}_points"] for name in MEASURES]
        total = sum(p for p in points if p is not None)
        assert row["health_score"] == max(0, min(100, math.floor(total + 1e-6)))
        assert all(p is None or 0 <= p <= 100 + 1e-9 for p in points)
        ratios = [row[f"{name}_ratio"] for name in MEASURES[1:]]
        assert all(ratio is None or 0 <= ratio <= 1 for ratio in ratios)


@FEW_TIMES
@given(MANY, scorecards())
def test_one_supplier_alone_scores_as_among_many(rows, scorecard):
    together = score(rows, scorecard)
    assert [score([row], scorecard)[0] for row in rows[:5]] == together[:5]


def better(row: dict) -> list[dict]:
    """The same supplier after one more good thing each."""
    steps = [
        {"features_used": row["features_used"] + 1},
        {"clients_active": row["clients_active"] + 1},
        {"clients_active": row["clients_active"] + 1, "clients_known": row["clients_known"] + 1},
        {"forms_completed": row["forms_completed"] + 1},
        {"steps_completed": row["steps_completed"] + 1},
    ]
    if row["days_since_login"] is not None:
        steps.append({"days_since_login": row["days_since_login"] / 2})
    return [row | step for step in steps]


@MANY_TIMES
@given(SUPPLIERS, scorecards())
def test_doing_more_never_lowers_the_score(row, scorecard):
    # A client active before being known is the one thing that cannot be: it comes from SQL.
    row["clients_active"] = min(row["clients_active"], row["clients_known"])
    before, *after = score([row, *better(row)], scorecard)
    assert all(result["health_score"] >= before["health_score"] for result in after)
