"""How the score is made: weights, steps, windows, thresholds; looked at before published."""

from functools import partial
from typing import Any

import streamlit as st

from cs_app.settings.drafts import DefinitionDraft, keep, open_draft
from cs_app.settings.fields import Problems
from cs_app.settings.playbooks.switch import title_of
from cs_app.settings.publish import Plan, go_back, show_conflict, show_publishing
from cs_app.settings.rescore import show_rescoring, start_rescoring
from cs_app.settings.scorecard_form import check, read_form, show_form
from cs_app.settings.scorecard_preview import (
    look_ahead,
    preview_in_words,
    show_answer,
    show_details,
)
from cs_app.settings.versions import how_many, read_newest, show_standing, show_versions
from cs_app.ui.formats import counted, whole_number
from cs_app.ui.guard import Person, as_admin
from cs_app.ui.markdown import plain
from cs_app.ui.markup import nothing
from cs_app.ui.notices import show_notice
from cs_core.base.errors import CsError, PlaybookError, StoreError
from cs_core.io.definitions.scorecards import NoScorecard, publish_scorecard
from cs_core.io.definitions.versions import (
    Stored,
    Version,
    fetch_stored,
    fetch_versions,
)
from cs_core.io.run.preview import PreviewBasis, fetch_basis
from cs_core.outreach.conditions import fields_in
from cs_core.outreach.playbooks import Playbook
from cs_core.score.preview import ScorecardPreview
from cs_core.score.scorecard import Scorecard
from cs_core.score.scorecard_wording import scorecard_changes


def show_scorecard(person: Person) -> None:
    """Show this part of the settings."""
    versions = fetch_versions(person.client, "scorecard", limit=how_many("scorecard") + 1)
    if not versions:
        raise NoScorecard()
    newest, zone = versions[0], st.context.timezone
    show_notice(person)
    show_rescoring(newest.version)
    so = ", and no run scores with it"
    begin, is_stand_in = read_newest(person, "scorecard", newest, _content, so)
    draft = open_draft(person, "scorecard", newest.version, begin, is_stand_in=is_stand_in)
    draft.edited = read_form(draft)
    keep(person, draft)
    card, problems = check(draft.edited)
    show_standing(newest, zone)
    is_late = show_conflict(draft, newest, begin, scorecard_changes)
    left, right = st.columns([6, 7], gap="large")
    with left:
        show_form(draft, problems)
    with right:
        basis, preview = _show_ahead(person, draft, card, problems, newest, zone)
        plan = _plan(person, draft, newest, basis, preview)
        show_publishing(person, plan, can_publish=card is not None and not is_late)
        if preview is not None:
            show_details(preview)
        way_back = partial(go_back, draft, _content)
        show_versions("scorecard", versions, scorecard_changes, way_back, zone)


def _content(version: Version) -> dict[str, Any]:
    return Scorecard.from_dict(version.definition, version.version).to_dict()


def _show_ahead(
    person: Person,
    draft: DefinitionDraft,
    card: Scorecard | None,
    problems: Problems,
    newest: Version,
    zone: str | None,
) -> tuple[PreviewBasis | None, ScorecardPreview | None]:
    """Show the preview, or why there is none; its failure takes nothing else away."""
    if card is None:
        number = len(problems.found)
        it = "it is" if number == 1 else "they are"
        words = f"{counted(number, 'thing is', 'things are')} wrong in the form. As soon as {it}"
        st.html(nothing(f"{words} corrected, what would change is shown here."))
        return None, None
    try:
        basis = fetch_basis(person.client)
        if not draft.is_changed or basis.as_of is None:
            _show_nothing(draft, basis)
            return basis, None
        _show_older(basis)
        preview = look_ahead(person, card, newest.definition, basis)
    except CsError as error:
        st.error(
            f"The preview could not be made. {plain(str(error))} Your edits are kept; nothing was"
            " changed.",
            icon=":material/cloud_off:",
        )
        st.button("Try again", icon=":material/refresh:", key="preview-again")
        return None, None
    show_answer(preview, basis, zone)
    return basis, preview


def _show_nothing(draft: DefinitionDraft, basis: PreviewBasis) -> None:
    if draft.is_changed:
        words = "No supplier is scored yet, so there is nothing to compare with. The first run"
        st.html(nothing(f"{words} scores with what is published."))
        return
    words = "Change a figure, and here you see who would change level, before anything is in"
    st.html(nothing(f"{words} force."))
    _show_older(basis)


def _show_older(basis: PreviewBasis) -> None:
    if not basis.scored_before:
        return
    number = whole_number(basis.scored_before)
    st.info(
        f"{number} of {counted(basis.suppliers, 'score')} on screen were made with an older"
        " version; the next run, or scoring everybody now, changes that.",
        icon=":material/info:",
    )
    st.button(
        "Score everybody now",
        key="rescore-all",
        icon=":material/refresh:",
        help="With the version in force. Nobody is contacted by it.",
        on_click=as_admin(lambda _: start_rescoring(basis.suppliers)),
    )


def _what_playbooks_make_of_it(person: Person) -> str:
    words = "A playbook that waits for a level to change does not take this for a change."
    try:
        playbooks = fetch_stored(person.client, "playbook")
    except StoreError:
        return f"{words} One that asks for the level itself finds whoever has it then."
    asking = [title_of(one) for one in playbooks if _asks_for_level(one)]
    if not asking:
        return f"{words} No playbook that is on asks for a level itself."
    listed = ", ".join(f"“{title}”" for title in asking)
    verb = "asks" if len(asking) == 1 else "ask"
    return f"{words} {listed} {verb} for the level or the score itself, and will find others."


def _asks_for_level(stored: Stored) -> bool:
    try:
        playbook = Playbook.from_dict(stored.name, stored.definition, stored.version)
    except PlaybookError:
        return False  # the run leaves it out
    asked = fields_in(playbook.conditions) & {"risk_level", "health_score"}
    return playbook.enabled and playbook.trigger == "condition" and bool(asked)


def _plan(
    person: Person,
    draft: DefinitionDraft,
    newest: Version,
    basis: PreviewBasis | None,
    preview: ScorecardPreview | None,
) -> Plan:
    effect = [preview_in_words(preview)] if preview else []
    effect.append(
        "The next run scores with it. Scores of the past keep the version they were made with."
    )
    if draft.is_changed:
        effect.append(_what_playbooks_make_of_it(person))

    suppliers = basis.suppliers if basis else 0
    return Plan(
        title="the scorecard",
        draft=draft,
        changes=scorecard_changes(newest.definition, draft.edited),
        effect=effect,
        publish=lambda person, *rest: publish_scorecard(person.client, *rest),
        and_then=("Publish and score everybody now", lambda: start_rescoring(suppliers)),
    )
