"""The rules once more, for one supplier, in exact fractions: what the columns must agree with."""

from fractions import Fraction
from math import floor
from typing import Any

from cs_core.score.scorecard import Scorecard

DUST = Fraction(1, 10**6)
NAMES = (
    "login_recency",
    "feature_adoption",
    "client_activity",
    "form_completion",
    "journey_performance",
)


def exact(number: float) -> Fraction:
    """The number as it was written, not as binary keeps it."""
    return Fraction(str(number))


def ratios(s: dict[str, Any]) -> dict[str, Fraction | None]:
    def ratio(part: int, whole: int) -> Fraction | None:
        return min(Fraction(part, whole), Fraction(1)) if whole > 0 else None

    return {
        "feature_adoption": ratio(s["features_used"], s["features_core"]),
        "client_activity": ratio(s["clients_active"], s["clients_known"]),
        "form_completion": ratio(s["forms_completed"], s["forms_sent"]),
        "journey_performance": ratio(s["steps_completed"], s["steps_due"]),
    }


def points(s: dict[str, Any], card: Scorecard) -> dict[str, Fraction | None]:
    """Rescaled points per measure, None = left out."""
    raw: dict[str, Fraction | None] = {}
    days = s["days_since_login"]
    if days is None:
        raw["login_recency"] = None
    else:
        steps = card.login_recency.steps
        raw["login_recency"] = next(
            (exact(step.points) for step in steps if days < step.under_days), Fraction(0)
        )
    for name, ratio in ratios(s).items():
        raw[name] = None if ratio is None else ratio * exact(card.measure(name).weight)
    for name in NAMES:
        if raw[name] is None and card.measure(name).no_data == "zero":
            raw[name] = Fraction(0)
    kept = sum((exact(card.measure(n).weight) for n in NAMES if raw[n] is not None), Fraction(0))
    scale = 100 / kept if kept else Fraction(0)
    return {name: None if p is None else p * scale for name, p in raw.items()}


def evaluate(s: dict[str, Any], card: Scorecard) -> dict[str, Any]:
    earned = points(s, card)
    total = sum((p for p in earned.values() if p is not None), Fraction(0))
    score = floor(total + DUST)
    level = "healthy"
    if score < card.at_risk_below:
        level = "at_risk"
    if score < card.critical_below:
        level = "critical"
    percents = {n: None if r is None else floor(r * 100 + DUST) for n, r in ratios(s).items()}
    advice = [*recommend(s, card, earned, total), *[(None, None)] * 3]
    return {
        "health_score": score,
        "risk_level": level,
        "feature_adoption_score": percents["feature_adoption"],
        "client_engagement_score": percents["client_activity"],
        "form_completion_score": percents["form_completion"],
        "journey_performance_score": percents["journey_performance"],
        **{f"recommendation_{i + 1}": advice[i][1] for i in range(3)},
        **{f"recommendation_key_{i + 1}": advice[i][0] for i in range(3)},
    }


def recommend(
    s: dict[str, Any], card: Scorecard, earned: dict[str, Fraction | None], total: Fraction
) -> list[tuple[str, str]]:
    weights = {name: exact(card.measure(name).weight) for name in NAMES}
    kept = sum((weights[n] for n in NAMES if earned[n] is not None), Fraction(0))
    found = []
    for order, name in enumerate(NAMES):
        line, weight, have = say(name, s, card), weights[name], earned[name]
        if line is None or weight == 0:
            continue
        if have is None:
            gain = weight * (100 - total) / (kept + weight)
        else:
            gain = weight * 100 / kept - have
        if round(gain, 6) >= 1:
            found.append((-round(gain, 6), order, line))
    return [line for _, _, line in sorted(found)][:3]


def say(name: str, s: dict[str, Any], card: Scorecard) -> tuple[str, str] | None:
    """The key of the rule that speaks, and what it says."""

    def counted(number: int, noun: str) -> str:
        return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

    if name == "login_recency":
        if s["days_since_login"] is None:
            return "never_logged_in", "Never logged in: call to help with the first login"
        silent = counted(floor(max(s["days_since_login"], 0)), "day")
        return "silent", f"No login for {silent}: send a re-engagement e-mail with tips"
    days = card.measure(name).window_days  # type: ignore[union-attr]
    last = "in the last day" if days == 1 else f"in the last {days} days"
    if name == "feature_adoption":
        if not s["onboarded"]:
            since = counted(floor(max(s["days_since_sign_up"], 0)), "day")
            text = f"Set-up not finished {since} after sign-up: book an onboarding call"
            return "set_up_not_finished", text
        if s["features_core"] == 0:
            return None
        end = "show how it helps" if s["features_core"] == 1 else "show what the others do"
        core = counted(s["features_core"], "core feature")
        text = f"Used {s['features_used']} of {core} {last}: {end}"
        return "low_feature_adoption", text
    if name == "client_activity":
        if s["clients_known"] == 0:
            return "no_clients", "No clients yet: help import the client list"
        clients = counted(s["clients_known"], "client")
        text = f"{s['clients_active']} of {clients} active {last}: send the planning checklist"
        return "few_active_clients", text
    if name == "form_completion":
        if s["forms_sent"] == 0:
            return "no_forms_sent", f"No forms sent {last}: suggest a ready-made form"
        forms = f"{s['forms_completed']} of {counted(s['forms_sent'], 'form')} sent {last}"
        return "forms_not_completed", f"{forms} came back completed: remind the clients"
    if s["steps_due"] == 0:
        return "no_journey_steps", f"No journey steps due {last}: help set up a client journey"
    steps = counted(s["steps_due"], "journey step")
    text = f"Completed {s['steps_completed']} of {steps} due {last}: go through the rest together"
    return "journey_behind", text
