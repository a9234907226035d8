"""The address of the page on screen: what people share, reload and come back to."""

import datetime as dt
import uuid
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import streamlit as st


def parameters() -> dict[str, list[str]]:
    """Give the parameters with all their values; `to_dict` would keep the last one of each."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def this_page() -> str:
    """Give path and query of the page on screen."""
    query = urlencode(parameters(), doseq=True)
    path = urlsplit(st.context.url or "").path or "/"
    return f"{path}?{query}" if query else path


def put(name: str, value: object, usual: object = None) -> None:
    """Write a parameter into the address; an empty or the usual value takes it out."""
    if value and value != usual:
        st.query_params[name] = str(value)
    else:
        st.query_params.pop(name, None)


def read_page(query: Mapping[str, str]) -> int:
    """Return the page of a list that is asked for, from 1."""
    asked = query.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1


def read_day(text: str) -> dt.date | None:
    """Return the day that a parameter names; None where it can be none."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def is_uuid(text: str) -> bool:
    """Whether a parameter is an id as addresses have it."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def choose_page(page: int, pages: int, key: str) -> None:
    """Let the reader turn the pages of a list; the page is in the address.

    `page`, `pages`: the one on screen, from 1, and how many there are. `key`: of the widget.
    """
    if pages < 2:
        return
    # It takes its page from its default alone, so another page is another widget.
    widget = f"{key}-{page}"
    st.pagination(
        pages,
        default=min(page, pages),
        key=widget,
        on_change=lambda: put("page", st.session_state[widget], usual=1),
    )
