"""The score broken into its measures: points got of points possible, and the figures behind."""

import math
from dataclasses import dataclass
from html import escape

import streamlit as st

from cs_app.ui.formats import first_upper, points
from cs_core.io.suppliers.one import Supplier360
from cs_core.outreach.reasons import NO_DATA
from cs_core.score.drivers import WORDS, state_fact
from cs_core.score.scorecard import MEASURES, Scorecard


@dataclass(frozen=True)
class MeasureLine:
    """One measure of a score. `points` None: left out for lack of data."""

    words: str
    points: float | None
    possible_points: float
    fact: str


def measure_lines(row: dict[str, object], scorecard: Scorecard) -> list[MeasureLine]:
    """List the measures of a score in the order of the scorecard.

    Parameters
    ----------
    row : dict
        `Supplier360.row` or `DayScore.row`.
    scorecard : Scorecard
        The one it was made with.

    Returns
    -------
    list of MeasureLine
        The possible points of those that count sum to 100: what is left out for lack of data
        gives its weight to the others.
    """
    got = {name: _known(row[f"{name}_points"]) for name in MEASURES}
    weights = {name: float(scorecard.measure(name).weight) for name in MEASURES}
    kept = math.fsum(weights[name] for name in MEASURES if got[name] is not None)
    return [
        MeasureLine(
            WORDS[name],
            got[name],
            weights[name] if got[name] is None else weights[name] * 100 / kept,
            state_fact(name, row, scorecard),
        )
        for name in MEASURES
        if weights[name] > 0
    ]


def show_measures(supplier: Supplier360) -> None:
    """Show the measures as bars."""
    if supplier.row is None or supplier.scorecard is None:
        words = (
            "They appear with the first score." if supplier.is_active else "It was never scored."
        )
        st.html(f'<div class="s360"><h2>Measures</h2><span class="cs-quiet">{words}</span></div>')
        return
    lines = measure_lines(supplier.row, supplier.scorecard)
    left_out = [line.words.lower() for line in lines if line.points is None]
    note = ""
    if left_out:
        what = " and ".join(left_out)
        note = f'<div class="cs-quiet">No data on {what}: the other measures count for more.</div>'
    st.html(
        f'<div class="s360"><h2>What the score is made of</h2>'
        f'<div class="measures">{"".join(map(_bar, lines))}</div>{note}</div>'
    )


def _bar(line: MeasureLine) -> str:
    fact = escape(first_upper(line.fact))
    name = f"<span>{escape(line.words)}</span>"
    if line.points is None:
        track = '<div class="track"><div class="none"></div></div>'
        return f'<div class="measure">{name}{track}<span class="points">{NO_DATA}</span></div>'
    share = min(100.0, 100 * line.points / line.possible_points)
    got = f"{points(line.points)} of {points(line.possible_points)}"
    return (
        f'<div class="measure">{name}<div class="track">'
        f'<div class="fill" style="width:{share:.1f}%"></div></div>'
        f'<span class="points">{got}</span><span class="fact">{fact}</span></div>'
    )


def _known(value: object) -> float | None:
    return None if value is None or value != value else float(value)  # type: ignore[arg-type]
