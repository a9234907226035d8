"""Conditions as the form changes them: reading, adding and taking out by path. Pure functions.

A path is written as the rules write it: `conditions[0].any[1]`.
"""

import re
from copy import deepcopy
from typing import Any

from cs_core.outreach.conditions import FIELDS, GROUPS, OPERATORS

Entry = dict[str, Any]

NEW_CONDITION: Entry = {"field": "days_silent", "at_least": 7}
NEW_GROUPS: dict[str, Entry] = {
    "any": {"any": [NEW_CONDITION]},
    "none": {"not": {"any": [NEW_CONDITION]}},
}


def group_of(entry: Entry) -> str | None:
    """Return `any`, `all` or `not`; None for a comparison."""
    return next((group for group in GROUPS if group in entry), None)


def operator_of(entry: Entry) -> str:
    """Return the operator of a comparison; the first that suits where there is none."""
    found = next((key for key in entry if key != "field"), None)
    return found or operators_of(str(entry.get("field")))[0]


def operators_of(name: str) -> tuple[str, ...]:
    """Return the operators that suit a field."""
    return OPERATORS[FIELDS[name].kind] if name in FIELDS else OPERATORS["number"]


def value_to_begin_with(name: str, operator: str) -> Any:
    """Return what a value is before somebody chooses one; None is to be filled in."""
    field = FIELDS.get(name)
    if operator == "one_of":
        return []
    if operator == "is_missing" or (field and field.kind == "truth"):
        return True
    if field and field.kind == "text":
        return field.choices[0] if field.choices else ""
    return None


def fit(name: str, operator: str, entry: Entry) -> Entry:
    """Make a comparison of a field and an operator, with the value of another as far as it fits."""
    if operator not in operators_of(name):
        operator = operators_of(name)[0]
    is_same = entry.get("field") == name and (operator == "one_of") == ("one_of" in entry)
    old = entry.get(operator_of(entry))
    is_same = is_same and (operator == "is_missing") == ("is_missing" in entry)
    return {"field": name, operator: old if is_same else value_to_begin_with(name, operator)}


def add(definition: Entry, path: str, entry: Entry) -> None:
    """Append an entry to the list at a path."""
    holder, key = _holder(definition, path)
    holder[key].append(deepcopy(entry))


def remove(definition: Entry, path: str) -> None:
    """Take out the entry at a path; of a `not`, the whole `not`."""
    if path.endswith(".not"):
        remove(definition, path.removesuffix(".not"))
        return
    holder, key = _holder(definition, path)
    del holder[key]


def _holder(definition: Entry, path: str) -> tuple[Any, Any]:
    """Return what holds the thing at a path, and its place in there."""
    steps = [int(step) if step.isdecimal() else step for step in re.findall(r"\w+", path)]
    part: Any = definition
    for step in steps[:-1]:
        part = part[step]
    return part, steps[-1]
