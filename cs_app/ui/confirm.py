"""A button that asks once more before it does what cannot be undone."""

from collections.abc import Callable
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

SURE_KEY = "asked-whether-sure"


def ask_twice(
    place: DeltaGenerator,
    words: str,
    key: str,
    *,
    yes: str,
    no: str = "Keep it",
    question: str = "",
    type: Literal["secondary", "tertiary"] = "secondary",
    icon: str | None = None,
    help: str | None = None,
    on_yes: Callable[[], None] | None = None,
) -> bool:
    """Show a button; once it is clicked, a question and two buttons in its place.

    Parameters
    ----------
    place : DeltaGenerator
        The container they stand in.
    words, key, type, icon, help
        Of the button that asks.
    yes, no : str
        What the two buttons say: what will happen, and that nothing will.
    question : str
        What to think about, where the words of the buttons do not say it all.
    on_yes : callable, optional
        Called by the click on `yes`, before anything is drawn.

    Returns
    -------
    bool
        Whether it is to be done now. Of several such buttons one asks at a time.
    """
    if st.session_state.get(SURE_KEY) != key:
        place.button(
            words, key=key, type=type, icon=icon, help=help, on_click=_ask_about, args=(key,)
        )
        return False
    if question:
        place.markdown(question)
    is_sure = place.button(yes, key=f"{key}-yes", on_click=_say_yes, args=(on_yes,))
    place.button(no, key=f"{key}-no", type="tertiary", on_click=_ask_about, args=(None,))
    if is_sure:  # drawn once more: it was for the caller to do
        _ask_about(None)
    return is_sure


def _ask_about(key: str | None) -> None:
    st.session_state[SURE_KEY] = key


def _say_yes(on_yes: Callable[[], None] | None) -> None:
    if on_yes is not None:
        _ask_about(None)
        on_yes()
