"""What conditions may be about: each field with its words and its value per supplier."""

from dataclasses import dataclass

import narwhals as nw

from cs_core.base.vocabulary import RISK_LEVELS, SUPPLIER_STATUSES
from cs_core.score.scorecard import RATIO_MEASURES
from cs_core.score.scoring import COUNTS, login_gap_days


@dataclass(frozen=True)
class Field:
    """Something a condition may be about."""

    kind: str  # `number`, `text` or `truth`: which operators it takes
    subject: str  # what a sentence calls it
    words: str  # what it is, for a settings screen
    expression: nw.Expr  # its value per supplier, null = missing
    choices: tuple[str, ...] = ()  # all values a text can have; empty = any
    denied: str = ""  # of a truth: what a sentence says where it does not hold


def _number(subject: str, words: str, expression: nw.Expr) -> Field:
    # Whole numbers are compared with fractions.
    return Field("number", subject, words, expression.cast(nw.Float64))


def _text(subject: str, words: str, name: str, choices: tuple[str, ...] = ()) -> Field:
    return Field("text", subject, words, nw.col(name), choices)


def _column(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.Float64)


_RATIO_WORDS = {
    "feature_adoption": (
        "share of core features used",
        "Core features used, of the core features of the tier (0 to 1)",
    ),
    "client_activity": ("share of clients active", "Clients active, of all clients (0 to 1)"),
    "form_completion": ("share of forms completed", "Forms completed, of the forms sent (0 to 1)"),
    "journey_performance": (
        "share of journey steps completed",
        "Journey steps completed, of the steps due (0 to 1)",
    ),
}
_COUNT_WORDS = {
    "features_used": ("core features used", "Core features used within the scorecard's window"),
    "features_core": ("core features of the tier", "Core features of the supplier's tier"),
    "clients_active": ("active clients", "Clients active within the scorecard's window"),
    "clients_known": ("clients", "Clients ever added or seen active"),
    "forms_completed": (
        "forms completed",
        "Forms completed, of those sent within the scorecard's window",
    ),
    "forms_sent": ("forms sent", "Forms sent within the scorecard's window"),
    "steps_completed": (
        "journey steps completed",
        "Journey steps completed, of those due within the scorecard's window",
    ),
    "steps_due": ("journey steps due", "Journey steps due within the scorecard's window"),
}

FIELDS: dict[str, Field] = {
    "health_score": _number("health score", "Health score (0 to 100)", nw.col("health_score")),
    "previous_score": _number(
        "score of the day before",
        "Health score on the last scored day before",
        nw.col("previous_score"),
    ),
    "score_change": _number(
        "change since the day before",
        "Points gained since the last scored day (a loss is negative)",
        _column("health_score") - _column("previous_score"),
    ),
    "score_change_7_days": _number(
        "change within 7 days",
        "Points against the best score of the 7 days before (a loss is negative)",
        _column("health_score") - _column("best_score_7_days"),
    ),
    "points_since_call": _number(
        "points regained since the call was planned",
        "Points gained since the open call was planned; missing without an open call",
        _column("health_score") - _column("open_call_score"),
    ),
    "risk_level": _text("risk level", "Risk level", "risk_level", tuple(RISK_LEVELS)),
    "previous_level": _text(
        "risk level of the day before",
        "Risk level on the last scored day before",
        "previous_level",
        tuple(RISK_LEVELS),
    ),
    "days_since_login": _number(
        "days since the last login",
        "Days since the last login; missing: never logged in",
        login_gap_days(),
    ),
    "days_silent": _number(
        "days without a login",
        "Days since the last login; never logged in: since set-up was finished, or else since "
        "sign-up",
        nw.coalesce(
            login_gap_days(), _column("days_since_onboarded"), _column("days_since_sign_up")
        ).clip(lower_bound=0),
    ),
    "days_since_sign_up": _number(
        "days since sign-up", "Days since sign-up", nw.col("days_since_sign_up")
    ),
    "days_since_onboarded": _number(
        "days since set-up was finished",
        "Days since set-up was finished; missing: not finished",
        nw.col("days_since_onboarded"),
    ),
    "onboarded": Field(
        "truth",
        "set-up is finished",
        "Set-up is finished",
        nw.col("onboarded"),
        denied="set-up is not finished",
    ),
    "status": _text("status", "Status of the subscription", "status", tuple(SUPPLIER_STATUSES)),
    "tier": _text("tier", "Tier of the subscription", "tier"),
    "category": _text("kind of supplier", "Kind of supplier (photographer, venue ...)", "category"),
    "monthly_revenue": _number("monthly revenue", "Monthly revenue", nw.col("monthly_revenue")),
    "trial_days_left": _number(
        "days left of the trial",
        "Days until the trial ends; missing: no trial running",
        nw.col("trial_days_left"),
    ),
    "opted_out": Field(
        "truth",
        "does not want e-mails",
        "Does not want e-mails",
        nw.col("opted_out"),
        denied="takes e-mails",
    ),
    **{
        name: _number(*_COUNT_WORDS[name], nw.col(name))
        for pair in COUNTS.values()
        for name in pair
    },
    **{
        f"{name}_ratio": _number(*_RATIO_WORDS[name], nw.col(f"{name}_ratio"))
        for name in RATIO_MEASURES
    },
}
