"""Conditions people write about suppliers (JSON): checked, and turned into expressions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import narwhals as nw

from cs_core.checks import Problem, is_number, must, suggest
from cs_core.scorecard import RATIO_MEASURES
from cs_core.scoring import COUNTS, login_gap_days

LEVELS = ("healthy", "at_risk", "critical")
STATUSES = ("trial", "active", "paused", "churned")

GROUPS = ("any", "all", "not")
ORDERINGS = ("at_least", "above", "at_most", "below")
OPERATORS = {
    "number": ("is", "is_not", "one_of", *ORDERINGS, "is_missing"),
    "text": ("is", "is_not", "one_of", "is_missing"),
    "truth": ("is", "is_not", "is_missing"),
}
COMPARISONS = {
    "is": "__eq__",
    "is_not": "__ne__",
    "at_least": "__ge__",
    "above": "__gt__",
    "at_most": "__le__",
    "below": "__lt__",
}
KIND_WORDS = {"number": "a number", "text": "a text", "truth": "true or false"}
ALL_OPERATORS = OPERATORS["number"]
DEEPEST = 5
MOST_ENTRIES = 30
LONGEST_LIST = 100
LONGEST_TEXT = 200


@dataclass(frozen=True)
class Field:
    """Something a condition may be about.

    Attributes
    ----------
    kind : str
        `number`, `text` or `truth`: which operators it takes.
    words : str
        What it is, for a settings screen.
    expression : Expr
        Its value per supplier, null = missing.
    choices : tuple of str
        All values a text can have; empty = any.
    """

    kind: str
    words: str
    expression: nw.Expr
    choices: tuple[str, ...] = ()


def _number(words: str, expression: nw.Expr) -> Field:
    # A column with nothing in it may come without a type.
    return Field("number", words, expression.cast(nw.Float64))


def _text(words: str, name: str, choices: tuple[str, ...] = ()) -> Field:
    return Field("text", words, nw.col(name).cast(nw.String), choices)


def _column(name: str) -> nw.Expr:
    return nw.col(name).cast(nw.Float64)


_RATIO_WORDS = {
    "feature_adoption": "Core features used, of the core features of the tier (0 to 1)",
    "client_activity": "Clients active, of all clients (0 to 1)",
    "form_completion": "Forms completed, of the forms sent (0 to 1)",
    "journey_performance": "Journey steps completed, of the steps due (0 to 1)",
}
_COUNT_WORDS = {
    "features_used": "Core features used within the scorecard's window",
    "features_core": "Core features of the supplier's tier",
    "clients_active": "Clients active within the scorecard's window",
    "clients_known": "Clients ever added or seen active",
    "forms_completed": "Forms completed, of those sent within the scorecard's window",
    "forms_sent": "Forms sent within the scorecard's window",
    "steps_completed": "Journey steps completed, of those due within the scorecard's window",
    "steps_due": "Journey steps due within the scorecard's window",
}

FIELDS: dict[str, Field] = {
    "health_score": _number("Health score (0 to 100)", nw.col("health_score")),
    "previous_score": _number(
        "Health score on the last scored day before", nw.col("previous_score")
    ),
    "score_change": _number(
        "Points gained since the last scored day (a loss is negative)",
        _column("health_score") - _column("previous_score"),
    ),
    "score_change_7_days": _number(
        "Points against the best score of the 7 days before (a loss is negative)",
        _column("health_score") - _column("best_score_7_days"),
    ),
    "points_since_call": _number(
        "Points gained since the open call was planned; missing without an open call",
        _column("health_score") - _column("open_call_score"),
    ),
    "risk_level": _text("Risk level", "risk_level", LEVELS),
    "previous_level": _text("Risk level on the last scored day before", "previous_level", LEVELS),
    "days_since_login": _number(
        "Days since the last login; missing: never logged in", login_gap_days()
    ),
    "days_silent": _number(
        "Days since the last login; never logged in: since set-up was finished, or else since "
        "sign-up",
        nw.coalesce(
            login_gap_days(), _column("days_since_onboarded"), _column("days_since_sign_up")
        ).clip(lower_bound=0),
    ),
    "days_since_sign_up": _number("Days since sign-up", nw.col("days_since_sign_up")),
    "days_since_onboarded": _number(
        "Days since set-up was finished; missing: not finished", nw.col("days_since_onboarded")
    ),
    "onboarded": Field("truth", "Set-up is finished", nw.col("onboarded")),
    "status": _text("Status of the subscription", "status", STATUSES),
    "tier": _text("Tier of the subscription", "tier"),
    "category": _text("Kind of supplier (photographer, venue ...)", "category"),
    "monthly_revenue": _number("Monthly revenue", nw.col("monthly_revenue")),
    "trial_days_left": _number(
        "Days until the trial ends; missing: no trial running", nw.col("trial_days_left")
    ),
    "opted_out": Field("truth", "Does not want e-mails", nw.col("opted_out")),
    **{
        name: _number(_COUNT_WORDS[name], nw.col(name)) for pair in COUNTS.values() for name in pair
    },
    **{
        f"{name}_ratio": _number(_RATIO_WORDS[name], nw.col(f"{name}_ratio"))
        for name in RATIO_MEASURES
    },
}


def to_expression(conditions: Any) -> nw.Expr:
    """Turn checked conditions into one expression.

    Parameters
    ----------
    conditions : list of mapping
        As `check_conditions` found nothing wrong with; all of them must hold.

    Returns
    -------
    Expr
        Boolean, never null. A missing value fulfils no comparison but `is_missing: true`,
        so that a `not` around a comparison holds for it.
    """
    return reduce(and_, map(_entry, conditions))


def _entry(entry: Mapping[str, Any]) -> nw.Expr:
    if "any" in entry:
        return reduce(or_, map(_entry, entry["any"]))
    if "all" in entry:
        return reduce(and_, map(_entry, entry["all"]))
    if "not" in entry:
        return ~_entry(entry["not"])
    operator = next(key for key in entry if key != "field")
    return _comparison(FIELDS[entry["field"]], operator, entry[operator])


def _comparison(field: Field, operator: str, value: Any) -> nw.Expr:
    missing = field.expression.is_null()
    if operator == "is_missing":
        return missing if value else ~missing
    if operator == "one_of":
        values = [float(item) if field.kind == "number" else item for item in value]
        compared = field.expression.is_in(values)
    else:
        compared = getattr(field.expression, COMPARISONS[operator])(
            float(value) if field.kind == "number" else value
        )
    # Backends differ in whether a comparison with nothing is nothing, false, or, unlike, true.
    holds = compared.fill_null(False)
    return holds & ~missing if operator == "is_not" else holds


def check_conditions(data: Any, path: str) -> list[Problem]:
    """Check conditions as people write them.

    Parameters
    ----------
    data : any JSON value
        Meant to be a list of entries.
    path : str
        Where they are in the definition, for the problems.

    Returns
    -------
    list of (str, str)
        Each mistake as (path of the entry, what is wrong and what to do); empty = fine.
    """
    problems = list(_check_list(data, path, 1))
    if not problems and (entries := _count(data)) > MOST_ENTRIES:
        problems.append((path, f"must have at most {MOST_ENTRIES} entries in all, not {entries}"))
    return problems


def _check_list(data: Any, path: str, depth: int) -> Iterator[Problem]:
    if not isinstance(data, list | tuple):
        yield path, must("be a list of conditions", data)
    elif not data:
        why = ", that would match every supplier" if depth == 1 else ""
        yield path, f"must not be empty{why}; add a condition"
    elif len(data) > MOST_ENTRIES:
        yield path, f"must have at most {MOST_ENTRIES} entries in all, not {len(data)}"
    else:
        for index, entry in enumerate(data):
            yield from _check_entry(entry, f"{path}[{index}]", depth)


def _check_entry(entry: Any, path: str, depth: int) -> Iterator[Problem]:
    if depth > DEEPEST:
        yield path, f"is nested more than {DEEPEST} deep; write it flatter"
    elif not isinstance(entry, Mapping):
        yield (
            path,
            must("be an object with a field and an operator, or with any, all or not", entry),
        )
    elif not any(group in entry for group in GROUPS):
        yield from _check_comparison(entry, path)
    elif len(entry) > 1:
        keys = ", ".join(map(str, entry))
        yield path, f"must have nothing beside any, all or not, but has {keys}; split it"
    else:
        [(group, part)] = entry.items()
        if group == "not":
            yield from _check_entry(part, f"{path}.not", depth + 1)
        else:
            yield from _check_list(part, f"{path}.{group}", depth + 1)


def _check_comparison(entry: Mapping[str, Any], path: str) -> Iterator[Problem]:
    name = entry.get("field")
    known = isinstance(name, str) and name in FIELDS
    if "field" not in entry:
        yield f"{path}.field", "is missing; add it"
    elif not isinstance(name, str):
        yield f"{path}.field", must("be the name of a field", name)
    elif not known:
        yield f"{path}.field", f'"{name[:60]}" is not a field; {suggest(name, FIELDS)}'
    operators = [key for key in entry if key != "field"]
    unknown = [key for key in operators if key not in ALL_OPERATORS]
    for key in unknown:
        yield f"{path}.{key}", f"is not an operator; {suggest(key, ALL_OPERATORS)}"
    if not unknown and len(operators) != 1:
        found = ", ".join(operators) or "none"
        yield path, f"must have exactly one operator, not {found}; add or split"
    elif not unknown and known and isinstance(name, str):
        yield from _check_value(name, operators[0], entry[operators[0]], f"{path}.{operators[0]}")


def _check_value(name: str, operator: str, value: Any, path: str) -> Iterator[Problem]:
    field = FIELDS[name]
    if operator not in OPERATORS[field.kind]:
        allowed = ", ".join(OPERATORS[field.kind])
        yield path, f"does not suit {name}, which is {KIND_WORDS[field.kind]}; use one of {allowed}"
    elif operator == "is_missing":
        if not isinstance(value, bool):
            yield path, must("be true or false", value)
    elif operator == "one_of":
        if not isinstance(value, list | tuple) or not 1 <= len(value) <= LONGEST_LIST:
            yield path, must(f"be a list of 1 to {LONGEST_LIST} values", value)
            return
        for index, item in enumerate(value):
            if rule := _broken_rule(field, item):
                yield f"{path}[{index}]", must(rule, item)
    elif rule := _broken_rule(field, value):
        yield path, must(rule, value)


def _broken_rule(field: Field, value: Any) -> str:
    """Return what a value for a field must be, where it is not."""
    if field.kind == "number":
        return "" if is_number(value) else "be a number"
    if field.kind == "truth":
        return "" if isinstance(value, bool) else "be true or false"
    if field.choices:
        return "" if value in field.choices else f"be one of {', '.join(field.choices)}"
    good = isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT
    return "" if good else f"be a text of 1 to {LONGEST_TEXT} characters"


def _count(data: Any) -> int:
    """Count the entries of checked conditions, groups and what is in them."""
    total = 0
    for entry in data:
        parts = next((entry[group] for group in GROUPS if group in entry), ())
        total += 1 + _count([parts] if isinstance(parts, Mapping) else parts)
    return total
