"""Choices that the address keeps: drawn as it says, and what is chosen is put into it."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st

Option = TypeVar("Option")
ANY = ""


def choose_one(
    label: str,
    words: Mapping[Option, str],
    chosen: Option,
    key: str,
    put: Callable[[Option], None],
) -> None:
    """Show options side by side, one of them chosen."""
    st.session_state[key] = chosen
    st.segmented_control(
        label,
        list(words),
        required=True,
        format_func=words.__getitem__,
        key=key,
        label_visibility="collapsed",
        on_change=lambda: put(st.session_state[key]),
    )


def choose_from_list(
    label: str,
    words: Mapping[str, str],
    chosen: str | None,
    key: str,
    put: Callable[[str], None],
    width: int = 150,
) -> None:
    """Show a list of options and `Any`; one that is in the address alone is called unknown."""
    st.session_state[key] = chosen or ANY
    st.selectbox(
        label,
        [ANY, *words, *([chosen] if chosen and chosen not in words else [])],
        format_func=lambda option: words.get(option, "Unknown") if option else "Any",
        key=key,
        width=width,
        on_change=lambda: put(st.session_state[key]),
    )


def choose_day(
    label: str, chosen: dt.date | None, key: str, put: Callable[[dt.date | None], None]
) -> None:
    """Show a day to choose, or none."""
    st.session_state[key] = chosen
    st.date_input(
        label,
        key=key,
        width=140,
        format="YYYY-MM-DD",
        on_change=lambda: put(st.session_state[key]),
    )
