"""Playbooks: when a supplier is contacted, how, and how often, checked from JSON."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cs_core.base.checks import (
    NAME_PATTERN,
    NAME_RULE,
    Problem,
    check_keys,
    is_number,
    is_whole,
    must,
)
from cs_core.base.errors import PlaybookError
from cs_core.base.vocabulary import CALL_TYPES, INTERVENTION_TYPES, TRIGGERS
from cs_core.outreach.conditions import check_conditions

LONGEST_COOL_DOWN_DAYS = 365
LEAST_IMPORTANT = 1000
DEFAULT_PRIORITY = 100
LONGEST_TITLE = 200
# Calls asked for by hand are marked "person"; the keys of celebrations begin with "milestone".
TAKEN_NAMES = ("person", "milestone")


@dataclass(frozen=True)
class Action:
    """One way a playbook reaches out: a message from a template, or a call of a type."""

    type: str
    template: str | None = None
    call_type: str | None = None


@dataclass(frozen=True)
class Playbook:
    """When to contact a supplier and how. Build one with `from_dict`, which checks it."""

    name: str
    version: int
    title: str
    # `condition`: whenever the conditions hold; `transition`: only on a day on which the risk level
    # differs from that of the last scored day.
    trigger: str
    # Left out of the hash because JSON has none; equality, which decides, compares them.
    # See `cs_core.outreach.conditions`. All of a list must hold; while the recovery holds, an open
    # call for the playbook is not needed any more. Empty recovery = the supplier is healthy.
    conditions: tuple[Mapping[str, Any], ...] = field(hash=False)
    recovery: tuple[Mapping[str, Any], ...] = field(hash=False)
    actions: tuple[Action, ...]
    cool_down_days: int  # the least gap between two firings for one supplier, in UTC dates
    # Share of suppliers randomly left alone, to measure what the playbook does.
    holdout_percent: float
    priority: int  # lower = more important: it gets the e-mail, or the call, that only one can have
    enabled: bool

    @classmethod
    def from_dict(cls, name: Any, data: Any, version: int) -> "Playbook":
        """Check a playbook as it is stored and edited (JSON), and build it.

        Parameters
        ----------
        name : str
            Lower-case letters, digits and _; at most 60 characters.
        data : mapping
            `title`, `trigger`, `conditions`, `actions`, `cool_down_days`; optional `recovery`
            (needed with a call), `holdout_percent` (0), `priority` (100), `enabled` (true).
        version : int
            The number interventions name it by.

        Raises
        ------
        PlaybookError
            If anything is missing, unknown or out of range. Its `problems` lists all of them
            as (field path, what to do).
        """
        problems = [*_check_name(name), *_problems(data)]
        if problems:
            raise PlaybookError(*problems)
        return cls(
            name=name,
            version=version,
            title=data["title"],
            trigger=data["trigger"],
            # Copied, so that nobody changes a playbook through the data it was made from.
            conditions=tuple(copy.deepcopy(data["conditions"])),
            recovery=tuple(copy.deepcopy(data.get("recovery", ()))),
            actions=tuple(Action(**action) for action in data["actions"]),
            cool_down_days=data["cool_down_days"],
            holdout_percent=data.get("holdout_percent", 0),
            priority=data.get("priority", DEFAULT_PRIORITY),
            enabled=data.get("enabled", True),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON shape `from_dict` reads; name and version are kept beside it."""
        recovery = {"recovery": copy.deepcopy(list(self.recovery))} if self.recovery else {}
        return {
            "title": self.title,
            "trigger": self.trigger,
            "conditions": copy.deepcopy(list(self.conditions)),
            **recovery,
            "actions": [
                {key: value for key, value in vars(action).items() if value is not None}
                for action in self.actions
            ],
            "cool_down_days": self.cool_down_days,
            "holdout_percent": self.holdout_percent,
            "priority": self.priority,
            "enabled": self.enabled,
        }


def _check_name(name: Any) -> Iterator[Problem]:
    if not _is_name(name):
        yield "name", must(NAME_RULE, name)
    elif name in TAKEN_NAMES:
        yield "name", f"must not be {name}, which means something else; choose another"


def _problems(data: Any) -> Iterator[Problem]:
    """Check everything there is; a part that is missing is named once and not looked into."""
    required = ("title", "trigger", "conditions", "actions", "cool_down_days")
    optional = ("recovery", "holdout_percent", "priority", "enabled")
    keys = yield from check_keys("playbook", "", data, required, optional)
    if "title" in keys and not _is_title(data["title"]):
        yield "title", must(f"be a text of 1 to {LONGEST_TITLE} characters", data["title"])
    if "trigger" in keys and not _is_one_of(TRIGGERS, data["trigger"]):
        yield "trigger", must("be condition or transition", data["trigger"])
    for key in ("conditions", "recovery"):
        if key in keys:
            yield from check_conditions(data[key], key)
    if "actions" in keys:
        yield from _check_actions(data["actions"])
        if "recovery" not in keys and _has_call(data["actions"]):
            yield "recovery", "is missing; say when an open call is not needed any more"
    yield from _check_figures(keys, data)


def _check_figures(keys: frozenset[str], data: Any) -> Iterator[Problem]:
    if "cool_down_days" in keys and not is_whole(data["cool_down_days"], 1, LONGEST_COOL_DOWN_DAYS):
        rule = f"be a whole number from 1 to {LONGEST_COOL_DOWN_DAYS}"
        yield "cool_down_days", must(rule, data["cool_down_days"])
    if "holdout_percent" in keys:
        percent = data["holdout_percent"]
        if not is_number(percent) or not 0 <= percent <= 100:
            yield "holdout_percent", must("be a number from 0 to 100", percent)
    if "priority" in keys and not is_whole(data["priority"], 0, LEAST_IMPORTANT):
        rule = f"be a whole number from 0 (most important) to {LEAST_IMPORTANT}"
        yield "priority", must(rule, data["priority"])
    if "enabled" in keys and not isinstance(data["enabled"], bool):
        yield "enabled", must("be true or false", data["enabled"])


def _check_actions(actions: Any) -> Iterator[Problem]:
    if not isinstance(actions, list | tuple) or not actions:
        yield "actions", must("be a list of at least one action", actions)
        return
    seen = []
    for index, action in enumerate(actions):
        path = f"actions[{index}]"
        kind = action.get("type") if isinstance(action, Mapping) else None
        if kind in seen:
            yield f"{path}.type", f"is {kind} again; keep one action per type"
        elif _is_one_of(INTERVENTION_TYPES, kind):
            seen.append(kind)
        yield from _check_action(path, action, kind)


def _check_action(path: str, action: Any, kind: Any) -> Iterator[Problem]:
    if (
        isinstance(action, Mapping)
        and "type" in action
        and not _is_one_of(INTERVENTION_TYPES, kind)
    ):
        yield f"{path}.type", must(f"be one of {', '.join(INTERVENTION_TYPES)}", kind)
        return
    detail = "call_type" if kind == "call" else "template"
    keys = yield from check_keys("action", path, action, ("type", detail))
    if "call_type" in keys and not _is_one_of(CALL_TYPES, action["call_type"]):
        yield f"{path}.call_type", must(f"be one of {', '.join(CALL_TYPES)}", action["call_type"])
    if "template" in keys and not _is_name(action["template"]):
        yield f"{path}.template", must(NAME_RULE, action["template"])


def _has_call(actions: Any) -> bool:
    return isinstance(actions, list | tuple) and any(
        isinstance(action, Mapping) and action.get("type") == "call" for action in actions
    )


def _is_one_of(known: Mapping[str, str], value: Any) -> bool:
    return isinstance(value, str) and value in known


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(NAME_PATTERN, value))


def _is_title(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_TITLE
