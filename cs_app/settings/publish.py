"""Publishing a changed definition: the question before, and what came of it."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass

import streamlit as st

from cs_app.settings.drafts import (
    DefinitionDraft,
    bring_forward,
    discard,
    forget_here,
    keep,
    put_back,
    take_content,
)
from cs_app.settings.fields import say_wrong
from cs_app.ui.guard import Person, as_admin, require_person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import quiet
from cs_app.ui.notices import Undo, notify
from cs_core.base.definitions import Definition
from cs_core.base.errors import CsError, DefinitionError, StoreError
from cs_core.base.html import each, fill
from cs_core.io.definitions.versions import Published, Version

ASKING = "settings-asking"
LONGEST_NOTE = 2000
# Above what the form holds where nothing was edited, but the version in force cannot be used.
INSTEAD = ("What would change", "against the version that cannot be used")

# What one definition changes against another, a sentence each.
Changes = Callable[[Definition, Definition], list[str]]
# Publishes a definition with a note, made from a version.
Publish = Callable[[Person, Definition, str, int], Published]


@dataclass(frozen=True)
class Plan:
    """What is to be published, and how."""

    title: str  # what it is: "the scorecard"
    draft: DefinitionDraft
    changes: Sequence[str]  # against the version in force, a sentence each
    effect: Sequence[str]  # what publishing it does, a sentence each
    publish: Publish  # of the draft, or of what was in force before it
    and_then: tuple[str, Callable[[], None]] | None = None  # a label, and what to do at once after
    title_before: str | None = None  # where publishing can rename it


def show_conflict(
    draft: DefinitionDraft, newest: Version, definition: Definition, changes: Changes
) -> bool:
    """Tell who is late that somebody else published meanwhile; True: nothing can be published.

    `definition`: what the newest version says, as the form takes it.
    """
    if draft.based_on == newest.version:
        return False
    who, theirs = newest.published_by or "Somebody", changes(draft.base, definition)
    what = f" It changed: {'; '.join(theirs)}." if theirs else ""
    words = (
        f"{who} published version {newest.version} while you were editing version"
        f" {draft.based_on}.{what} Your edits are kept. Bring them onto version {newest.version},"
        " look at the preview again, then publish."
    )
    st.warning(plain(words), icon=":material/call_merge:")
    st.button(
        f"Bring my edits onto version {newest.version}",
        key="bring-forward",
        type="primary",
        on_click=bring_forward,
        args=[draft, newest.version, definition],
    )
    return True


def show_publishing(person: Person, plan: Plan, *, can_publish: bool) -> None:
    """Show the note and the buttons, where there is anything to publish."""
    draft = plan.draft
    if not draft.is_to_publish:
        return
    with st.container(border=True, gap="small", key="cs-publishing"):
        head, beneath = st.container(), st.container()
        key = draft.key("note")
        st.session_state.setdefault(key, draft.note)
        with beneath:
            draft.note = st.text_input(
                "What changes and why (for the history)", key=key, max_chars=LONGEST_NOTE
            )
            wrong = st.container()
        keep(person, draft)
        words, about = ("Your edits", _kept(draft)) if draft.is_changed else INSTEAD
        pattern = '<p class="cs-field-head"><b>{}</b> {}</p><ul class="cs-changes">{}</ul>'
        head.html(fill(pattern, words, quiet(about), each("<li>{}</li>", plan.changes)))
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            asked = st.button(
                f"Publish version {draft.based_on + 1} …",
                type="primary",
                key="publish",
                disabled=not can_publish,
            )
            if draft.is_changed:
                st.button("Discard edits", key="discard", on_click=as_admin(_discard), args=[draft])
        if asked and not draft.note.strip():
            with wrong:
                say_wrong(["Say what changes and why: the others will want to know."])
        elif asked:
            st.session_state[ASKING] = draft.what
    if can_publish and st.session_state.get(ASKING) == draft.what:
        _ask(plan)


def _kept(draft: DefinitionDraft) -> str:
    if draft.not_kept:
        return f"only in this tab until they can be kept for you. {draft.not_kept}"
    return "kept for you until you publish or discard them"


def _discard(person: Person, draft: DefinitionDraft) -> None:
    try:
        discard(person, draft)
    except StoreError as error:
        notify(f"Your edits were not discarded. {error}", ok=False)
        return
    notify("Your edits are discarded.", undo=lambda now: put_back(now, draft))


def go_back(
    draft: DefinitionDraft, read: Callable[[Version], Definition], version: Version
) -> None:
    """Put what a version says into the form; edits there were can be had back.

    `read` gives what a version says as the form takes it; a DefinitionError where no form can.
    """
    number = version.version
    try:
        content = read(version)
    except DefinitionError as error:
        notify(f"Version {number} cannot be used any more. {error}", ok=False)
        return
    if content == draft.base and not draft.is_stand_in:
        notify(f"Version {number} says the same as the one in force.")
        return
    before = deepcopy(draft) if draft.is_changed else None
    take_content(draft, content, f"Back to version {number}")
    words = f"The form holds what version {number} says. Look at it, then publish it."
    if before is None:
        notify(words)
    else:
        notify(f"{words} It replaced your edits.", undo=lambda now: put_back(now, before))


def _ask(plan: Plan) -> None:
    title = plain(f"Publish {plan.title}, version {plan.draft.based_on + 1}?")

    @st.dialog(title, on_dismiss=close_question)
    def question() -> None:
        _show_question(require_person("admin"), plan)

    question()


def close_question() -> None:
    """Forget that something was to be published."""
    st.session_state.pop(ASKING, None)


def _show_question(person: Person, plan: Plan) -> None:
    changes, effect = each("<li>{}</li>", plan.changes), each("<p>{}</p>", plan.effect)
    st.html(fill('<div class="cs-question"><ul>{}</ul>{}</div>', changes, effect))
    with st.container(horizontal=True, gap="small"):
        sure = st.button("Publish", type="primary", key="publish-sure")
        more = plan.and_then is not None and st.button(plan.and_then[0], key="publish-and-then")
        if st.button("Cancel", key="publish-cancel"):
            close_question()
            st.rerun()
    if sure or more:
        _publish(person, plan, and_then=more)


def _publish(person: Person, plan: Plan, *, and_then: bool) -> None:
    draft = plan.draft
    try:
        done = plan.publish(person, draft.edited, draft.note, draft.based_on)
    except DefinitionError as error:
        st.error(f"Nothing was published. {plain(str(error))}", icon=":material/error:")
        return
    except CsError as error:
        st.error(
            f"{plain(str(error))} Nothing was published, as far as can be told; your edits are"
            " kept. Close this and look at the versions before you try again.",
            icon=":material/cloud_off:",
        )
        return
    if done.is_published:
        _forget(person, draft)
        notify(f"Version {done.version} of {plan.title} is in force.", undo=_way_back(plan, done))
        if and_then and plan.and_then is not None:
            plan.and_then[1]()
    # Otherwise somebody else was faster: the page says so, and what they changed.
    close_question()
    st.rerun()


def _forget(person: Person, draft: DefinitionDraft) -> None:
    try:
        discard(person, draft)
    except StoreError:
        # What stays kept says what is in force now: the next look finds nothing changed. Only of
        # something new it is offered again, under a name that is taken.
        forget_here(draft.what)


def _way_back(plan: Plan, done: Published) -> Undo | None:
    """Give what publishes the content of before again; None where there is none to go back to."""
    before, based_on = plan.draft.base, plan.draft.based_on
    if based_on == 0 or plan.draft.is_stand_in:
        return None

    def undo(person: Person) -> str | None:
        back = plan.publish(person, before, f"Back to version {based_on}", done.version)
        if not back.is_published:
            return None
        return (
            f"Version {back.version} of {plan.title_before or plan.title} is in force and says"
            f" what version {based_on} said."
        )

    return lambda person: undo_published(lambda: undo(person))


def undo_published(undo: Callable[[], str | None]) -> None:
    """Take back what was published; say what came of it.

    `undo` returns what holds again, or None where somebody has published something since.
    """
    try:
        words = undo()
    except CsError as error:
        notify(f"{error} Nothing was undone, as far as can be told.", ok=False)
        return
    if words is None:
        notify("It was changed again meanwhile, so nothing was undone.", ok=False)
    else:
        notify(words)
