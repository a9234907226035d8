"""Publishing a changed definition: the question before, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from cs_app.guard import Person, require_person
from cs_app.settings_drafts import Draft, bring_forward, discard, keep
from cs_core.errors import CsError, DefinitionError
from cs_core.io.scorecards import Published, Version

SAID = "settings-said"
UNDO = "settings-undo"
ASKING = "settings-asking"
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Plan:
    """What is to be published, and how.

    Parameters
    ----------
    title : str
        What it is: "the scorecard".
    draft : Draft
    changes : sequence of str
        Against the version in force, a sentence each.
    effect : sequence of str
        What publishing it does, a sentence each.
    publish : callable
        Takes the person; publishes the draft.
    and_then : tuple of (label, callable), optional
        Something to do at once after publishing.
    """

    title: str
    draft: Draft
    changes: Sequence[str]
    effect: Sequence[str]
    publish: Callable[[Person], Published]
    and_then: tuple[str, Callable[[], None]] | None = None


def say(words: str, *, is_well: bool = True) -> None:
    """Say something at the top of the next drawing of the page, until it is closed."""
    st.session_state[SAID] = (words, is_well)
    st.session_state.pop(UNDO, None)


def say_undo(what: tuple[object, ...]) -> None:
    """Offer to undo what was just said; `show_said` gives it back to who is to undo it."""
    st.session_state[UNDO] = what


def show_said() -> tuple[object, ...] | None:
    """Show what came of the last action; return what is to be undone, where that was clicked."""
    said = st.session_state.get(SAID)
    if said is None:
        return None
    words, is_well = said
    undo = None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cs-said"):
        if is_well:
            st.success(words, icon=":material/check:")
        else:
            st.warning(words, icon=":material/info:")
        known: tuple[object, ...] | None = st.session_state.get(UNDO)
        if known and st.button("Undo", key="said-undo", icon=":material/undo:"):
            undo = known
        st.button("Close", key="said-close", type="tertiary", on_click=_forget_said)
    return undo


def _forget_said() -> None:
    st.session_state.pop(SAID, None)
    st.session_state.pop(UNDO, None)


def show_conflict(person: Person, draft: Draft, newest: Version, theirs: Sequence[str]) -> bool:
    """Tell who is late that somebody else published meanwhile; say whether that is so."""
    if draft.based_on == newest.version:
        return False
    who = newest.published_by or "Somebody"
    what = f" It changed: {'; '.join(theirs)}." if theirs else ""
    st.warning(
        f"{who} published version {newest.version} while you were editing version"
        f" {draft.based_on}.{what} Your edits are kept. Bring them onto version {newest.version},"
        " look at the preview again, then publish.",
        icon=":material/call_merge:",
    )
    st.button(
        f"Bring my edits onto version {newest.version}",
        key="bring-forward",
        type="primary",
        on_click=bring_forward,
        args=[person, draft, newest.version, newest.definition],
    )
    return True


def show_publishing(person: Person, plan: Plan, *, can_publish: bool) -> None:
    """Show the note and the buttons; with unpublished edits only."""
    draft = plan.draft
    if not draft.is_changed:
        return
    with st.container(border=True, gap="small", key="cs-publishing"):
        listed = "".join(f"<li>{escape(one)}</li>" for one in plan.changes)
        st.html(
            '<p class="cs-field-head"><b>Your edits</b> <span class="cs-quiet">kept for you until'
            f' you publish or discard them</span></p><ul class="cs-changes">{listed}</ul>'
        )
        key = draft.key("note")
        st.session_state.setdefault(key, draft.note)
        draft.note = st.text_input(
            "What changes and why (for the history)", key=key, max_chars=LONGEST_NOTE
        )
        keep(person, draft)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            asked = st.button(
                f"Publish version {draft.based_on + 1} …",
                type="primary",
                key="publish",
                disabled=not can_publish,
            )
            st.button("Discard edits", key="discard", on_click=discard, args=[person, draft])
        if asked and not draft.note.strip():
            st.html(
                '<p class="cs-wrong" role="alert"><b>✕</b> Say what changes and why: the others'
                " will want to know.</p>"
            )
        elif asked:
            st.session_state[ASKING] = draft.what
    if can_publish and st.session_state.get(ASKING) == draft.what:
        _ask(plan)


def _ask(plan: Plan) -> None:
    title = f"Publish {plan.title}, version {plan.draft.based_on + 1}?"

    @st.dialog(title, on_dismiss=close_question)
    def question() -> None:
        _show_question(require_person("admin"), plan)

    question()


def close_question() -> None:
    """Forget that something was to be published."""
    st.session_state.pop(ASKING, None)


def _show_question(person: Person, plan: Plan) -> None:
    changes = "".join(f"<li>{escape(change)}</li>" for change in plan.changes)
    effect = "".join(f"<p>{escape(sentence)}</p>" for sentence in plan.effect)
    st.html(f'<div class="cs-question"><ul>{changes}</ul>{effect}</div>')
    with st.container(horizontal=True, gap="small"):
        sure = st.button("Publish", type="primary", key="publish-sure")
        more = plan.and_then is not None and st.button(plan.and_then[0], key="publish-and-then")
        if st.button("Cancel", key="publish-cancel"):
            close_question()
            st.rerun()
    if sure or more:
        _publish(person, plan, and_then=more)


def _publish(person: Person, plan: Plan, *, and_then: bool) -> None:
    try:
        done = plan.publish(person)
    except DefinitionError as error:
        st.error(f"Nothing was published. {error}", icon=":material/error:")
        return
    except CsError as error:
        st.error(
            f"{error} Nothing was published, as far as can be told; your edits are kept. Close"
            " this and look at the versions before you try again.",
            icon=":material/cloud_off:",
        )
        return
    if done.is_published:
        discard(person, plan.draft)
        say(f"Version {done.version} of {plan.title} is in force.")
        if and_then and plan.and_then is not None:
            plan.and_then[1]()
    # Otherwise somebody else was faster: the page says so, and what they changed.
    close_question()
    st.rerun()
