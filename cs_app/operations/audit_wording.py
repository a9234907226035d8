"""Changes of the audit log in words. Pure functions."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from cs_app.ui.formats import date_in_words, exact_time, in_words

TABLES = {
    "user_profiles": "Role of a person",
    "scorecards": "Scorecard",
    "core_features": "Core feature",
    "support_interactions": "Call or interaction",
    "message_templates": "Message template",
    "playbooks": "Playbook",
    "outreach_rules": "Outreach rules",
    "suppliers": "Supplier",
    "supplier_notes": "Note",
    "interventions": "Intervention",
    "outbox": "Mail",
    "runs": "Run",
}
ACTIONS = {"insert": "added", "update": "changed", "delete": "removed"}
PROGRAM = "The daily run or an operator"
MOST_SHOWN = 6
LONGEST = 90
NAME = re.compile(r"[a-z]+(_[a-z]+)+")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def table_words(name: str) -> str:
    """Name what a table is about."""
    return TABLES.get(name, in_words(name))


def action_words(action: str) -> str:
    """Say what was done."""
    return ACTIONS.get(action, action)


def changes_in_words(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    names: Mapping[str, str] | None = None,
    zone: str | None = None,
) -> list[tuple[str, str, str]]:
    """List what changed: the field, what it was and what it is.

    Parameters
    ----------
    before, after : mapping or None
        As the log keeps them. Of what it keeps no content it says "changed" itself.
    names : mapping, optional
        Person's id -> name.
    zone : str, optional
        The reader's.

    Returns
    -------
    list of (str, str, str)
        Nested values by their path ("Measures › Login recency › Weight"); at most six, then how
        many more there are.
    """
    old, new = dict(_leaves(before)), dict(_leaves(after))

    def said(value: Any) -> str:
        return _shown(value, names or {}, zone)

    changed = [
        (_path_words(name), said(old.get(name)), said(new.get(name)))
        for name in sorted(dict.fromkeys((*old, *new)), key=lambda name: name != "outcome")
        # That a new row has a content, which is not kept, tells nothing.
        if (old.get(name) != new.get(name) and (before or new.get(name) != "changed"))
        or old.get(name) == "changed"
    ]
    shown = changed[:MOST_SHOWN]
    hidden = len(changed) - len(shown)
    return [*shown, *([(f"and {hidden:,} more", "", "")] if hidden else [])]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    elif value is not None:
        yield path, value


def _path_words(path: str) -> str:
    # What is called definition is all of it: it tells nothing.
    places = [place for place in path.split(".") if place != "definition"]
    return " › ".join(in_words(place.removesuffix("_id")) for place in places)


def _shown(value: Any, names: Mapping[str, str], zone: str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        value = names.get(value) or _moment(value, zone) or value
        value = in_words(value) if NAME.fullmatch(value) else value
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, list):
        text = "; ".join(map(_one_of_many, value))
    else:
        text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _one_of_many(value: Any) -> str:
    """Write an entry of a list: "email, template: come back tips"."""
    if isinstance(value, list):
        return ", ".join(map(_one_of_many, value))
    if not isinstance(value, Mapping):
        return _moment(str(value), None) or str(value)
    (_, first), *rest = value.items()
    named = [f"{name}: {_one_of_many(inner)}" for name, inner in rest]
    return ", ".join([_one_of_many(first), *named]).replace("_", " ")


def _moment(text: str, zone: str | None) -> str | None:
    try:
        if DAY.fullmatch(text):
            return date_in_words(date.fromisoformat(text))
        if len(text) >= 19 and text[:4].isdigit():
            return exact_time(datetime.fromisoformat(text), zone)
    except ValueError:
        pass
    return None
