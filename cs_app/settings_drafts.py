"""What an admin is changing in a definition and has not published yet.

It survives reruns, other screens and a reload of the page: the session keeps it, and so does
this server process, for the same person. Nothing of it is in force.
"""

import uuid
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from cs_app.guard import Person
from cs_core.definition_merge import bring_onto

MOST_KEPT = 500

Definition = dict[str, Any]


@dataclass
class Draft:
    """A definition that is being changed.

    Parameters
    ----------
    what : str
        Which one: `scorecard`, `playbook/sharp_drop`.
    based_on : int
        The version it was made from; 0 for something new.
    base : dict
        That version.
    edited : dict
        What has become of it.
    note : str
        What changed and why, for the history.
    id : str
        Begins the keys of its fields: another id gives fields that begin with `edited` again.
    """

    what: str
    based_on: int
    base: Definition
    edited: Definition
    note: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to publish."""
        return self.edited != self.base

    def key(self, name: str) -> str:
        """Give the key of a field."""
        return f"{self.id}-{name}"

    def start_fields_anew(self) -> None:
        """Let all fields show `edited`, whatever was typed into them."""
        self.id = uuid.uuid4().hex[:8]


@st.cache_resource
def _kept() -> dict[tuple[str, str], Draft]:
    """What survives a reload of the page, by person and definition."""
    return {}


def open_draft(person: Person, what: str, version: int, definition: Mapping[str, Any]) -> Draft:
    """Give what a person is changing; where nothing is, the version in force to begin with.

    Parameters
    ----------
    person : Person
    what : str
    version : int
        The newest; 0 where there is none yet.
    definition : mapping
        Of that version.
    """
    name = f"draft-{what}"
    draft: Draft | None = st.session_state.get(name)
    if draft is None and (kept := _kept().get((person.id, what))) is not None:
        # Its own copy: another tab of the same person goes on with its own.
        draft = deepcopy(kept)
        draft.start_fields_anew()
    if draft is None or (draft.based_on != version and not draft.is_changed):
        fresh = deepcopy(dict(definition))
        draft = Draft(what, version, fresh, deepcopy(fresh), draft.note if draft else "")
    st.session_state[name] = draft
    return draft


def keep(person: Person, draft: Draft) -> None:
    """Remember a draft for a reload; one that changes nothing is forgotten."""
    kept, place = _kept(), (person.id, draft.what)
    kept.pop(place, None)
    if draft.is_changed:
        kept[place] = deepcopy(draft)
        while len(kept) > MOST_KEPT:
            kept.pop(next(iter(kept)))


def discard(person: Person, draft: Draft) -> None:
    """Forget a draft; the next look begins with what is in force."""
    st.session_state.pop(f"draft-{draft.what}", None)
    _kept().pop((person.id, draft.what), None)


def take_content(person: Person, draft: Draft, definition: Mapping[str, Any], note: str) -> None:
    """Put the content of another version into a draft."""
    draft.edited, draft.note = deepcopy(dict(definition)), note
    draft.start_fields_anew()
    keep(person, draft)


def bring_forward(
    person: Person, draft: Draft, version: int, definition: Mapping[str, Any]
) -> None:
    """Bring a draft onto a version that was published meanwhile; its own changes stay."""
    draft.edited = bring_onto(draft.base, draft.edited, dict(definition))
    draft.based_on, draft.base = version, deepcopy(dict(definition))
    draft.start_fields_anew()
    keep(person, draft)
