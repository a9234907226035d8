"""The queue as a whole: read, told in a line, drawn, and drawn again when others change it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st
from supabase import Client

from cs_app.call_drawer import show_drawer
from cs_app.formats import day_bounds
from cs_app.guard import Person
from cs_app.intervention_address import read_owner
from cs_app.intervention_queue import (
    SHOWN_KEY,
    STAYS,
    Row,
    merge_rows,
    queue_in_words,
    show_later,
    show_rows,
)
from cs_app.intervention_tabs import Counts, end_of_today, fetch_counts
from cs_app.page_address import put, read_page
from cs_app.pulse import rerun_when_changed
from cs_core.io.intervention_lists import fetch_ended
from cs_core.io.queue import QueuedCall, count_calls, fetch_calls

ROWS = 30  # a page of the queue
ALL, MINE, NOBODYS = "Everybody's", "My suppliers", "Nobody's"
OWNER_KEY = "queue-owner"
OWNERS = {ALL: None, MINE: "me", NOBODYS: "none"}
HORIZON = timedelta(days=400)


@dataclass(frozen=True)
class Queue:
    """What the queue shows; equal where nothing changed."""

    counts: Counts
    total: int
    later: int
    calls: tuple[QueuedCall, ...]


def show_queue(person: Person, counts: Counts) -> None:
    """Show the calls that are due, and keep them fresh."""
    owner = read_owner(st.query_params, person.id)
    limit = ROWS * read_page(st.query_params)
    until = end_of_today()

    def read(client: Client, known: Counts | None = None) -> Queue:
        return _fetch(client, known, until, owner, limit)

    queue = read(person.client, counts)
    now = datetime.now(UTC)
    midnight = day_bounds(now, st.context.timezone)[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{queue_in_words(queue.calls, queue.total, person.id, midnight)}**")
        _choose_owner()
    rows = _remember(queue.calls, (owner, limit), now)
    left = [row.call for row in rows if row.left_at]
    show_rows(rows, fetch_ended(person.client, left), person, now)
    if queue.total > limit:
        st.button(
            f"Show {min(ROWS, queue.total - limit)} more of {queue.total:,}",
            on_click=_show_more,
            key="queue-more",
        )
    show_later(queue.later, bool(queue.total))
    show_drawer(person)
    rerun_when_changed(person, _look(read, rows), (queue, False))


def _fetch(
    client: Client, counts: Counts | None, until: datetime, owner: str | None, limit: int
) -> Queue:
    counts = counts or fetch_counts(client)
    total = counts.calls if owner is None else count_calls(client, until, owner)
    ahead = count_calls(client, until + HORIZON, owner)
    calls = fetch_calls(client, until, owner, limit) if total else []
    return Queue(counts, total, ahead - total, tuple(calls))


def _look(read: Callable[[Client], Queue], rows: list[Row]) -> Callable[[Client], Any]:
    """Look for what is new in the queue, and for rows whose time to go has come."""
    gone_at = min((row.left_at + STAYS for row in rows if row.left_at), default=None)

    def look(client: Client) -> Any:
        return read(client), gone_at is not None and datetime.now(UTC) > gone_at

    return look


def _remember(calls: tuple[QueuedCall, ...], view: Any, now: datetime) -> list[Row]:
    """Put what is due beside what was on screen a moment ago."""
    seen_view, before = st.session_state.get(SHOWN_KEY, (view, []))
    rows = merge_rows(before if seen_view == view else [], calls, now)
    st.session_state[SHOWN_KEY] = (view, rows)
    return rows


def _choose_owner() -> None:
    asked = st.query_params.get("owner")
    named = {"me": MINE, "none": NOBODYS}
    st.session_state[OWNER_KEY] = named.get(asked or "", ALL)
    st.segmented_control(
        "Whose suppliers",
        list(OWNERS),
        required=True,
        key=OWNER_KEY,
        label_visibility="collapsed",
        on_change=_put_owner_into_address,
    )


def _put_owner_into_address() -> None:
    owner = OWNERS[st.session_state[OWNER_KEY]]
    st.query_params.from_dict({"owner": owner} if owner else {})


def _show_more() -> None:
    put("page", read_page(st.query_params) + 1)
