"""Playbooks in words: what they wait for, what they do, and what differs between two versions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cs_core.base.vocabulary import CALL_TYPES, TRIGGERS
from cs_core.outreach.conditions import FIELDS
from cs_core.outreach.playbooks import DEFAULT_PRIORITY

Entry = Mapping[str, Any]

# Of these there are so many: "at least 7 days without a login".
COUNTED = re.compile(r"\b(day|client|feature|form|step|point)s\b")
HOW_MANY = {
    "is": "exactly",
    "is_not": "other than",
    "at_least": "at least",
    "above": "more than",
    "at_most": "at most",
    "below": "fewer than",
}
OPERATORS = {
    "is": "is",
    "is_not": "is not",
    "one_of": "is one of",
    "at_least": "is at least",
    "above": "is above",
    "at_most": "is at most",
    "below": "is below",
    "is_missing": "is not known",
}


def conditions_in_words(conditions: Sequence[Entry], joint: str = "and") -> str:
    """Say what conditions ask for: "set-up is finished and at least 7 days without a login".

    `conditions`: as `cs_core.outreach.conditions` checks them; what is unfinished is said as far
    as it goes. `joint`: 'and' or 'or'.
    """
    return f" {joint} ".join(map(condition_in_words, conditions)) or "nothing yet"


def condition_in_words(entry: Entry) -> str:
    """Say what one entry of a list of conditions asks for."""
    if "any" in entry:
        return f"({conditions_in_words(entry['any'], 'or')})"
    if "all" in entry:
        return f"({conditions_in_words(entry['all'])})"
    if "not" in entry:
        return f"not {condition_in_words(entry['not'])}"
    name = str(entry.get("field"))
    operator = next((key for key in entry if key != "field"), "is")
    value = entry.get(operator)
    field = FIELDS.get(name)
    if field and field.denied and operator in ("is", "is_not") and isinstance(value, bool):
        return field.subject if value == (operator == "is") else field.denied
    if operator == "is_missing":
        return f"{subject(name)} {'is not known' if value else 'is known'}"
    said = subject(name)
    is_counted = bool(COUNTED.search(said)) and not name.startswith("score_change")
    if operator in HOW_MANY and is_counted and not name.endswith("_ratio"):
        if value == 1:
            said = COUNTED.sub(r"\1", said, count=1)
        return f"{HOW_MANY[operator]} {_value(name, value)} {said}"
    return f"{said} {OPERATORS.get(operator, operator)} {_value(name, value)}"


def subject(name: str) -> str:
    """Say what a sentence calls a field."""
    return FIELDS[name].subject if name in FIELDS else name.replace("_", " ")


def actions_in_words(actions: Sequence[Entry]) -> str:
    """Say what a playbook does: "e-mail “Come back tips” and check-in call"."""
    return " and ".join(map(_action, actions)) or "nothing yet"


def playbook_in_words(definition: Entry) -> list[str]:
    """Say what a playbook does, a sentence each: when, what, how often, how many are left alone."""
    days, percent = definition.get("cool_down_days"), definition.get("holdout_percent", 0)
    only = ", on a day on which the risk level changes"
    sentences = [
        f"When {conditions_in_words(definition.get('conditions', ()))}"
        f"{only if definition.get('trigger') == 'transition' else ''}.",
        f"Then: {actions_in_words(definition.get('actions', ()))}.",
        f"Not again within {_number(days)} {'day' if days == 1 else 'days'}.",
    ]
    if percent:
        sentences.append(f"{_number(percent)}% of the suppliers are left alone, to compare.")
    return sentences


def playbook_changes(before: Entry, after: Entry) -> list[str]:
    """Say what one version of a playbook changes against another, a sentence each."""
    return [*_switch(before, after), *_lists(before, after), *_figures(before, after)]


def _switch(before: Entry, after: Entry) -> Iterator[str]:
    was, is_on = (side.get("enabled", True) for side in (before, after))
    if was != is_on:
        yield "Turned on" if is_on else "Turned off"
    if before.get("title") != after.get("title"):
        yield f"Title: “{after.get('title')}” instead of “{before.get('title')}”"
    if before.get("trigger") != after.get("trigger"):
        yield f"Fires {TRIGGERS.get(str(after.get('trigger')), 'at no known time').lower()}"


def _lists(before: Entry, after: Entry) -> Iterator[str]:
    for key, words in (("conditions", "When"), ("recovery", "Recovered when")):
        old, new = before.get(key, ()), after.get(key, ())
        if list(old) != list(new):
            now, was = (conditions_in_words(side) for side in (new, old))
            yield f"{words} {now}; before: {was}"
    old, new = before.get("actions", ()), after.get("actions", ())
    if list(old) != list(new):
        yield f"Does: {actions_in_words(new)}; before: {actions_in_words(old)}"


def _figures(before: Entry, after: Entry) -> Iterator[str]:
    for key, words, usual in (
        ("cool_down_days", "Cool-down of {} days", None),
        ("holdout_percent", "{}% left alone", 0),
        ("priority", "Priority {}", DEFAULT_PRIORITY),
    ):
        old, new = before.get(key, usual), after.get(key, usual)
        if old != new:
            yield f"{words.format(_number(new))} instead of {_number(old)}"


def _action(action: Entry) -> str:
    kind = action.get("type")
    if kind == "call":
        return CALL_TYPES.get(str(action.get("call_type")), "call").lower()
    template = str(action.get("template") or "").removesuffix("_in_app").replace("_", " ")
    what = "e-mail" if kind == "email" else "message in the product"
    return f"{what} “{template[:1].upper()}{template[1:]}”"


def _value(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_value(name, item) for item in value) or "…"
    if name.endswith("_ratio") and isinstance(value, int | float):
        return f"{_number(round(value * 100, 6))}%"
    if isinstance(value, str):
        is_choice = name in FIELDS and FIELDS[name].choices
        return value.replace("_", " ") if is_choice else f"“{value}”"
    return _number(value)


def _number(value: Any) -> str:
    return "…" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
