"""Conditions people write about suppliers (JSON): checked, and turned into expressions."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import and_, or_
from typing import Any

import narwhals as nw

from cs_core.base.checks import Problem, is_number, must, suggest
from cs_core.outreach.condition_fields import FIELDS, Field

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


def fields_in(conditions: Any) -> set[str]:
    """Name the fields that checked conditions look at, in groups too."""
    if isinstance(conditions, Mapping):
        if "field" in conditions:
            return {conditions["field"]}
        return fields_in(list(conditions.values()))
    return set[str]().union(*map(fields_in, conditions))


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
    # A comparison with nothing is nothing.
    return compared.fill_null(False)


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
