"""Fields of the settings' forms, each with what is wrong about it right beneath."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st
from markupsafe import Markup

from cs_app.ui.formats import first_upper
from cs_app.ui.markup import address, answer, button_link, quiet
from cs_core.base.html import fill, together

Problem = tuple[str, str]


class Problems:
    """What the rules say about a definition, handed out to the fields it is about.

    Parameters
    ----------
    found : sequence of (path, what is wrong)
        As a definition's `from_dict` raises them.
    names : mapping
        What the form calls a name of the definition.
    """

    def __init__(self, found: Sequence[Problem], names: dict[str, str] | None = None) -> None:
        self.found = tuple(found)
        self._names = names or {}
        self._shown: set[Problem] = set()

    def __bool__(self) -> bool:
        return bool(self.found)

    def at(self, *paths: str) -> list[str]:
        """Give what is wrong at some paths, in sentences."""
        mine = [problem for problem in self.found if problem[0] in paths]
        self._shown.update(mine)
        return [self._sentence(what) for _, what in mine]

    def beneath(self, path: str) -> list[str]:
        """Give what is wrong at a path and in all that is below it."""
        below = (f"{path}.", f"{path}[")
        paths = {p for p, _ in self.found if p == path or p.startswith(below)}
        return self.at(*paths)

    def show(self, *paths: str) -> None:
        """Show beneath a field what is wrong about it."""
        say_wrong(self.at(*paths))

    def show_rest(self) -> None:
        """Show what no field has shown, so that nothing is held back."""
        rest = [problem for problem in self.found if problem not in self._shown]
        say_wrong([f"{path}: {self._sentence(what)}" for path, what in rest])

    def _sentence(self, what: str) -> str:
        return sentence(what, self._names)


def sentence(what: str, names: dict[str, str] | None = None) -> str:
    """Write what is wrong as a sentence: "Must be a number from 0 to 100, not 120."."""
    words = what.replace(", not None", "; it is empty")
    for name, meant in (names or {}).items():
        words = re.sub(rf"\b{re.escape(name)}\b", meant, words)
    return f"{first_upper(words).rstrip('.')}."


def show_head(words: str, about: str = "") -> None:
    """Show what some fields are about, with quiet words beside it."""
    st.html(fill('<p class="cs-field-head"><b>{}</b> {}</p>', words, quiet(about)))


def show_list_head(said: str, what: str, begun: Collection[str]) -> None:
    """Say what a list holds, and lead to the editor of a new one: of a playbook, a template."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.html(answer(f"{said}."))
        words = f"Go on with the new {what}" if "new" in begun else f"New {what}"
        where = address("/settings", {"part": f"{what}s", what: "new"})
        st.html(button_link(words, where), width="content")


def say_wrong(sentences: Sequence[str]) -> None:
    """Show sentences about a mistake."""
    if sentences:
        said = together(sentences, Markup("<br>"))
        st.html(fill('<p class="cs-wrong" role="alert"><b>✕</b> {}</p>', said))


def number(label: str, key: str, value: Any, *, step: float = 1.0, **how: Any) -> None:
    """Show a field for a number; any number may be typed, the rules say what is wrong."""
    st.session_state.setdefault(key, float(value) if _is_number(value) else None)
    st.number_input(label, value=None, step=step, format="%g", key=key, **how)


def choice(
    label: str,
    key: str,
    value: Any,
    options: Sequence[Any],
    words: Callable[[Any], str],
    **how: Any,
) -> None:
    """Show a field for one of some values."""
    if st.session_state.setdefault(key, value) not in options:
        options = [*options, st.session_state[key]]
    st.selectbox(label, options, format_func=words, key=key, **how)


def typed(key: str, value: Any) -> Any:
    """Give what is in a field; the value it begins with before it is drawn.

    Whole numbers are whole numbers: 25, not 25.0.
    """
    found = st.session_state.get(key, value)
    if isinstance(found, float) and found.is_integer() and abs(found) < 1e15:
        return int(found)
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
