"""How often to write, when to call, whom to alert."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import streamlit as st

from cs_app.settings.drafts import DefinitionDraft, keep, open_draft
from cs_app.settings.outreach_effect import effect_in_words
from cs_app.settings.outreach_form import check, read_form, show_form
from cs_app.settings.publish import Plan, go_back, show_conflict, show_publishing
from cs_app.settings.versions import how_many, read_newest, show_standing, show_versions
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import heading, nothing
from cs_app.ui.notices import show_notice
from cs_core.base.errors import CsError
from cs_core.base.html import each, fill
from cs_core.io.definitions.rules import (
    NoOutreachRules,
    count_capped,
    fetch_waiting,
    publish_rules,
)
from cs_core.io.definitions.versions import Version, fetch_versions
from cs_core.outreach.rules import OutreachRules
from cs_core.outreach.rules_effect import compare_rules
from cs_core.outreach.rules_wording import rules_changes

HOME = "Europe/London"  # where the example of a call is, if the reader's own zone is not known


def show_outreach(person: Person) -> None:
    """Show this part of the settings."""
    versions = fetch_versions(person.client, "rules", limit=how_many("outreach") + 1)
    if not versions:
        raise NoOutreachRules()
    newest, now, zone = versions[0], datetime.now(UTC), st.context.timezone
    show_notice(person)
    so = ": nobody is contacted with it"
    in_force, is_stand_in = read_newest(person, "rules", newest, _rules, so)
    begin = in_force.to_dict()
    draft = open_draft(person, "outreach", newest.version, begin, is_stand_in=is_stand_in)
    draft.edited = read_form(draft)
    keep(person, draft)
    rules, problems = check(draft.edited, now, zone or HOME)
    show_standing(newest, zone)
    is_late = show_conflict(draft, newest, begin, rules_changes)
    left, right = st.columns([6, 7], gap="large")
    with left:
        show_form(draft, problems)
    with right:
        effect = _show_ahead(person, draft, in_force, rules, now, zone)
        # A usable version may lack a rule that is newer than it; what stands in hides the rest.
        before = newest.definition if is_stand_in else begin
        plan = _plan(draft, before, effect)
        show_publishing(person, plan, can_publish=rules is not None and not is_late)
        way_back = partial(go_back, draft, lambda version: _rules(version).to_dict())
        show_versions("outreach", versions, rules_changes, way_back, zone)


def _rules(version: Version) -> OutreachRules:
    return OutreachRules.from_dict(version.definition, version.version)


def _show_ahead(
    person: Person,
    draft: DefinitionDraft,
    in_force: OutreachRules,
    rules: OutreachRules | None,
    now: datetime,
    zone: str | None,
) -> list[str]:
    """Say what the edits would do to what waits now; its failure takes nothing else away."""
    st.html(heading("What it would do"))
    if rules is None:
        st.html(nothing("As soon as the form is right, this says what would change."))
        return []
    if not draft.is_changed:
        st.html(nothing("Change a rule, and here you see what it does to what waits now."))
        return []
    try:
        effect = compare_rules(
            in_force, rules, fetch_waiting(person.client, now), now, zone or HOME
        )
        capped = None
        if (rules.emails, rules.days) != (in_force.emails, in_force.days):
            capped = tuple(count_capped(person.client, one, now) for one in (in_force, rules))
        words = effect_in_words(effect, capped, in_force, rules, now, zone)
    except CsError as error:
        st.error(
            f"What it would do could not be found out. {plain(str(error))} Your edits are kept.",
            icon=":material/cloud_off:",
        )
        st.button("Try again", icon=":material/refresh:", key="effect-again")
        return []
    st.html(fill('<ul class="cs-changes">{}</ul>', each("<li>{}</li>", words)))
    return words


def _plan(draft: DefinitionDraft, before: Mapping[str, Any], effect: list[str]) -> Plan:
    return Plan(
        title="the outreach rules",
        draft=draft,
        changes=rules_changes(before, draft.edited),
        effect=[*effect, "They hold from now on. Calls that are planned keep their time."],
        publish=lambda person, *rest: publish_rules(person.client, *rest),
    )
