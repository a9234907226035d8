"""What the messages say."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from cs_app.settings.drafts import DefinitionDraft, begun, keep, open_draft
from cs_app.settings.fields import Problems
from cs_app.settings.publish import Plan, go_back, show_conflict, show_publishing
from cs_app.settings.templates.diff import show_compare
from cs_app.settings.templates.form import NEW, check, read_form, show_form
from cs_app.settings.templates.list import NOBODY, show_list
from cs_app.settings.templates.preview import show_preview
from cs_app.settings.versions import in_force, read_versions, show_versions, standing
from cs_app.ui.formats import in_words
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import address, answer, link
from cs_app.ui.notices import show_notice
from cs_core.base.errors import StoreError
from cs_core.io.definitions.playbooks import fetch_playbooks
from cs_core.io.definitions.templates import publish_template
from cs_core.io.definitions.versions import Published, Stored, fetch_stored
from cs_core.outreach.template_wording import template_changes, users_of

NEW_NAME = "new"


def show_templates(person: Person) -> None:
    """Show this part of the settings: all templates, or the one that the address names."""
    templates = fetch_stored(person.client, "template")
    show_notice(person)
    name = st.query_params.get("template")
    chosen = next((one for one in templates if one.name == name), None)
    if chosen is not None or name == NEW_NAME:
        _show_editor(person, chosen, templates)
        return
    if name:
        st.info("There is no such template; here are all there are.", icon=":material/info:")
    show_list(templates, _users(person, templates), begun(person, "template"), st.context.timezone)


def _users(person: Person, templates: Sequence[Stored]) -> Mapping[str, list[str]]:
    """Find out what sends each template; the list is worth showing without it."""
    try:
        playbooks = fetch_playbooks(person.client).playbooks
    except StoreError as error:
        st.warning(
            f"Which playbooks use the templates could not be read. {plain(str(error))}",
            icon=":material/cloud_off:",
        )
        playbooks = ()
    return {one.name: users_of(one.name, playbooks) for one in templates}


def _show_editor(person: Person, stored: Stored | None, templates: Sequence[Stored]) -> None:
    back = address("/settings", {"part": "templates"})
    st.html(link("← All templates", back, css="cs-more"))
    zone = st.context.timezone
    what = f"template/{stored.name if stored else NEW_NAME}"
    begin = stored.definition if stored else NEW
    draft = open_draft(person, what, stored.version if stored else 0, begin)
    draft.edited = read_form(draft)
    keep(person, draft)
    taken = [one.name for one in templates] + [NEW_NAME] if stored is None else []
    template, problems = check(draft.edited, taken)
    _show_head(person, stored, zone)
    is_late = stored is not None and show_conflict(draft, stored, begin, template_changes)
    left, right = st.columns([6, 6], gap="large")
    with left:
        # Of a form that nobody has touched yet nothing is said to be wrong.
        is_begun = stored is not None or draft.is_changed
        show_form(draft, problems if is_begun else Problems(()))
        versions = read_versions(person, "template", stored.name, what) if stored else []
        can_publish = template is not None and not is_late
        show_publishing(person, _plan(stored, draft), can_publish=can_publish)
    with right:
        show_preview(person, template)
        show_compare(draft, versions)
        if versions:
            # What is wrong in an old text is shown at its fields, to be corrected there.
            way_back = partial(go_back, draft, lambda version: version.definition)
            show_versions(what, versions, template_changes, way_back, zone)


def _show_head(person: Person, stored: Stored | None, zone: str | None) -> None:
    if stored is None:
        words = "To suppliers. Once published, playbooks and people can choose it."
        st.html(answer("New template") + standing(words))
        return
    users = _users(person, [stored])[stored.name]
    sent_by = f"Sent by {', '.join(users)}" if users else NOBODY
    st.html(answer(in_words(stored.name)) + in_force(stored, zone) + standing(f"{sent_by}."))


def _plan(stored: Stored | None, draft: DefinitionDraft) -> Plan:
    def publish(
        person: Person, definition: Mapping[str, Any], note: str, based_on: int
    ) -> Published:
        done = publish_template(person.client, definition, note, based_on)
        if done.is_published and stored is None:
            st.query_params["template"] = str(definition["name"])
        return done

    title = in_words(draft.edited["name"]) or "new template"
    changes = template_changes(stored.definition, draft.edited) if stored else []
    effect = (
        "What is written from now on says this. What is sent, or waits in the outbox, stays as it"
        " was written."
    )
    return Plan(
        title=f"“{title}”",
        draft=draft,
        changes=changes or ["A new template"],
        effect=[effect],
        publish=publish,
    )
