"""Charts that several screens share.

Colours: a chart with all three levels takes them from the theme by their order
(`chartCategoricalColors` begins with critical), so it follows light and dark. Lines and text
that are no risk take `LINE` and `WORDS`, which can be read on both.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import altair as alt
import pandas as pd

from cs_app.ui.formats import counted
from cs_app.ui.levels import LEVELS

LINE = "#3f7fdc"
WORDS = "#6f7a8a"
LEVEL_WORDS = [level.word for level in LEVELS]
LEVEL_SCALE = alt.Scale(domain=LEVEL_WORDS)
LABEL_ROOM = 72  # pixels at the right edge, for words beside the chart


class DayCounts(Protocol):
    """How many suppliers were on each level on a day."""

    @property
    def score_date(self) -> date: ...
    @property
    def healthy(self) -> int: ...
    @property
    def at_risk(self) -> int: ...
    @property
    def critical(self) -> int: ...


def levels_chart(days: Sequence[DayCounts], height: int = 180) -> alt.LayerChart:
    """Draw how many suppliers were on each level, stacked, with their words at the right edge.

    `days`: the oldest first. `height`: in pixels.
    """
    rows = [
        {
            "day": pd.Timestamp(day.score_date),
            "level": level.word,
            "place": place,
            "suppliers": getattr(day, level.key),
        }
        for day in days
        for place, level in enumerate(LEVELS)
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X(
            "day:T",
            title=None,
            axis=alt.Axis(format="%-d %b", tickCount=6, grid=False, labelFlush=True),
        ),
        y=alt.Y("suppliers:Q", title=None, stack="zero", axis=alt.Axis(tickCount=4)),
        order=alt.Order("place:Q"),
    )
    areas = base.mark_area(opacity=0.75, line=False).encode(
        color=alt.Color("level:N", scale=LEVEL_SCALE, legend=None),
        tooltip=[
            alt.Tooltip("day:T", title="Day", format="%a %-d %b %Y"),
            alt.Tooltip("level:N", title="Level"),
            alt.Tooltip("suppliers:Q", title="Suppliers", format=","),
        ],
    )
    chart = alt.LayerChart(layer=[areas, _edge_labels(days)])
    room = {"left": 5, "top": 5, "bottom": 5, "right": LABEL_ROOM}
    return chart.properties(height=height, padding=room)


def _edge_labels(days: Sequence[DayCounts]) -> alt.Chart:
    """Write each level's word beside the last day, in the middle of its area."""
    last, below, rows = days[-1], 0.0, []
    for level in LEVELS:
        number = getattr(last, level.key)
        rows.append(
            {
                "day": pd.Timestamp(last.score_date),
                "middle": below + number / 2,
                "words": f"{level.sign} {level.word}" if number else "",
            }
        )
        below += number
    return (
        alt.Chart(pd.DataFrame(rows))
        .mark_text(align="left", dx=6, fontSize=12, color=WORDS)
        .encode(x="day:T", y="middle:Q", text="words:N")
    )


def levels_in_words(days: Sequence[DayCounts]) -> str:
    """Say what the chart of levels shows, for who cannot see it."""
    if not days:
        return "No day is scored yet."
    first, last = days[0], days[-1]
    parts = [
        f"{level.word} from {getattr(first, level.key):,} to {getattr(last, level.key):,}"
        for level in reversed(LEVELS)
    ]
    span = (last.score_date - first.score_date).days + 1
    return f"Suppliers on each level over {counted(span, 'day')}: {', '.join(parts)}."
