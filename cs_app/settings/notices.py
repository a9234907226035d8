"""What came of the last click in the settings, said on top of the page, with a way to undo it."""

from collections.abc import Callable

import streamlit as st

from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain

SAID = "settings-said"
UNDO = "settings-undo"

# Undoes something; says what came of it.
Undo = Callable[[Person], None]


def notify(words: str, *, ok: bool = True, undo: Undo | None = None) -> None:
    """Say something at the top of the next drawing of the page, until it is closed.

    Parameters
    ----------
    words : str
    ok : bool
    undo : callable, optional
        Offered as a button beside it.
    """
    st.session_state[SAID] = (words, ok)
    st.session_state[UNDO] = undo


def show_notice(person: Person) -> None:
    """Show what came of the last action; undo it where that is clicked."""
    said = st.session_state.get(SAID)
    if said is None:
        return
    words, ok = said
    undo: Undo | None = st.session_state.get(UNDO)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="cs-said"):
        if ok:
            st.success(plain(words), icon=":material/check:")
        else:
            st.warning(plain(words), icon=":material/info:")
        undone = undo is not None and st.button("Undo", key="said-undo", icon=":material/undo:")
        st.button("Close", key="said-close", type="tertiary", on_click=_forget_said)
    if undone and undo is not None:
        _forget_said()
        undo(person)
        st.rerun()


def _forget_said() -> None:
    st.session_state.pop(SAID, None)
    st.session_state.pop(UNDO, None)
