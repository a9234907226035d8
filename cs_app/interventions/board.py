"""The queue as a whole: read, told in a line, drawn, and drawn again when others change it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from cs_app.interventions.address import read_owner
from cs_app.interventions.call_drawer import show_drawer
from cs_app.interventions.queue import (
    SHOWN_KEY,
    Row,
    is_in_place,
    is_own,
    merge_rows,
    next_change,
    queue_in_words,
    show_lately,
    show_later,
    show_rows,
)
from cs_app.interventions.tabs import Counts, counts_queries, end_of_today, read_counts
from cs_app.ui.choices import choose_one
from cs_app.ui.formats import day_bounds
from cs_app.ui.guard import Person
from cs_app.ui.page_address import put, read_page
from cs_app.ui.refresh import rerun_when_changed
from cs_core.io.base.client import PersonClient
from cs_core.io.base.reads import Query, fingerprint, run_queries
from cs_core.io.outreach.call_queue import (
    QueueCounts,
    QueuedCall,
    call_count_query,
    calls_query,
    queue_counts_query,
)
from cs_core.io.outreach.intervention_lists import fetch_ended

ROWS = 15  # of the queue: a screenful, since each has six buttons; a click shows more
OWNERS = {"": "Everybody's", "me": "My suppliers", "none": "Nobody's"}
HORIZON = timedelta(days=400)


@dataclass(frozen=True)
class View:
    """Which part of the queue is looked at: whose, how many of them, due before when."""

    owner: str | None
    limit: int
    until: datetime
    midnight: datetime  # what was due before it is late


@dataclass(frozen=True)
class Queue:
    """What the queue shows, and the fingerprint by which it is known to be still true."""

    counts: Counts
    due: QueueCounts
    later: int
    calls: tuple[QueuedCall, ...]
    view: View
    fingerprint: str


def fetch_queue(client: PersonClient, view: View) -> Queue:
    """Read the queue, and what the other lists hold, in one request."""
    answers = run_queries(client, "Reading calls", *_questions(view))
    of_all, others, due, ahead, calls = answers.found
    counts = read_counts(of_all, others)
    return Queue(counts, due, ahead - due.total, tuple(calls), view, answers.fingerprint)


def view_asked_for(person: Person) -> View:
    """Read the address."""
    limit = ROWS * read_page(st.query_params)
    midnight = day_bounds(datetime.now(UTC), st.context.timezone)[0]
    return View(read_owner(st.query_params, person.id), limit, end_of_today(), midnight)


def show_queue(person: Person, queue: Queue) -> None:
    """Show the calls that are due, and keep them fresh."""
    now, view = datetime.now(UTC), queue.view
    total, seen_view = queue.due.total, (view.owner, view.limit)
    rows = _remember(queue.calls, seen_view, now)
    ended = fetch_ended(person.client, [row.call for row in rows if row.left_at])
    rows = [row for row in rows if is_in_place(row, now) or is_own(row, ended, person.id)]
    st.session_state[SHOWN_KEY] = (seen_view, rows)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{queue_in_words(queue.due)}**")
        _choose_owner()
        show_lately(rows, ended, person, now)
    show_rows([row for row in rows if is_in_place(row, now)], ended, person, now)
    if total > view.limit:
        st.button(
            f"Show {min(ROWS, total - view.limit)} more of {total:,}",
            on_click=_show_more,
            key="queue-more",
        )
    show_later(queue.later, bool(total))
    show_drawer(person)
    rerun_when_changed(person, _look(view, next_change(rows, now)), (queue.fingerprint, False))


def _questions(view: View) -> tuple[Query[Any], ...]:
    return (
        *counts_queries(view.until),
        queue_counts_query(view.until, view.midnight, view.owner),
        call_count_query(view.until + HORIZON, view.owner),
        calls_query(view.until, view.owner, view.limit),
    )


def _look(view: View, gone_at: datetime | None) -> Callable[[PersonClient], Any]:
    """Look for what is new in the queue, and for rows whose time to go has come."""

    def look(client: PersonClient) -> Any:
        is_time = gone_at is not None and datetime.now(UTC) > gone_at
        return fingerprint(client, "Looking for changes", *_questions(view)), is_time

    return look


def _remember(calls: tuple[QueuedCall, ...], view: Any, now: datetime) -> list[Row]:
    """Put what is due beside what was on screen a moment ago."""
    seen_view, before = st.session_state.get(SHOWN_KEY, (view, []))
    if seen_view != view:  # what is missing now need not have left the queue
        before = [row for row in before if row.left_at]
    return merge_rows(before, calls, now)


def _choose_owner() -> None:
    asked = st.query_params.get("owner", "")
    choose_one(
        "Whose suppliers", OWNERS, asked if asked in OWNERS else "", "queue-owner", _put_owner
    )


def _put_owner(owner: str) -> None:
    st.query_params.from_dict({"owner": owner} if owner else {})


def _show_more() -> None:
    put("page", read_page(st.query_params) + 1)
