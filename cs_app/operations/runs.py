"""Runs of the daily job as a table: how each ended, how long it took, what it did."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from cs_app.operations.address import OUTCOMES, RUNS, read_before, read_outcome
from cs_app.operations.wording import duration, run_kind, run_outcome, run_seconds
from cs_app.ui.formats import exact_time, whole_number
from cs_app.ui.guard import Person
from cs_app.ui.markup import address, link, nothing, when
from cs_core.io.operations.status import (
    RUNS_A_PAGE,
    RunStatus,
    StoredRun,
    fetch_run_status,
    fetch_runs,
)

HEADS = (
    "Began",
    "What",
    "How it ended",
    "Took",
    "Suppliers",
    "Changed level",
    "Contacts",
    "Held back",
)
NUMBERS = {"Took", "Suppliers", "Changed level", "Contacts", "Held back"}
EMPTY = {
    "all": "There has been no run yet. Start one on the first part of this screen, or by cron.",
    "failed": "No run failed.",
    "partial": "No run failed in part.",
}
OUTCOME_KEY = "operations-outcome"


def show_runs(person: Person) -> None:
    """Show a page of runs."""
    outcome, before = read_outcome(st.query_params), read_before(st.query_params)
    _choose_outcome(outcome)
    now, zone = dt.datetime.now(dt.UTC), st.context.timezone
    runs = fetch_runs(person.client, outcome, before)
    status = fetch_run_status(person.client)
    shown = runs[:RUNS_A_PAGE]
    if not shown:
        st.html(nothing(EMPTY[outcome] if before is None else "There are no older runs."))
    else:
        st.html(runs_table(shown, status, now, zone))
    more = _neighbours(outcome, before, shown if len(runs) > RUNS_A_PAGE else [])
    if more:
        st.html(more)


def runs_table(
    runs: Sequence[StoredRun], status: RunStatus, now: dt.datetime, zone: str | None
) -> str:
    """Write runs as a table, as HTML."""
    if not runs:
        return nothing(EMPTY["all"])
    heads = "".join(f'<th scope="col"{_right(head)}>{escape(head)}</th>' for head in HEADS)
    rows = "".join(_row(_as_alive(run, status), now, zone) for run in runs)
    return (
        f'<table class="cs-table op-table op-runs"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _as_alive(run: StoredRun, status: RunStatus) -> StoredRun:
    """Only the run at work is known to be alive."""
    alive = status.running is not None and status.running.id == run.id and status.running.is_alive
    return replace(run, is_alive=alive)


def _row(run: StoredRun, now: dt.datetime, zone: str | None) -> str:
    ended = run_outcome(run)
    detail = f'<br><span class="cs-quiet">{escape(ended.advice)}</span>' if ended.advice else ""
    css = "cs-worse" if ended.state == "bad" else ""
    cells = (
        when(run.started_at, now, zone, exact_time(run.started_at, zone)),
        escape(run_kind(run)),
        f'<span class="{css}">{escape(ended.words)}</span>{detail}',
        _took(run),
        *(
            whole_number(number) if run.status == "done" or number else ""
            for number in (run.suppliers_scored, run.transitions, run.interventions, run.suppressed)
        ),
    )
    body = "".join(
        f'<td data-name="{escape(head)}"{_right(head)}{_long(head)}>{cell}</td>'
        for head, cell in zip(HEADS, cells, strict=True)
    )
    return f"<tr>{body}</tr>"


def _took(run: StoredRun) -> str:
    words = duration(run_seconds(run))
    steps = ", ".join(
        f"{name.replace('_', ' ')} {duration(took)}" for name, took in (run.seconds or {}).items()
    )
    return f'<span title="{escape(steps)}">{escape(words)}</span>' if words else ""


def _right(head: str) -> str:
    return ' class="cs-right"' if head in NUMBERS else ""


def _long(head: str) -> str:
    return ' class="op-long"' if head == "How it ended" else ""


def _neighbours(outcome: str, before: dt.datetime | None, shown: Sequence[StoredRun]) -> str:
    query = {"part": RUNS} | ({"outcome": outcome} if outcome != "all" else {})
    links = []
    if before is not None:
        links.append(link("Newest runs", address("/operations", query)))
    if shown:
        older = query | {"before": shown[-1].started_at.isoformat()}
        links.append(link("Older runs", address("/operations", older)))
    return f'<p class="op-more">{"".join(links)}</p>' if links else ""


def _choose_outcome(outcome: str) -> None:
    st.session_state[OUTCOME_KEY] = outcome
    st.segmented_control(
        "Which runs",
        list(OUTCOMES),
        format_func=OUTCOMES.__getitem__,
        required=True,
        key=OUTCOME_KEY,
        label_visibility="collapsed",
        on_change=_put_outcome,
    )


def _put_outcome() -> None:
    chosen = st.session_state[OUTCOME_KEY]
    more = {"outcome": chosen} if chosen != "all" else {}
    st.query_params.from_dict({"part": RUNS} | more)
