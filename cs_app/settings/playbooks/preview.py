"""Who would match a playbook now, who would not be contacted, and why."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from markupsafe import Markup

from cs_app.contacts.wording import NOUNS, because
from cs_app.server import clients
from cs_app.ui.formats import ago, counted, whole_number
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import heading, level_mark, nothing, quiet, supplier_link
from cs_app.ui.progress import progress_in
from cs_core.base.errors import CsError
from cs_core.base.html import fill, together
from cs_core.io.run.preview import preview_playbook
from cs_core.io.suppliers.names import count_suppliers, fetch_names
from cs_core.outreach.playbook_preview import PlaybookPreview
from cs_core.outreach.playbooks import Playbook

KEPT = "playbook-preview"


@dataclass(frozen=True)
class _Found:
    """What a look found for a definition, when, and what the suppliers in it are called."""

    asked: str
    at: datetime
    preview: PlaybookPreview
    names: dict[str, str]


def show_matching(person: Person, playbook: Playbook | None) -> PlaybookPreview | None:
    """Show the button that looks, and what it found; None: something is wrong in the form."""
    st.html(heading("Who would match now", "as the run decides; nothing is sent or saved"))
    if playbook is None:
        st.html(nothing("As soon as the form is right, this can be looked up."))
        return None
    asked = json.dumps([playbook.name, playbook.to_dict() | {"enabled": True}], sort_keys=True)
    found: _Found | None = st.session_state.get(KEPT)
    if found is not None and found.asked != asked:
        found = None
    words = "Look again" if found else "Look who would match"
    if st.button(words, key="look-who", icon=":material/search:"):
        found = _look(person, playbook, asked)
    if found is None:
        return None
    _show(found)
    return found.preview


def _look(person: Person, playbook: Playbook, asked: str) -> _Found | None:
    place = st.empty()
    try:
        progress = progress_in(place, "Looking", count_suppliers(person.client))
        now = datetime.now(UTC)
        preview = preview_playbook(clients.service_client(), playbook, now, progress)
        ids = {row["supplier_id"] for some in preview.named.values() for row in some}
        names = fetch_names(person.client, sorted(ids))
    except CsError as error:
        st.error(
            f"It could not be looked up. {plain(str(error))} Nothing was changed; your edits are"
            " kept.",
            icon=":material/cloud_off:",
        )
        return None
    finally:
        place.empty()
    found = st.session_state[KEPT] = _Found(asked, now, preview, names)
    return found


def _show(found: _Found) -> None:
    preview = found.preview
    looked = quiet(f"Looked {ago(found.at, datetime.now(UTC))}.")
    st.html(fill('<p class="cs-standing"><b>{}</b> {}</p>', matched_in_words(preview), looked))
    for (kind, reason), some in sorted(
        preview.named.items(), key=lambda item: (item[0][1] is not None, -_count(preview, item[0]))
    ):
        number = _count(preview, (kind, reason))
        st.html(_group(kind, reason, number, some, found.names))


def _count(preview: PlaybookPreview, which: tuple[str, str | None]) -> int:
    kind, reason = which
    return preview.planned[kind] if reason is None else preview.suppressed[kind, reason]


def matched_in_words(preview: PlaybookPreview) -> str:
    """Say how many match, and what would be done: "12 of 300 suppliers match: 10 calls."."""
    of = counted(preview.suppliers, "supplier")
    if not preview.matched:
        return f"None of {of} matches."
    planned = [counted(number, *NOUNS[kind]) for kind, number in preview.planned.items() if number]
    done = ", ".join(planned) or "nothing would be planned"
    verb = "matches" if preview.matched == 1 else "match"
    words = f"{whole_number(preview.matched)} of {of} {verb}: {done}"
    if preview.done_today:
        number = whole_number(preview.done_today)
        words += (
            f"; {number} {'was' if preview.done_today == 1 else 'were'} dealt with today already"
        )
    return f"{words}."


def _group(
    kind: str, reason: str | None, number: int, some: list[dict[str, Any]], names: dict[str, str]
) -> Markup:
    head = (
        f"{counted(number, *NOUNS[kind])} planned"
        if reason is None
        else _held_back(kind, reason, number)
    )
    rows = [
        fill(
            '<span class="cs-one">{} {} {}</span>',
            supplier_link(names.get(row["supplier_id"], "Unnamed"), row["supplier_id"]),
            quiet(row["health_score"]),
            level_mark(row["risk_level"], with_word=False),
        )
        for row in some
    ]
    more = f" and {whole_number(number - len(some))} more" if number > len(some) else ""
    pattern = '<div class="cs-who"><p><b>{}</b></p><p class="cs-names">{}{}</p></div>'
    return fill(pattern, head, together(rows, " "), more)


def _held_back(kind: str, reason: str, number: int) -> str:
    why = because(reason)
    if reason == "cool_down":
        return f"{whole_number(number)} not again yet: {why}"
    return f"{counted(number, *NOUNS[kind])} not planned: {why}"
