"""Turning a playbook on and off: asked before, undone with a click."""

from collections.abc import Sequence

import streamlit as st

from cs_app.settings.publish import undo_published
from cs_app.ui.guard import Person, require_person
from cs_app.ui.markdown import plain
from cs_app.ui.notices import notify
from cs_core.base.errors import CsError, DefinitionError
from cs_core.io.definitions.playbooks import publish_playbook
from cs_core.io.definitions.versions import Stored, fetch_stored
from cs_core.outreach.playbook_wording import playbook_in_words

SWITCHING = "playbook-switching"


def is_on(playbook: Stored) -> bool:
    """Whether the run heeds a playbook."""
    return bool(playbook.definition.get("enabled", True))


def title_of(playbook: Stored) -> str:
    """What a playbook is called."""
    return str(playbook.definition.get("title") or playbook.name)


def show_switch(playbook: Stored) -> None:
    """Show the button that asks whether to turn a playbook the other way."""
    on = is_on(playbook)
    st.button(
        "Turn off" if on else "Turn on",
        key=f"switch-{playbook.name}",
        help=plain(f"Turn “{title_of(playbook)}” {'off' if on else 'on'}"),
        on_click=_begin,
        args=[playbook.name],
    )


def _begin(name: str) -> None:
    st.session_state[SWITCHING] = name


def _end() -> None:
    st.session_state.pop(SWITCHING, None)


def ask_where_begun(playbooks: Sequence[Stored]) -> None:
    """Ask, where the button of one of these was clicked."""
    name = st.session_state.get(SWITCHING)
    playbook = next((one for one in playbooks if one.name == name), None)
    if playbook is None:
        return
    verb = "off" if is_on(playbook) else "on"

    @st.dialog(plain(f"Turn “{title_of(playbook)}” {verb}?"), on_dismiss=_end)
    def question() -> None:
        _show_question(require_person("admin"), playbook)

    question()


def _show_question(person: Person, playbook: Stored) -> None:
    on = is_on(playbook)
    if on:
        st.write(
            "From the next run on it contacts nobody. What it has planned stays planned; open"
            " calls are still taken back when the supplier recovers by the usual rule: being"
            " healthy again."
        )
    else:
        for words in playbook_in_words(playbook.definition):
            st.text(words)
        st.write("It begins with the next run.")
    verb = "Turn off" if on else "Turn on"
    with st.container(horizontal=True, gap="small"):
        sure = st.button(verb, type="primary", key="switch-sure")
        if st.button("Cancel", key="switch-cancel"):
            _end()
            st.rerun()
    if sure and _switch(person, playbook):
        _end()
        st.rerun()


def _switch(person: Person, playbook: Stored) -> bool:
    """Publish it turned the other way; say what came of it, and offer to undo it."""
    try:
        version = _publish_switched(person, playbook, again="")
    except DefinitionError as error:
        st.error(f"Nothing was changed. {plain(str(error))}", icon=":material/error:")
        return False
    except CsError as error:
        st.error(
            f"{plain(str(error))} Nothing was changed, as far as can be told. Close this and look"
            " whether it is on before you try again.",
            icon=":material/cloud_off:",
        )
        return False
    title, name = title_of(playbook), playbook.name
    if version is None:
        notify(
            f"Somebody else has just published another version of “{title}”; nothing was changed."
            " Look at it, then decide.",
            ok=False,
        )
        return True
    now = "off" if is_on(playbook) else "on"
    notify(
        f"“{title}” is {now}. The next run heeds it.",
        undo=lambda later: undo_published(lambda: _undo(later, name, version)),
    )
    return True


def _publish_switched(person: Person, playbook: Stored, again: str) -> int | None:
    """Publish a playbook turned the other way; None where another version is newer."""
    on = is_on(playbook)
    note = f"Turned {'off' if on else 'on'}{again}"
    definition = playbook.definition | {"enabled": not on}
    done = publish_playbook(person.client, playbook.name, definition, note, playbook.version)
    return done.version if done.is_published else None


def _undo(person: Person, name: str, version: int) -> str | None:
    """Turn a playbook back, unless somebody has changed it since."""
    found = {one.name: one for one in fetch_stored(person.client, "playbook")}
    playbook = found.get(name)
    is_same = playbook is not None and playbook.version == version
    if playbook is None or not is_same or not _publish_switched(person, playbook, " again"):
        return None
    return f"“{title_of(playbook)}” is {'off' if is_on(playbook) else 'on'} again."
