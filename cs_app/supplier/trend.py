"""A score over time: level bands behind it, and what happened beneath it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from cs_app.contacts.wording import NOUNS
from cs_app.ui.choices import choose_one
from cs_app.ui.formats import counted, date_in_words, exact_time, in_words
from cs_app.ui.levels import BY_KEY, LEVELS
from cs_app.ui.page_address import put
from cs_core.base.html import each, fill
from cs_core.base.vocabulary import INTERVENTION_TYPES
from cs_core.io.suppliers.one import DayScore, Mark
from cs_core.outreach.milestones import milestone_title
from cs_core.score.scorecard import Scorecard

SPANS = (30, 90, 365)
USUAL = 90
HEIGHT = 230
# Both are readable on the light and on the dark page.
LINE, INK = "#4c8df0", "#6f7b8c"
MARK_LANE = -9
HALF_A_DAY = timedelta(hours=12)
SHAPES = {
    INTERVENTION_TYPES["email"]: ("circle", "●"),
    INTERVENTION_TYPES["call"]: ("triangle-up", "▲"),
    INTERVENTION_TYPES["in_app"]: ("square", "■"),
    "Milestone": ("diamond", "◆"),
    "New scorecard": ("cross", "✚"),
}


def choose_days() -> int:
    """Let the reader choose how many days to see; the choice is in the address."""
    asked = st.query_params.get("days", "")
    days = int(asked) if asked in map(str, SPANS) else USUAL
    words = {span: f"{span} days" for span in SPANS}
    choose_one("Days", words, days, "trend-days", lambda span: put("days", span, usual=USUAL))
    return days


def show_trend(
    name: str, history: Sequence[DayScore], marks: Sequence[Mark], scorecard: Scorecard
) -> None:
    """Show the scores of some days, and the marks of that time.

    Parameters
    ----------
    name : str
        Of the supplier.
    history : sequence of DayScore
        Not empty.
    scorecard : Scorecard
        Where the levels begin.
    """
    spots = mark_frame(marks, history, st.context.timezone)
    st.altair_chart(
        trend_chart(score_frame(history), spots, scorecard),
        alt=describe_trend(name, history, spots),
    )
    seen = [f"{sign} {kind}" for kind, (_, sign) in SHAPES.items() if kind in set(spots["kind"])]
    if seen:
        st.html(fill('<div class="s360 legend cs-quiet">{}</div>', each("<span>{}</span>", seen)))


def score_frame(history: Sequence[DayScore]) -> pd.DataFrame:
    """Put scores into columns for the chart."""
    return pd.DataFrame(
        {
            "at": [_noon(score) for score in history],
            "day": [date_in_words(score.score_date) for score in history],
            "score": [score.health_score for score in history],
            "level": [BY_KEY[score.risk_level].word for score in history],
        }
    )


def mark_frame(
    marks: Sequence[Mark], history: Sequence[DayScore], zone: str | None
) -> pd.DataFrame:
    """Put what happened in the time of some scores into columns for the chart."""
    first, last = _noon(history[0]) - HALF_A_DAY, _noon(history[-1]) + HALF_A_DAY
    seen = [mark for mark in marks if first <= mark.at <= last]
    return pd.DataFrame(
        {
            "at": pd.Series([mark.at for mark in seen], dtype="datetime64[us, UTC]"),
            "kind": [_kind(mark) for mark in seen],
            "what": [_what(mark) for mark in seen],
            "when": [exact_time(mark.at, zone) for mark in seen],
            "lane": [MARK_LANE] * len(seen),
        }
    )


def describe_trend(name: str, history: Sequence[DayScore], spots: pd.DataFrame) -> str:
    """Say in a sentence what the chart shows, for who cannot see it."""
    first, last = history[0], history[-1]
    scores = [score.health_score for score in history]
    said = (
        f"Health score of {name} from {first.score_date} to {last.score_date}: "
        f"{first.health_score} at first, {last.health_score} at last, "
        f"between {min(scores)} and {max(scores)}."
    )
    happened = Counter(spots["kind"])
    if happened:
        said += f" Beside it: {', '.join(_counted(kind, n) for kind, n in happened.items())}."
    return said


def trend_chart(scores: pd.DataFrame, spots: pd.DataFrame, scorecard: Scorecard) -> Any:
    """Draw the chart: bands, line, last score, and a lane of marks beneath."""
    bottom = 2 * MARK_LANE if len(spots) else 0
    edges = [0, scorecard.critical_below, scorecard.at_risk_below, 100]
    scale = alt.Scale(domain=[bottom, 100], nice=False)
    axis = _level_axis(edges)
    up = alt.Y("score:Q", scale=scale, axis=axis)
    days = alt.Axis(title=None, grid=False, format="%-d %b", labelOverlap=True, tickCount=7)
    across = alt.X("at:T", axis=days)
    line = alt.Chart(scores).mark_line(color=LINE, strokeWidth=2.5).encode(across, up)
    touch = (
        alt.Chart(scores)
        .mark_circle(size=90, color=LINE, opacity=1 if len(scores) == 1 else 0)
        .encode(
            across, up, tooltip=[_tip("day", "Day"), _tip("score", "Score"), _tip("level", "Level")]
        )
    )
    last = (
        alt.Chart(scores.tail(1))
        .mark_text(align="left", dx=7, fontSize=14, fontWeight="bold", color=LINE)
        .encode(across, up, text="score:Q")
    )
    layers = [_bands(edges, scale, axis), line, touch, last]
    if len(spots):
        layers += _marks(spots, scale, axis, across)
    return alt.layer(*layers).properties(height=HEIGHT, padding={"left": 2, "right": 34})


def _bands(edges: Sequence[float], scale: alt.Scale, axis: alt.Axis) -> alt.Chart:
    """Draw the levels behind the line."""
    words = [level.word for level in LEVELS]
    bands = pd.DataFrame({"level": words, "from": edges[:-1], "to": edges[1:]})
    # The colours come from the theme, by their place: a fixed range would not follow dark mode.
    colour = alt.Color("level:N", scale=alt.Scale(domain=words), legend=None)
    return (
        alt.Chart(bands)
        .mark_rect(opacity=0.13)
        .encode(y=alt.Y("from:Q", scale=scale, axis=axis), y2="to:Q", color=colour)
    )


def _level_axis(edges: Sequence[float]) -> alt.Axis:
    """Label the edges between levels with their scores, and the levels with their words."""
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    words = "datum.label"
    for level, middle in zip(LEVELS, middles, strict=True):
        words = f"datum.value === {middle} ? '{level.word}' : {words}"
    values = sorted([*edges, *middles])
    return alt.Axis(values=values, labelExpr=words, grid=False, title=None, tickSize=0)


def _marks(spots: pd.DataFrame, scale: alt.Scale, axis: alt.Axis, across: alt.X) -> list[Any]:
    kinds = [kind for kind in SHAPES if kind in set(spots["kind"])]
    shape = alt.Shape(
        "kind:N",
        scale=alt.Scale(domain=kinds, range=[SHAPES[kind][0] for kind in kinds]),
        legend=None,  # it would not wrap on a phone
    )
    tips = [_tip("what", "What"), _tip("when", "When")]
    points = (
        alt.Chart(spots)
        .mark_point(filled=True, size=70, color=INK, opacity=0.9)
        .encode(across, alt.Y("lane:Q", scale=scale, axis=axis), shape=shape, tooltip=tips)
    )
    turns = spots[spots["kind"] == "New scorecard"]
    rules = (
        alt.Chart(turns)
        .mark_rule(color=INK, strokeDash=[4, 3], aria=False)
        .encode(across, tooltip=tips)
    )
    return [rules, points]


def _counted(kind: str, number: int) -> str:
    plurals = dict(NOUNS.values())
    return counted(number, kind.lower(), plurals.get(kind.lower()))


def _tip(column: str, title: str) -> alt.Tooltip:
    return alt.Tooltip(f"{column}:Q" if column == "score" else f"{column}:N", title=title)


def _kind(mark: Mark) -> str:
    if mark.kind == "intervention":
        return INTERVENTION_TYPES.get(mark.what, in_words(mark.what))
    return "Milestone" if mark.kind == "milestone" else "New scorecard"


def _what(mark: Mark) -> str:
    if mark.kind == "milestone":
        return f"Milestone: {milestone_title(mark.what)}"
    if mark.kind == "scorecard":
        return f"New scorecard, version {mark.what}"
    why = f": {in_words(mark.playbook).lower()}" if mark.playbook else ""
    return f"{_kind(mark)}{why}"


def _noon(score: DayScore) -> pd.Timestamp:
    """Give an instant that is on the score's day almost wherever the reader is."""
    return pd.Timestamp(score.score_date, tz="UTC") + pd.Timedelta(hours=12)


def since(history: Sequence[DayScore]) -> datetime:
    """Give the instant from which on the marks of some scores are wanted."""
    moment: datetime = (_noon(history[0]) - timedelta(hours=12)).to_pydatetime()
    return moment
