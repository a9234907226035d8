"""Changes of the audit log in words. Pure functions."""

from collections.abc import Iterator, Mapping
from typing import Any

from cs_app.formats import in_words

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
PROGRAM = "The program, or SQL"
MOST_SHOWN = 6
LONGEST = 90


def table_words(name: str) -> str:
    """Name what a table is about."""
    return TABLES.get(name, in_words(name))


def action_words(action: str) -> str:
    """Say what was done."""
    return ACTIONS.get(action, action)


def changes_in_words(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[tuple[str, str, str]]:
    """List what changed: the field, what it was and what it is.

    Parameters
    ----------
    before, after : mapping or None
        As the log keeps them. Of what it keeps no content it says "changed" itself.

    Returns
    -------
    list of (str, str, str)
        Nested values by their path ("measures.login_recency.weight"); at most six, then how many
        more there are.
    """
    old, new = dict(_leaves(before)), dict(_leaves(after))
    changed = [
        (name, _shown(old.get(name)), _shown(new.get(name)))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name) or old.get(name) == "changed"
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


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, list):
        text = ", ".join(map(str, value))
    else:
        text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
