"""The notice bar: what came of the last click, where it was made, with a way to undo it."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain

KEY = "notice"
# What of an address names another thing to look at: a supplier, a part of a screen, a list.
PLACE = ("id", "part", "tab")

# Undoes something; says what came of it. Whether this person still may is its own question.
Undo = Callable[[Person], None]


@dataclass(frozen=True)
class _Notice:
    words: str
    ok: bool
    undo: Undo | None
    place: tuple[str, ...]


def notify(words: str, *, ok: bool = True, undo: Undo | None = None) -> None:
    """Say something at the top of the next drawing of this screen, until it is closed.

    Another notice takes its place; on another screen, or of another supplier, it is forgotten.

    `ok`: whether it is what was wanted. `undo`: offered as a button beside it.
    """
    st.session_state[KEY] = _Notice(words, ok, undo, _place())


def forget_notice() -> None:
    """Forget what was said: it was read, or something else is being done."""
    st.session_state.pop(KEY, None)


def forget_notice_elsewhere() -> None:
    """Forget what was said on another screen, or of another supplier."""
    notice: _Notice | None = st.session_state.get(KEY)
    if notice is not None and notice.place != _place():
        forget_notice()


def show_notice(person: Person) -> None:
    """Show what came of the last action; undo it where that is clicked."""
    forget_notice_elsewhere()
    notice: _Notice | None = st.session_state.get(KEY)
    if notice is None:
        return
    bar = st.container(horizontal=True, vertical_alignment="center", gap="small", key="cs-notice")
    with bar:
        if notice.ok:
            st.success(plain(notice.words), icon=":material/check:")
        else:
            st.warning(plain(notice.words), icon=":material/info:")
        undone = notice.undo and st.button("Undo", key="notice-undo", icon=":material/undo:")
        st.button(
            "Close",
            key="notice-close",
            type="tertiary",
            help="Close this message",
            on_click=forget_notice,
        )
    if undone and notice.undo:
        forget_notice()
        notice.undo(person)
        st.rerun()


def _place() -> tuple[str, ...]:
    path = urlsplit(st.context.url or "").path
    return path, *(st.query_params.get(name, "") for name in PLACE)
