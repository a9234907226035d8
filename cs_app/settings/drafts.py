"""What an admin is changing in a definition and has not published yet.

It survives reruns, other screens, a closed tab and another server: the session has it, and the
database keeps it for the same person. Nothing of it is in force.
"""

import uuid
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from markupsafe import Markup

from cs_app.ui.guard import Person
from cs_core.base.definitions import bring_onto
from cs_core.base.errors import StoreError
from cs_core.io.definitions.drafts import (
    KeptDraft,
    fetch_begun,
    fetch_draft,
    forget_draft,
    save_draft,
)

Definition = dict[str, Any]

# In a list, beside what the reader has begun to change.
UNPUBLISHED = Markup('<span class="cs-unpublished">your edits are not published</span>')


@dataclass
class DefinitionDraft:
    """A definition that is being changed; the first five fields are those of `KeptDraft`."""

    what: str
    based_on: int
    base: Definition
    edited: Definition
    note: str = ""
    # Begins the keys of its fields: another id gives fields that begin with `edited` again.
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    kept: KeptDraft | None = None  # what the database has of it
    not_kept: str = ""  # why the database has not the newest of it
    is_stand_in: bool = False  # `base` stands in for a version in force that cannot be used

    @property
    def is_changed(self) -> bool:
        """Whether anything was edited."""
        return self.edited != self.base

    @property
    def is_to_publish(self) -> bool:
        """Whether publishing it would put anything else in force."""
        return self.is_changed or self.is_stand_in

    def key(self, name: str) -> str:
        """Give the key of a field."""
        return f"{self.id}-{name}"

    def start_fields_anew(self) -> None:
        """Let all fields show `edited`, whatever was typed into them."""
        self.id = uuid.uuid4().hex[:8]


def open_draft(
    person: Person,
    what: str,
    version: int,
    definition: Mapping[str, Any],
    *,
    is_stand_in: bool = False,
) -> DefinitionDraft:
    """Give what a person is changing; where nothing is, the version in force to begin with.

    `version` is the newest, 0 where there is none yet, and `definition` what it says or, where it
    cannot be used, what stands in for it. Raises StoreError if it cannot be read whether there
    are edits of before.
    """
    name = f"draft-{what}"
    draft: DefinitionDraft | None = st.session_state.get(name)
    if draft is None and (kept := fetch_draft(person.client, person.id, what)) is not None:
        draft = DefinitionDraft(
            what, kept.based_on, kept.base, deepcopy(kept.edited), kept.note, kept=kept
        )
    if draft is None:
        draft = _begin(what, version, definition)
    elif draft.based_on != version and (not draft.is_changed or draft.edited == definition):
        draft = _begin(what, version, definition, draft.kept, draft.note)
    if draft.based_on == version:
        draft.is_stand_in = is_stand_in
    st.session_state[name] = draft
    return draft


def _begin(
    what: str,
    version: int,
    definition: Mapping[str, Any],
    kept: KeptDraft | None = None,
    note: str = "",
) -> DefinitionDraft:
    fresh = deepcopy(dict(definition))
    return DefinitionDraft(what, version, fresh, deepcopy(fresh), note, kept=kept)


def begun(person: Person, kind: str) -> set[str]:
    """Give the names of which a person has unpublished edits; the list is worth showing without.

    `kind`: what their definitions begin with, `playbook` of `playbook/sharp_drop`.
    """
    try:
        found = fetch_begun(person.client, person.id)
    except StoreError:
        return set()
    return {what.removeprefix(f"{kind}/") for what in found if what.startswith(f"{kind}/")}


def keep(person: Person, draft: DefinitionDraft) -> None:
    """Keep a draft where it is not as it is kept; one that changes nothing is forgotten.

    Where that fails nothing is lost: the session has it, and the next rerun tries again.
    """
    now = KeptDraft(draft.what, draft.based_on, draft.base, draft.edited, draft.note)
    wanted = now if draft.is_changed else None
    if wanted == draft.kept:
        draft.not_kept = ""
        return
    try:
        if wanted is None:
            forget_draft(person.client, person.id, draft.what)
        else:
            save_draft(person.client, person.id, wanted)
    except StoreError as error:
        draft.not_kept = str(error)
        return
    draft.kept, draft.not_kept = deepcopy(wanted), ""


def discard(person: Person, draft: DefinitionDraft) -> None:
    """Forget a draft; the next look begins with what is in force.

    Raises
    ------
    StoreError
        If it is kept all the same; then the session keeps it, too.
    """
    if draft.kept is not None:
        forget_draft(person.client, person.id, draft.what)
    forget_here(draft.what)


def forget_here(what: str) -> None:
    """Forget a draft in this tab only."""
    st.session_state.pop(f"draft-{what}", None)


def put_back(person: Person, draft: DefinitionDraft) -> None:
    """Take up a draft again that was discarded or replaced."""
    draft.kept = None  # whatever is kept now is not this one
    draft.start_fields_anew()
    st.session_state[f"draft-{draft.what}"] = draft
    keep(person, draft)


def take_content(draft: DefinitionDraft, definition: Mapping[str, Any], note: str) -> None:
    """Put the content of another version into a draft."""
    draft.edited, draft.note = deepcopy(dict(definition)), note
    draft.start_fields_anew()


def bring_forward(draft: DefinitionDraft, version: int, definition: Mapping[str, Any]) -> None:
    """Bring a draft onto a version that was published meanwhile; its own changes stay."""
    draft.edited = bring_onto(draft.base, draft.edited, dict(definition))
    draft.based_on, draft.base = version, deepcopy(dict(definition))
    draft.start_fields_anew()
