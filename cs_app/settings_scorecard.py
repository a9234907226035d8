"""How the score is made: weights, steps, windows, thresholds; looked at before published."""

from datetime import UTC, datetime
from html import escape

import streamlit as st

from cs_app.formats import counted, whole_number
from cs_app.guard import Person
from cs_app.markup import nothing, when
from cs_app.rescore import show_rescoring, start_rescoring
from cs_app.scorecard_form import check, read_form, show_form
from cs_app.scorecard_preview_view import look_ahead, preview_in_words, show_answer, show_details
from cs_app.settings_drafts import Draft, keep, open_draft, take_content
from cs_app.settings_fields import Problems
from cs_app.settings_publish import Plan, say, show_conflict, show_publishing, show_said
from cs_app.settings_style import show_settings_style
from cs_app.settings_versions import author, show_versions
from cs_core.errors import CsError, ScorecardError
from cs_core.io.score_store import NoScorecard
from cs_core.io.scorecards import (
    VERSIONS_AT_ONCE,
    PreviewBasis,
    Published,
    ScorecardVersion,
    Version,
    fetch_basis,
    fetch_versions,
    publish_scorecard,
)
from cs_core.scorecard import DEFAULT_SCORECARD, Scorecard
from cs_core.scorecard_preview import ScorecardPreview
from cs_core.scorecard_words import scorecard_changes


def show_scorecard(person: Person) -> None:
    """Show this part of the settings."""
    show_settings_style()
    versions = fetch_versions(person.client, limit=VERSIONS_AT_ONCE + 1)
    if not versions:
        raise NoScorecard()
    newest, zone = versions[0], st.context.timezone
    show_said()
    show_rescoring()
    draft = open_draft(person, "scorecard", newest.version, _to_begin_with(newest))
    draft.edited = read_form(draft)
    keep(person, draft)
    card, problems = check(draft.edited)
    _show_head(newest, zone)
    is_late = show_conflict(person, draft, newest, scorecard_changes(draft.base, newest.definition))

    def go_back(version: Version) -> None:
        if version.definition == newest.definition:
            say(f"Version {version.version} says the same as the one in force.")
            return
        note = f"Back to version {version.version}"
        take_content(person, draft, version.definition, note)
        say(f"Below is what version {version.version} says. Look at the preview, then publish it.")

    left, right = st.columns([6, 7], gap="large")
    with left:
        show_form(draft, problems)
    with right:
        basis, preview = _show_ahead(person, draft, card, problems, newest, zone)
        plan = _plan(draft, newest, basis, preview)
        show_publishing(person, plan, can_publish=card is not None and not is_late)
        if preview is not None:
            show_details(preview)
        show_versions(versions, scorecard_changes, go_back, zone)


def _to_begin_with(newest: ScorecardVersion) -> dict[str, object]:
    """Give the version in force; the default where somebody stored one that breaks a rule."""
    try:
        return Scorecard.from_dict(newest.definition, newest.version).to_dict()
    except ScorecardError as error:
        st.error(
            f"Version {newest.version}, which is stored, cannot be used, and no run scores with"
            f" it. {error} The form begins with the default; publish it, or correct it first.",
            icon=":material/error:",
        )
        return DEFAULT_SCORECARD.to_dict()


def _show_head(newest: ScorecardVersion, zone: str | None) -> None:
    is_default = newest.version == 1 and not newest.published_by
    since = "" if is_default else f" {when(newest.published_at, datetime.now(UTC), zone)}"
    by = "the default" if is_default else f"published by {escape(author(newest))}{since}"
    note = f" <q>{escape(newest.note)}</q>" if newest.note and not is_default else ""
    st.html(
        f'<p class="cs-standing"><b>Version {newest.version} is in force</b>'
        f' <span class="cs-quiet">{by}{note}</span></p>'
    )


def _show_ahead(
    person: Person,
    draft: Draft,
    card: Scorecard | None,
    problems: Problems,
    newest: ScorecardVersion,
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
            f"The preview could not be made. {error} Your edits are kept; nothing was changed.",
            icon=":material/cloud_off:",
        )
        st.button("Try again", icon=":material/refresh:", key="preview-again")
        return None, None
    show_answer(preview, basis, zone)
    return basis, preview


def _show_nothing(draft: Draft, basis: PreviewBasis) -> None:
    if not draft.is_changed:
        words = "Change a figure, and here you see who would change level, before anything is in"
        st.html(nothing(f"{words} force."))
    elif basis.as_of is None:
        words = "No supplier is scored yet, so there is nothing to compare with. The first run"
        st.html(nothing(f"{words} scores with what is published."))
    if not draft.is_changed and basis.scored_before:
        _show_older(basis)


def _show_older(basis: PreviewBasis) -> None:
    if basis.scored_before:
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
            on_click=start_rescoring,
            args=[basis.suppliers],
        )


def _plan(
    draft: Draft,
    newest: ScorecardVersion,
    basis: PreviewBasis | None,
    preview: ScorecardPreview | None,
) -> Plan:
    effect = [preview_in_words(preview)] if preview else []
    effect.append(
        "The next run scores with it. Scores of the past keep the version they were made with,"
        " and nobody is contacted only because a level moved with the scorecard."
    )

    def publish(person: Person) -> Published:
        return publish_scorecard(person.client, draft.edited, draft.note, draft.based_on)

    suppliers = basis.suppliers if basis else 0
    return Plan(
        title="the scorecard",
        draft=draft,
        changes=scorecard_changes(newest.definition, draft.edited),
        effect=effect,
        publish=publish,
        and_then=("Publish and score everybody now", lambda: start_rescoring(suppliers)),
    )
