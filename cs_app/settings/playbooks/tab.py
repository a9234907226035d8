"""Who is contacted by itself, when, and with what."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from cs_app.settings.drafts import DefinitionDraft, begun, keep, open_draft
from cs_app.settings.fields import Problems
from cs_app.settings.playbooks.form import NEW, check, read_form, show_form
from cs_app.settings.playbooks.list import DAYS, did_html, first_instant, on_or_off, show_list
from cs_app.settings.playbooks.preview import matched_in_words, show_matching
from cs_app.settings.playbooks.switch import ask_where_begun, show_switch, title_of
from cs_app.settings.publish import Plan, go_back, show_conflict, show_publishing
from cs_app.settings.versions import in_force, read_versions, show_versions, standing
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import address, answer, link
from cs_app.ui.notices import show_notice
from cs_core.base.checks import free_name
from cs_core.base.errors import PlaybookError, StoreError
from cs_core.base.html import fill
from cs_core.io.definitions.playbooks import PlaybookFigures, fetch_figures, publish_playbook
from cs_core.io.definitions.templates import fetch_templates
from cs_core.io.definitions.versions import Published, Stored, Version, fetch_stored
from cs_core.io.suppliers.find import fetch_filter_choices
from cs_core.outreach.playbook_preview import PlaybookPreview
from cs_core.outreach.playbook_wording import playbook_changes, playbook_in_words
from cs_core.outreach.playbooks import Playbook

NEW_NAME = "new"
FIGURES = "playbook-figures"


def show_playbooks(person: Person) -> None:
    """Show this part of the settings: all playbooks, or the one that the address names."""
    playbooks = fetch_stored(person.client, "playbook")
    show_notice(person)
    name = st.query_params.get("playbook")
    chosen = next((one for one in playbooks if one.name == name), None)
    if chosen is not None or name == NEW_NAME:
        _show_editor(person, chosen, playbooks)
        return
    if name:
        st.info("There is no such playbook; here are all there are.", icon=":material/info:")
    show_list(playbooks, _figures(person), begun(person, "playbook"))


def _figures(person: Person) -> Mapping[str, PlaybookFigures] | None:
    """Read what was done; the list is worth showing without it."""
    try:
        return fetch_figures(person.client, first_instant())
    except StoreError as error:
        st.warning(
            f"What the playbooks did in {DAYS} days could not be read. {plain(str(error))}",
            icon=":material/cloud_off:",
        )
        return None


def _show_editor(person: Person, stored: Stored | None, playbooks: Sequence[Stored]) -> None:
    back = address("/settings", {"part": "playbooks"})
    st.html(link("← All playbooks", back, css="cs-more"))
    zone = st.context.timezone
    what = f"playbook/{stored.name if stored else NEW_NAME}"
    templates = fetch_templates(person.client)
    begin, is_stand_in = _to_begin_with(stored)
    version = stored.version if stored else 0
    draft = open_draft(person, what, version, begin, is_stand_in=is_stand_in)
    draft.edited = read_form(draft)
    keep(person, draft)
    names = {NEW_NAME, *(one.name for one in playbooks)}
    name = stored.name if stored else free_name(str(draft.edited["title"]), names)
    taken = [title_of(one).casefold() for one in playbooks if one is not stored]
    problems = check(name, draft.edited, templates, taken)
    playbook = None if problems else Playbook.from_dict(name, draft.edited, version=draft.based_on)
    _show_head(person, stored, draft, zone)
    is_late = stored is not None and show_conflict(draft, stored, begin, playbook_changes)
    left, right = st.columns([7, 6], gap="large")
    with left:
        # Of a form that nobody has touched yet nothing is said to be wrong.
        is_begun = stored is not None or draft.is_changed
        show_form(draft, problems if is_begun else Problems(()), templates, _known(person))
    with right:
        preview = show_matching(person, playbook)
        plan = _plan(stored, name, draft, preview)
        show_publishing(person, plan, can_publish=playbook is not None and not is_late)
        if stored is not None:
            versions = read_versions(person, "playbook", stored.name, what)
            way_back = partial(go_back, draft, partial(_content, stored.name))
            show_versions(what, versions, playbook_changes, way_back, zone)
    ask_where_begun(playbooks)


def _content(name: str, version: Version) -> dict[str, Any]:
    return Playbook.from_dict(name, version.definition, version.version).to_dict()


def _to_begin_with(stored: Stored | None) -> tuple[Mapping[str, Any], bool]:
    """Give what the form begins with; an empty playbook stands in for what breaks a rule."""
    if stored is None:
        return NEW, False
    try:
        return _content(stored.name, stored), False
    except PlaybookError as error:
        st.error(
            f"Version {stored.version}, which is stored, cannot be used, and the run leaves it"
            f" out. {plain(str(error))} The form begins with an empty playbook; correct it, or"
            " go back to an older version.",
            icon=":material/error:",
        )
        return NEW | {"title": title_of(stored)}, True


def _figures_of(person: Person, name: str) -> PlaybookFigures | None:
    """Read what one playbook did; once while its editor is open."""
    kept = st.session_state.get(FIGURES)
    if kept is None or kept[0] != name:
        figures = _figures(person)
        if figures is None:
            return None
        kept = st.session_state[FIGURES] = (name, figures.get(name, PlaybookFigures()))
    found: PlaybookFigures = kept[1]
    return found


def _known(person: Person) -> dict[str, Sequence[str]]:
    """Read the tiers and kinds of suppliers there are; without them they can be typed."""
    try:
        found = fetch_filter_choices(person.client)
    except StoreError:
        return {}
    return {"tier": found.tiers, "category": found.categories}


def _show_head(
    person: Person, stored: Stored | None, draft: DefinitionDraft, zone: str | None
) -> None:
    if stored is None:
        words = "It begins turned off: once published it is in the list, where it is turned on."
        st.html(answer("New playbook") + standing(words))
    else:
        title = fill("{} {}", title_of(stored), on_or_off(stored))
        with st.container(
            horizontal=True, horizontal_alignment="distribute", key="cs-playbook-standing"
        ):
            did = did_html(stored.name, _figures_of(person, stored.name))
            said = answer(title) + in_force(stored, zone) + did
            st.html(fill('<div class="cs-playbook">{}</div>', said), width="stretch")
            show_switch(stored)
    words = " ".join(playbook_in_words(draft.edited))
    st.html(fill('<p class="cs-said">{}</p>', words))


def _plan(
    stored: Stored | None,
    name: str,
    draft: DefinitionDraft,
    preview: PlaybookPreview | None,
) -> Plan:
    def publish(
        person: Person, definition: Mapping[str, Any], note: str, based_on: int
    ) -> Published:
        done = publish_playbook(person.client, name, definition, note, based_on)
        if done.is_published and stored is None:
            st.query_params["playbook"] = name
        return done

    effect = [f"Now: {matched_in_words(preview)}"] if preview else []
    is_enabled = draft.edited.get("enabled", True)
    effect.append(
        "The next run works with it. What is planned already stays as it is."
        if is_enabled
        else "It is off: nobody is contacted until it is turned on."
    )
    edited = draft.edited
    return Plan(
        title=f"“{edited['title'] or name}”",
        draft=draft,
        changes=playbook_changes(stored.definition, edited)
        if stored
        else playbook_in_words(edited),
        effect=effect,
        publish=publish,
        title_before=f"“{title_of(stored)}”" if stored else None,
    )
