"""Runs of the daily job as a table: how each ended, how long it took, what it did."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from markupsafe import Markup

from cs_app.operations.address import OUTCOMES, RUNS, read_before, read_outcome
from cs_app.operations.wording import duration, run_kind, run_outcome, run_seconds
from cs_app.ui.choices import choose_one
from cs_app.ui.formats import exact_time, whole_number
from cs_app.ui.guard import Person
from cs_app.ui.markup import RIGHT, address, link, nothing, quiet, table, when
from cs_core.base.html import fill, together
from cs_core.io.operations.status import (
    RUNS_A_PAGE,
    RunStatus,
    StoredRun,
    fetch_run_status,
    fetch_runs,
)

NUMBERS = ("Took", "Suppliers", "Changed level", "Contacts", "Held back")
HEADS = ("Began", "What", "How it ended", *NUMBERS)
EMPTY = {
    "all": "There has been no run yet. Start one on the first part of this screen, or by cron.",
    "failed": "No run failed.",
    "partial": "No run failed in part.",
}


def show_runs(person: Person) -> None:
    """Show a page of runs."""
    outcome, before = read_outcome(st.query_params), read_before(st.query_params)
    choose_one("Which runs", OUTCOMES, outcome, "operations-outcome", _put_outcome)
    now, zone = dt.datetime.now(dt.UTC), st.context.timezone
    runs = fetch_runs(person.client, outcome, before)
    status = fetch_run_status(person.client)
    shown = runs[:RUNS_A_PAGE]
    if not shown:
        st.html(nothing(EMPTY[outcome] if before is None else "There are no older runs."))
    else:
        st.html(runs_table(shown, status, now, zone))
    query = {"part": RUNS} | ({"outcome": outcome} if outcome != "all" else {})
    older = {"before": shown[-1].started_at.isoformat()} if len(runs) > RUNS_A_PAGE else None
    show_neighbours("runs", query, older, is_first=before is None)


def runs_table(
    runs: Sequence[StoredRun], status: RunStatus, now: dt.datetime, zone: str | None
) -> Markup:
    """Write runs as a table, as HTML."""
    if not runs:
        return nothing(EMPTY["all"])
    rows = (_row(_as_alive(run, status), now, zone) for run in runs)
    return table("cs-table op-table op-runs", HEADS, rows, NUMBERS)


def _as_alive(run: StoredRun, status: RunStatus) -> StoredRun:
    """Only the run at work is known to be alive."""
    alive = status.running is not None and status.running.id == run.id and status.running.is_alive
    return replace(run, is_alive=alive)


def _row(run: StoredRun, now: dt.datetime, zone: str | None) -> Markup:
    ended = run_outcome(run)
    css = "cs-worse" if ended.state == "bad" else ""
    said = fill('<span class="{}">{}</span>', css, ended.words)
    if ended.advice:
        said += Markup("<br>") + quiet(ended.advice)
    cells = (
        when(run.started_at, now, zone, exact_time(run.started_at, zone)),
        run_kind(run),
        said,
        _took(run),
        *(
            whole_number(number) if run.status == "done" or number else ""
            for number in (run.suppliers_scored, run.transitions, run.interventions, run.suppressed)
        ),
    )
    body = together(
        fill('<td data-name="{}"{}>{}</td>', head, _class(head), cell)
        for head, cell in zip(HEADS, cells, strict=True)
    )
    return fill("<tr>{}</tr>", body)


def _took(run: StoredRun) -> Markup:
    words = duration(run_seconds(run))
    steps = ", ".join(
        f"{name.replace('_', ' ')} {duration(took)}" for name, took in (run.seconds or {}).items()
    )
    return fill('<span title="{}">{}</span>', steps, words) if words else Markup()


def _class(head: str) -> str:
    if head == "How it ended":
        return Markup(' class="op-long"')
    return RIGHT if head in NUMBERS else ""


def show_neighbours(
    what: str, query: dict[str, str], older: dict[str, str] | None, *, is_first: bool
) -> None:
    """Offer the first page of a list and the next one, where there are such."""
    links = Markup() if is_first else link(f"Newest {what}", address("/operations", query))
    if older:
        links += link(f"Older {what}", address("/operations", query | older))
    if links:
        st.html(fill('<p class="op-more">{}</p>', links))


def _put_outcome(outcome: str) -> None:
    more = {"outcome": outcome} if outcome != "all" else {}
    st.query_params.from_dict({"part": RUNS} | more)
