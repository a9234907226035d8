"""What to do next for a supplier: a catalogue of rules, and the three that win the most points."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import narwhals as nw
import pyarrow as pa

from cs_core.base.frames import require_columns, to_frame
from cs_core.score.scorecard import MEASURES, Scorecard
from cs_core.score.scoring import (
    COUNTS,
    POINTS_COLUMNS,
    kept_weight,
    login_gap_days,
)

SHOWN = 3
# The score is whole: less than a point to win is no advice worth a person's time.
LEAST_GAIN_POINTS = 1.0
TEXT_COLUMNS = tuple(f"recommendation_{place}" for place in range(1, SHOWN + 1))
KEY_COLUMNS = tuple(f"recommendation_key_{place}" for place in range(1, SHOWN + 1))

COLUMNS = [
    "days_since_login",
    "days_since_sign_up",
    "onboarded",
    *[count for pair in COUNTS.values() for count in pair],
    *POINTS_COLUMNS,
]


@dataclass(frozen=True)
class NextStep:
    """The contact that carries out a recommendation; `label` is what its button says."""

    type: str  # email, call or in_app
    label: str
    template: str | None = None
    call_type: str | None = None


OWN_WORDS = NextStep("email", "Write an e-mail")
OWN_MESSAGE = NextStep("in_app", "Write a message in the product")
ONBOARDING_CALL = NextStep("call", "Plan an onboarding call", call_type="onboarding_call")


@dataclass(frozen=True)
class Rule:
    """One piece of advice for suppliers that could win points on one measure.

    Of the rules of one measure, the first in the catalogue whose condition holds speaks. Its
    gain is what the whole score would rise by, were the measure full (`_gain`); rules read
    `__gap_days` for the days since the last login.
    """

    key: str  # stored with the text
    measure: str
    condition: nw.Expr
    text: Callable[[Scorecard], nw.Expr]
    step: NextStep


def next_step(key: str) -> NextStep:
    """Say how a recommendation is carried out; of a rule that is gone, in one's own words."""
    return next((rule.step for rule in CATALOGUE if rule.key == key), OWN_WORDS)


def propose_recommendations(scores: pa.Table, scorecard: Scorecard) -> pa.Table:
    """Name up to three things that would raise each supplier's health score the most.

    Parameters
    ----------
    scores : pyarrow.Table, shape (n_suppliers, ...)
        One row a supplier: the output of `score_suppliers`, which keeps the
        activity's counts, `days_since_sign_up` (days) and `onboarded`.
    scorecard : Scorecard
        The one the suppliers were scored on; its windows appear in the texts.

    Returns
    -------
    pyarrow.Table, shape (n_suppliers, ...)
        The same rows in the same order with `recommendation_1`, `recommendation_2` and
        `recommendation_3`: plain text, largest gain first, ties in catalogue order, at most
        one a measure, null = nothing more worth a point; and, beside each, the key of its rule
        in `recommendation_key_1` to `_3`.

    Raises
    ------
    MissingColumns
        If a figure or the points of a measure are not a column.
    """
    require_columns(scores, "Recommending", COLUMNS)
    frame = to_frame(scores)
    for step in _steps(scorecard):
        frame = frame.with_columns(**step)
    shown = [*TEXT_COLUMNS, *KEY_COLUMNS]
    kept = [name for name in scores.column_names if name not in shown]
    return frame.select(*kept, *shown).to_native()


# Building expressions costs as much as running them on a small page, and a run has many pages.
@lru_cache(maxsize=8)
def _steps(scorecard: Scorecard) -> tuple[dict[str, nw.Expr], ...]:
    """Return the columns to add, step by step, each step reading those before it."""
    # A measure of weight 0 has nothing to win.
    measures = [name for name in MEASURES if scorecard.measure(name).weight > 0]
    shared = {
        "__gap_days": login_gap_days(),
        "__kept": kept_weight(scorecard),
        "__score": nw.sum_horizontal(*POINTS_COLUMNS),
    }
    texts = {f"__text_{name}": _first(name, lambda rule: rule.text(scorecard)) for name in measures}
    keys = {f"__key_{name}": _first(name, lambda rule: nw.lit(rule.key)) for name in measures}
    gains = {f"__gain_{name}": _gain(name, scorecard) for name in measures}
    ranks = {f"__rank_{name}": _rank(name) for name in measures}
    return (shared, texts | keys | gains, ranks, *_picks(measures))


def _first(measure: str, of: Callable[[Rule], nw.Expr]) -> nw.Expr:
    """Return what is asked of the first rule of a measure that holds, else null."""
    first, *others = [rule for rule in CATALOGUE if rule.measure == measure]
    choice = nw.when(first.condition).then(of(first))
    for rule in others:
        choice = choice.when(rule.condition).then(of(rule))
    return choice


def _gain(measure: str, scorecard: Scorecard) -> nw.Expr:
    """Return how many points the health score would rise by, were one measure full.

    With weight w, the weight kept k and the unrounded score s: w * 100 / k less the points
    earned; for a measure left out, which dilutes the others when it comes in,
    w * (100 - s) / (k + w).
    """
    weight = float(scorecard.measure(measure).weight)
    kept = nw.col("__kept")
    gain = 100.0 * weight / kept - nw.col(f"{measure}_points")
    if scorecard.measure(measure).excludes_no_data:
        brought_in = (100.0 - nw.col("__score")) * weight / (kept + weight)
        gain = nw.coalesce(gain, brought_in)
    # Float dust must break no tie and hold back no whole point.
    return gain.round(6)


def _rank(measure: str) -> nw.Expr:
    """Return a number that ranks a measure's advice: gain, then catalogue order; null = none."""
    gain = nw.col(f"__gain_{measure}")
    speaks = (gain >= LEAST_GAIN_POINTS) & ~nw.col(f"__text_{measure}").is_null()
    # Less than gains are rounded to, so that it orders only ties. No two measures share a
    # rank: "the largest below this one" is the next in rank.
    return nw.when(speaks).then(gain - MEASURES.index(measure) * 1e-7)


def _picks(measures: list[str]) -> Iterator[dict[str, nw.Expr]]:
    """Find the largest ranks one after the other, each with its text and key."""
    ranks = [nw.col(f"__rank_{name}") for name in measures]
    for place in range(1, SHOWN + 1):
        last, top = nw.col(f"__top_{place - 1}"), nw.col(f"__top_{place}")
        left = ranks if place == 1 else [nw.when(rank < last).then(rank) for rank in ranks]
        yield {f"__top_{place}": nw.max_horizontal(*left)}
        yield {
            column: nw.coalesce(
                *(
                    nw.when(rank == top).then(nw.col(f"__{part}_{name}"))
                    for rank, name in zip(ranks, measures, strict=True)
                )
            )
            for part, column in (
                ("text", TEXT_COLUMNS[place - 1]),
                ("key", KEY_COLUMNS[place - 1]),
            )
        }


def _plural(number: nw.Expr, one: str, many: str) -> nw.Expr:
    return nw.when(number == 1).then(nw.lit(one)).otherwise(nw.lit(many))


def _last(days: int) -> str:
    return "in the last day" if days == 1 else f"in the last {days} days"


def _days_text(before: str, days: nw.Expr, after: str) -> nw.Expr:
    """Write "{before}9 days{after}", the days rounded down."""
    # A gap is never null where its text is used, but a cast to whole numbers meets every row.
    whole = days.fill_null(0.0).floor().cast(nw.Int64)
    unit = _plural(whole, f" day{after}", f" days{after}")
    return nw.concat_str(nw.lit(before), whole, unit)


def _part_text(measure: str, one: str, many: str, before: str = "") -> nw.Expr:
    """Write "{before}3 of 12{many}" from the counts of a measure; `one` follows "of 1"."""
    part, whole = map(nw.col, COUNTS[measure])
    start = [nw.lit(before)] if before else []
    return nw.concat_str(*start, part, nw.lit(" of "), whole, _plural(whole, one, many))


def _never_logged_in(scorecard: Scorecard) -> nw.Expr:
    return nw.lit("Never logged in: call to help with the first login")


def _silent(scorecard: Scorecard) -> nw.Expr:
    after = ": send a re-engagement e-mail with tips"
    return _days_text("No login for ", nw.col("__gap_days"), after)


def _set_up_not_finished(scorecard: Scorecard) -> nw.Expr:
    after = " after sign-up: book an onboarding call"
    return _days_text(
        "Set-up not finished ", nw.col("days_since_sign_up").clip(lower_bound=0), after
    )


def _low_feature_adoption(scorecard: Scorecard) -> nw.Expr:
    window = _last(scorecard.feature_adoption.window_days)
    one = f" core feature {window}: show how it helps"
    many = f" core features {window}: show what the others do"
    return _part_text("feature_adoption", one, many, before="Used ")


def _no_clients(scorecard: Scorecard) -> nw.Expr:
    return nw.lit("No clients yet: help import the client list")


def _few_active_clients(scorecard: Scorecard) -> nw.Expr:
    rest = f" active {_last(scorecard.client_activity.window_days)}: send the planning checklist"
    return _part_text("client_activity", f" client{rest}", f" clients{rest}")


def _no_forms_sent(scorecard: Scorecard) -> nw.Expr:
    window = _last(scorecard.form_completion.window_days)
    return nw.lit(f"No forms sent {window}: suggest a ready-made form")


def _forms_not_completed(scorecard: Scorecard) -> nw.Expr:
    # A past tense agrees with "1 of 9 forms" and "2 of 9 forms" alike.
    window = _last(scorecard.form_completion.window_days)
    rest = f" sent {window} came back completed: remind the clients"
    return _part_text("form_completion", f" form{rest}", f" forms{rest}")


def _no_journey_steps(scorecard: Scorecard) -> nw.Expr:
    window = _last(scorecard.journey_performance.window_days)
    return nw.lit(f"No journey steps due {window}: help set up a client journey")


def _journey_behind(scorecard: Scorecard) -> nw.Expr:
    rest = f" due {_last(scorecard.journey_performance.window_days)}: go through the rest together"
    one, many = f" journey step{rest}", f" journey steps{rest}"
    return _part_text("journey_performance", one, many, before="Completed ")


_NEVER = nw.col("__gap_days").is_null()

CATALOGUE = (
    Rule(
        "never_logged_in",
        "login_recency",
        _NEVER,
        _never_logged_in,
        NextStep("call", "Plan a call", call_type="onboarding_call"),
    ),
    Rule(
        "silent",
        "login_recency",
        ~_NEVER,
        _silent,
        NextStep("email", "Send the tips by e-mail", "come_back_tips"),
    ),
    Rule(
        "set_up_not_finished",
        "feature_adoption",
        ~nw.col("onboarded"),
        _set_up_not_finished,
        ONBOARDING_CALL,
    ),
    Rule(
        "low_feature_adoption",
        "feature_adoption",
        nw.col("features_core") > 0,
        _low_feature_adoption,
        NextStep("email", "Send feature tips", "feature_tips"),
    ),
    Rule(
        "no_clients",
        "client_activity",
        nw.col("clients_known") == 0,
        _no_clients,
        NextStep("in_app", "Send help in the product", "first_client_help"),
    ),
    Rule(
        "few_active_clients",
        "client_activity",
        nw.col("clients_known") > 0,
        _few_active_clients,
        OWN_WORDS,
    ),
    Rule(
        "no_forms_sent",
        "form_completion",
        nw.col("forms_sent") == 0,
        _no_forms_sent,
        OWN_MESSAGE,
    ),
    Rule(
        "forms_not_completed",
        "form_completion",
        nw.col("forms_sent") > 0,
        _forms_not_completed,
        OWN_MESSAGE,
    ),
    Rule(
        "no_journey_steps",
        "journey_performance",
        nw.col("steps_due") == 0,
        _no_journey_steps,
        NextStep("call", "Plan a call", call_type="technical_support"),
    ),
    Rule(
        "journey_behind",
        "journey_performance",
        nw.col("steps_due") > 0,
        _journey_behind,
        NextStep("call", "Plan a call", call_type="check_in"),
    ),
)
