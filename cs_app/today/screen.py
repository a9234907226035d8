"""The first screen: what it reads, and where its parts stand."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cs_app.today.calls import MOST as MOST_CALLS
from cs_app.today.calls import CallsDue, show_calls
from cs_app.today.figures import freshness, greeting, headline, notices, strip_of_figures
from cs_app.today.milestones import week_panel
from cs_app.today.movers import BY_KIND, KINDS, MOST, in_order, moves_table
from cs_app.ui import charts
from cs_app.ui.formats import day_bounds
from cs_app.ui.guard import Person
from cs_app.ui.markup import download_link, heading, nothing
from cs_core.base.html import fill, together
from cs_core.io.base.client import PersonClient
from cs_core.io.base.reads import Query, fingerprint, run_queries
from cs_core.io.outreach.call_queue import call_count_query, calls_query
from cs_core.io.score.movers import Movers, movers_query
from cs_core.io.score.today import (
    DayLevels,
    ReachedMilestone,
    Today,
    calls_made_query,
    levels_query,
    milestone_counts_query,
    milestones_query,
    today_query,
)

ICONS = {"info": ":material/info:", "warning": ":material/warning:"}
WEEK = dt.timedelta(days=7)
NEWEST = 5
LEVEL_DAYS = 90


@dataclass(frozen=True)
class Changing:
    """What others change while the screen is open."""

    today: Today
    movers: Movers
    calls: CallsDue


@dataclass(frozen=True)
class Steady:
    """What mostly a run changes."""

    levels: list[DayLevels]
    calls_made: int
    milestone_counts: dict[str, int]
    milestones: list[ReachedMilestone]


# Of the answers, and which part of the hour it is: that lets times in words move.
Fingerprint = tuple[str, int]


@dataclass(frozen=True)
class TodayScreen:
    """All that the screen shows, and the fingerprint by which it is known to be still true."""

    changing: Changing
    steady: Steady
    fingerprint: Fingerprint


def expanded_kind() -> str | None:
    """Tell which list of movers is to be shown whole; it is in the address."""
    asked = st.query_params.get("all")
    return asked if asked in BY_KIND else None


def queries_of(now: dt.datetime, zone: str | None) -> tuple[Query[Any], ...]:
    """List what the screen asks; the answers are `Changing` and `Steady`, in this order."""
    (start, end), since = day_bounds(now, zone), now - WEEK
    return (
        today_query(),
        movers_query(MOST),
        calls_query(end, limit=MOST_CALLS),
        call_count_query(end),
        call_count_query(start),
        levels_query(LEVEL_DAYS),
        calls_made_query(start),
        milestone_counts_query(since),
        milestones_query(since, NEWEST),
    )


def fetch_screen(client: PersonClient, zone: str | None) -> TodayScreen:
    """Read all that the screen shows, in one request."""
    now = dt.datetime.now(dt.UTC)
    answers = run_queries(client, "Reading this screen", *queries_of(now, zone))
    today, movers, calls, total, late, *steady = answers.found
    changing = Changing(today, movers, CallsDue(tuple(calls), total, late))
    return TodayScreen(changing, Steady(*steady), (answers.fingerprint, _part_of_hour(now)))


def current_fingerprint(client: PersonClient, zone: str | None) -> Fingerprint:
    """Read the fingerprint alone: that of `fetch_screen` as long as the screen is true."""
    now = dt.datetime.now(dt.UTC)
    found = fingerprint(client, "Looking for changes", *queries_of(now, zone))
    return found, _part_of_hour(now)


def _part_of_hour(now: dt.datetime) -> int:
    return now.minute // 10


def show_today(person: Person, changing: Changing, steady: Steady, zone: str | None) -> None:
    """Draw the screen. `zone`: the reader's."""
    now, here = dt.datetime.now(dt.UTC), zone or "UTC"
    _show_answer(person, changing.today, now, here)
    if changing.today.score_date is None:
        if changing.calls.total:
            show_calls(person, changing.calls, steady.calls_made, now, here)
        return
    st.html(strip_of_figures(changing.today))
    left, right = st.columns([5, 3], gap="medium")
    with right:
        show_calls(person, changing.calls, steady.calls_made, now, here)
        st.html(week_panel(steady.milestone_counts, steady.milestones, now, here))
    with left:
        _show_moves(changing, now, here)
        _show_levels(steady.levels)


def _show_answer(person: Person, today: Today, now: dt.datetime, zone: str) -> None:
    start, _ = day_bounds(now, zone)
    hello = greeting(person.name, now.astimezone(start.tzinfo))
    answer = headline(today, now) if today.score_date else ""
    html = fill(
        '<div class="cs-top"><h1 class="cs-answer"><span class="cs-quiet">{}</span> {}</h1>'
        '<span class="cs-fresh">{}</span></div>',
        *(hello, answer, freshness(today, now, zone)),
    )
    st.html(html)
    for notice in notices(today, now):
        show = st.warning if notice.kind == "warning" else st.info
        show(notice.words, icon=ICONS[notice.kind])


def _show_moves(changing: Changing, now: dt.datetime, zone: str) -> None:
    lists, whole = in_order(changing.movers), expanded_kind()
    first, *others = KINDS
    tables = {
        kind.key: moves_table(kind, lists, changing.today, whole == kind.key, now, zone)
        for kind in KINDS
    }
    pair = together(tables[kind.key] for kind in others)
    export = ""
    if any(lists.values()):
        export = download_link("Export these lists as CSV", "/export/moves.csv")
    st.html(fill('{}<div class="cs-pair">{}</div>{}', tables[first.key], pair, export))


def _show_levels(levels: list[DayLevels]) -> None:
    export = download_link("Export CSV", "/export/days.csv") if levels else ""
    st.html(heading("Levels", _span(levels), export))
    if len(levels) < 2:
        words = "The chart begins with the second scored day. Past days can be scored too:"
        st.html(nothing(f"{words} python daily_scoring.py --backfill FROM TO"))
        return
    st.altair_chart(charts.levels_chart(levels), alt=charts.levels_in_words(levels))


def _span(levels: list[DayLevels]) -> str:
    return f"{(levels[-1].score_date - levels[0].score_date).days + 1} days" if levels else ""
