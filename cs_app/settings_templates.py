"""What the messages say."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from cs_app.formats import in_words
from cs_app.guard import Person
from cs_app.markup import address, nothing, when
from cs_app.settings_drafts import Draft, keep, open_draft, take_content
from cs_app.settings_publish import Plan, say, show_conflict, show_publishing, show_said
from cs_app.settings_style import show_settings_style
from cs_app.settings_versions import author, show_versions
from cs_app.template_diff import show_compare
from cs_app.template_form import NEW, check, read_form, show_form
from cs_app.template_list import NOBODY, show_list
from cs_app.template_preview_view import show_preview
from cs_app.template_style import show_template_style
from cs_core.errors import StoreError
from cs_core.io.outreach_store import fetch_playbooks
from cs_core.io.scorecards import VERSIONS_AT_ONCE, Published, Version
from cs_core.io.template_versions import (
    StoredTemplate,
    fetch_stored_templates,
    fetch_template_versions,
    publish_template,
)
from cs_core.template_words import template_changes, users_of

NEW_NAME = "new"


def show_templates(person: Person) -> None:
    """Show this part of the settings: all templates, or the one that the address names."""
    show_settings_style()
    show_template_style()
    templates = fetch_stored_templates(person.client)
    show_said()
    name = st.query_params.get("template")
    chosen = next((one for one in templates if one.name == name), None)
    if chosen is not None or name == NEW_NAME:
        _show_editor(person, chosen, templates)
        return
    if name:
        st.info("There is no such template; here are all there are.", icon=":material/info:")
    show_list(templates, _users(person, templates), st.context.timezone)


def _users(person: Person, templates: Sequence[StoredTemplate]) -> Mapping[str, list[str]]:
    """Find out what sends each template; the list is worth showing without it."""
    try:
        playbooks = fetch_playbooks(person.client).playbooks
    except StoreError as error:
        st.warning(
            f"Which playbooks use the templates could not be read. {error}",
            icon=":material/cloud_off:",
        )
        playbooks = ()
    return {one.name: users_of(one.name, playbooks) for one in templates}


def _show_editor(
    person: Person, stored: StoredTemplate | None, templates: Sequence[StoredTemplate]
) -> None:
    back = address("/settings", {"part": "templates"})
    st.html(f'<a class="cs-link cs-more" href="{escape(back)}" target="_self">← All templates</a>')
    zone = st.context.timezone
    what = f"template/{stored.name if stored else NEW_NAME}"
    begin = stored.definition if stored else NEW
    draft = open_draft(person, what, stored.version if stored else 0, begin)
    if stored is None and not draft.is_changed:
        # Nothing is in force yet: whatever the form says would be new.
        draft.base = {}
    draft.edited = read_form(draft)
    keep(person, draft)
    taken = [one.name for one in templates] + [NEW_NAME] if stored is None else []
    template, problems = check(draft.edited, taken)
    _show_head(person, stored, zone)
    is_late = stored is not None and show_conflict(
        person, draft, stored, template_changes(draft.base, stored.definition)
    )
    left, right = st.columns([6, 6], gap="large")
    with left:
        show_form(draft, problems)
        versions = _versions(stored, person)
        can_publish = template is not None and not is_late
        show_publishing(person, _plan(stored, draft), can_publish=can_publish)
    with right:
        show_preview(person, template)
        show_compare(draft, versions)
        if stored is not None and versions:

            def go_back(version: Version) -> None:
                _go_back(person, draft, version)

            show_versions(versions, template_changes, go_back, zone)


def _versions(stored: StoredTemplate | None, person: Person) -> list[Version]:
    if stored is None:
        return []
    try:
        return fetch_template_versions(person.client, stored.name, limit=VERSIONS_AT_ONCE + 1)
    except StoreError as error:
        st.html(nothing(f"The versions could not be read. {error}"))
        return []


def _show_head(person: Person, stored: StoredTemplate | None, zone: str | None) -> None:
    if stored is None:
        st.html(
            '<h2 class="cs-answer">New template</h2><p class="cs-standing cs-quiet">To suppliers.'
            " Once published, playbooks and people can choose it.</p>"
        )
        return
    is_default = stored.version == 1 and not stored.published_by
    moment = when(stored.published_at, datetime.now(UTC), zone)
    by = "the default" if is_default else f"published by {escape(author(stored))} {moment}"
    users = _users(person, [stored])[stored.name]
    sent_by = f"Sent by {', '.join(users)}" if users else NOBODY
    st.html(
        f'<h2 class="cs-answer">{escape(in_words(stored.name))}</h2>'
        f'<p class="cs-standing">Version {stored.version} is in force'
        f' <span class="cs-quiet">{by}</span></p>'
        f'<p class="cs-standing cs-quiet">{escape(sent_by)}.</p>'
    )


def _go_back(person: Person, draft: Draft, version: Version) -> None:
    if version.definition == draft.base:
        say(f"Version {version.version} says the same as the one in force.")
        return
    take_content(person, draft, version.definition, f"Back to version {version.version}")
    say(f"The form holds what version {version.version} says. Look, then publish it.")


def _plan(stored: StoredTemplate | None, draft: Draft) -> Plan:
    def publish(person: Person) -> Published:
        done = publish_template(person.client, draft.edited, draft.note, draft.based_on)
        if done.is_published and stored is None:
            st.query_params["template"] = draft.edited["name"]
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
