"""A button that asks once more before it does what cannot be undone."""

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
    is_sure = place.button(yes, key=f"{key}-yes")
    place.button(no, key=f"{key}-no", type="tertiary", on_click=_ask_about, args=(None,))
    if is_sure:
        _ask_about(None)
    return is_sure


def _ask_about(key: str | None) -> None:
    st.session_state[SURE_KEY] = key
