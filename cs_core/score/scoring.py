"""The health score: ratios from activity, points from ratios, a risk level from points."""

import math
from functools import lru_cache

import narwhals as nw
import pyarrow as pa

from cs_core.base.frames import require_columns, to_frame
from cs_core.score.scorecard import MEASURES, RATIO_MEASURES, Scorecard

# Sums of binary fractions land a hair beside the number they mean (0.29 * 100 < 29).
DUST = 1e-6

COUNTS = {  # ratio measure: (part, whole)
    "feature_adoption": ("features_used", "features_core"),
    "client_activity": ("clients_active", "clients_known"),
    "form_completion": ("forms_completed", "forms_sent"),
    "journey_performance": ("steps_completed", "steps_due"),
}
RATIO_COLUMNS = tuple(f"{name}_ratio" for name in RATIO_MEASURES)
POINTS_COLUMNS = tuple(f"{name}_points" for name in MEASURES)
PERCENT_COLUMNS = {
    "feature_adoption_score": "feature_adoption_ratio",
    # The specification's name for how many of the clients are active.
    "client_engagement_score": "client_activity_ratio",
    "form_completion_score": "form_completion_ratio",
    "journey_performance_score": "journey_performance_ratio",
}


def measure_suppliers(activity: pa.Table) -> pa.Table:
    """Turn each supplier's counts into ratios.

    Parameters
    ----------
    activity : pyarrow.Table, shape (n_suppliers, ...)
        One row a supplier. Whole counts within the scorecard's windows:
        `features_used`, `features_core`, `clients_active`, `clients_known`,
        `forms_completed`, `forms_sent`, `steps_completed`, `steps_due`.

    Returns
    -------
    pyarrow.Table, shape (n_suppliers, ...)
        The same rows in the same order with `feature_adoption_ratio`,
        `client_activity_ratio`, `form_completion_ratio` and `journey_performance_ratio`,
        each in [0, 1], null = no data.

    Raises
    ------
    MissingColumns
        If a count is not a column.

    Notes
    -----
    Ratio = part / whole, clipped to 0-1; a whole of 0 is no data, whatever the part.
    """
    require_columns(activity, "Measuring", [name for pair in COUNTS.values() for name in pair])
    return to_frame(activity).with_columns(**_ratios()).to_native()


def score_suppliers(measures: pa.Table, scorecard: Scorecard) -> pa.Table:
    """Score each supplier's measures on a scorecard.

    Parameters
    ----------
    measures : pyarrow.Table, shape (n_suppliers, ...)
        One row a supplier: `days_since_login` (days of 86,400 s, exact,
        null = never logged in) and the ratios of `measure_suppliers`.
    scorecard : Scorecard
        Weights in points, summing to 100.

    Returns
    -------
    pyarrow.Table, shape (n_suppliers, ...)
        The same rows in the same order with points per measure (null = left out, the others
        rescaled; they add up to the unrounded score), percent per ratio (whole, 0-100,
        rounded down, null = no data), `health_score` (whole, 0-100) and `risk_level`.

    Raises
    ------
    MissingColumns
        If a measure the scorecard names is not a column.

    Notes
    -----
    Login recency earns the points of the first step its gap is under (by default 30 under 3
    days, 20 under 7, 10 under 14, else 0); a negative gap, clocks apart, is under every step.
    The other measures earn weight x ratio. No data earns 0 (`zero`) or leaves the measure
    out and scales the others by 100 / (100 - the weights left out) (`exclude`). The score is
    the sum rounded down, after dust below 1e-6 is removed. With every measure left out
    nothing speaks for the supplier: the score is 0, critical, because a supplier nobody
    knows anything about is one to call, not one to call healthy.
    """
    require_columns(measures, "Scoring", ["days_since_login", *RATIO_COLUMNS])
    frame = to_frame(measures)
    for step in _steps(scorecard):
        frame = frame.with_columns(**step)
    return frame.drop("__gap_days", "__scale").to_native()


# Building expressions costs as much as running them on a small page, and a run has many pages.
@lru_cache(maxsize=8)
def _steps(scorecard: Scorecard) -> tuple[dict[str, nw.Expr], ...]:
    """Return the columns to add, step by step, each step reading those before it."""
    # Nulls count 0 in a horizontal sum.
    total = nw.sum_horizontal(*POINTS_COLUMNS)
    score = {"health_score": (total + DUST).floor().clip(0, 100).cast(nw.Int64)}
    percents = {
        name: (nw.col(ratio) * 100 + DUST).floor().cast(nw.Int64)
        for name, ratio in PERCENT_COLUMNS.items()
    }
    return (
        {"__gap_days": login_gap_days()},
        _unscaled_points(scorecard),
        {"__scale": _scale(scorecard)},
        {name: nw.col(name) * nw.col("__scale") for name in POINTS_COLUMNS},
        score | percents,
        {"risk_level": classify_risk(nw.col("health_score"), scorecard)},
    )


def classify_risk(health_score: nw.Expr, scorecard: Scorecard) -> nw.Expr:
    """Name the risk level of a health score.

    Parameters
    ----------
    health_score : Expr
        Whole points, 0-100, never null.
    scorecard : Scorecard
        Its thresholds, in points.

    Returns
    -------
    Expr
        `critical` below `critical_below` (40), `at_risk` below `at_risk_below` (70), else
        `healthy`.
    """
    return (
        nw.when(health_score < scorecard.critical_below)
        .then(nw.lit("critical"))
        .when(health_score < scorecard.at_risk_below)
        .then(nw.lit("at_risk"))
        .otherwise(nw.lit("healthy"))
    )


def login_gap_days() -> nw.Expr:
    """Return the days since the last login, 0 or more; null = never logged in."""
    # The cast covers a page on which nobody ever logged in: such a column has no type. The
    # comparison turns NaN into null.
    days = nw.col("days_since_login").cast(nw.Float64)
    # Clipped inside: pyarrow clips NaN to the bound.
    return nw.when(days < float("inf")).then(days.clip(lower_bound=0))


def kept_weight(scorecard: Scorecard) -> nw.Expr:
    """Return the weight, in points, of the measures a scored supplier has data for.

    Summed from what is kept, not 100 less what is left out: nothing kept is exactly 0.
    """
    measures = [(name, scorecard.measure(name)) for name in MEASURES]
    always = math.fsum(m.weight for _, m in measures if not m.excludes_no_data)
    kept: nw.Expr = nw.lit(always)
    for name, measure in measures:
        if measure.excludes_no_data:
            left_out = nw.col(f"{name}_points").is_null()
            kept = kept + nw.when(left_out).then(nw.lit(0.0)).otherwise(float(measure.weight))
    return kept


def _ratios() -> dict[str, nw.Expr]:
    ratios: dict[str, nw.Expr] = {}
    for name, (part, whole) in COUNTS.items():
        ratio = (nw.col(part) / nw.col(whole)).clip(0, 1)
        ratios[f"{name}_ratio"] = nw.when(nw.col(whole) > 0).then(ratio)
    return ratios


def _unscaled_points(scorecard: Scorecard) -> dict[str, nw.Expr]:
    """Return the points of each measure out of its own weight, null where it is left out."""
    points = {"login_recency_points": _login_points(scorecard)}
    for name in RATIO_MEASURES:
        measure = scorecard.measure(name)
        earned = nw.col(f"{name}_ratio") * float(measure.weight)
        points[f"{name}_points"] = earned if measure.excludes_no_data else earned.fill_null(0.0)
    return points


def _login_points(scorecard: Scorecard) -> nw.Expr:
    days = nw.col("__gap_days")
    points: nw.Expr = nw.lit(0.0)
    for step in reversed(scorecard.login_recency.steps):
        # A null gap is under no step, so that it ends at 0 points.
        points = nw.when(days < step.under_days).then(nw.lit(float(step.points))).otherwise(points)
    if scorecard.login_recency.excludes_no_data:
        return nw.when(~days.is_null()).then(points)
    return points


def _scale(scorecard: Scorecard) -> nw.Expr:
    """Return what brings the measures kept to 100 points; 0 where nothing is kept."""
    kept = kept_weight(scorecard)
    return nw.when(kept > 0).then(100.0 / kept).otherwise(nw.lit(0.0))
