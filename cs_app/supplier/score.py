"""The score broken into its measures: points got of points possible, and the figures behind."""

import math
from dataclasses import dataclass

import streamlit as st

from cs_app.ui.formats import first_upper, points
from cs_app.ui.markup import quiet, render
from cs_core.base.html import fill
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
        st.html(fill('<div class="s360"><h2>Measures</h2>{}</div>', quiet(words)))
        return
    lines = measure_lines(supplier.row, supplier.scorecard)
    means = {"no_data": NO_DATA, "points": points, "first_upper": first_upper}
    st.html(render("supplier/measures.html", lines=lines, **means))


def _known(value: object) -> float | None:
    return None if value is None or value != value else float(value)  # type: ignore[arg-type]
