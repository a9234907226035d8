"""The risk grid: a tile for each supplier, grouped by level, shaded by score."""

from collections.abc import Iterator, Sequence
from html import escape

import streamlit as st

from cs_app.ui.formats import whole_number
from cs_app.ui.levels import BY_KEY, LEVELS, NOT_SCORED
from cs_app.ui.markup import supplier_address
from cs_core.io.suppliers.find import Found, FoundSupplier

MOST_TILES = 500
UNSCORED = "not_scored"
# Percent of the level's colour in a tile: the worst of its level, and the best.
DARKEST, LIGHTEST = 42, 10
SCORES = {"critical": (0, 39), "at_risk": (40, 69), "healthy": (70, 100)}


def show_tiles(found: Found, counts: dict[str, int]) -> None:
    """Show the suppliers as tiles.

    Parameters
    ----------
    found : Found
        At most `MOST_TILES` of them, in the order in which they are shown within a level.
    counts : dict
        How many there are of each level in all.
    """
    st.html(tiles_html(found.rows, counts))
    if len(found.rows) < found.total:
        st.caption(
            f"Tiles show {len(found.rows)} suppliers at most. Filter for fewer, or turn to the"
            " table, which has pages."
        )


def tiles_html(rows: Sequence[FoundSupplier], counts: dict[str, int]) -> str:
    """Write the grid as HTML: a heading and a list for each level, worst level first."""
    parts = ['<div class="sup" role="region" aria-label="Suppliers as tiles, by risk level">']
    for key in (*(level.key for level in LEVELS), UNSCORED):
        group = [row for row in rows if (row.risk_level or UNSCORED) == key]
        if group:
            parts += _group(key, group, counts.get(key, len(group)))
    return "".join([*parts, "</div>"])


def shade_of(score: int | None, level: str | None) -> int:
    """Give the percentage of the level's colour: within a level the worse is the darker.

    Levels' bounds belong to the scorecard; a score outside of the default ones is clipped.
    """
    if score is None or level is None:
        return LIGHTEST
    low, high = SCORES[level]
    part = min(max((score - low) / (high - low), 0.0), 1.0)
    return round(DARKEST - part * (DARKEST - LIGHTEST))


def _group(key: str, rows: list[FoundSupplier], count: int) -> Iterator[str]:
    sign, word = (BY_KEY[key].sign, BY_KEY[key].word) if key in BY_KEY else ("–", NOT_SCORED)
    yield f'<section class="{key}" aria-label="{escape(word)}">'
    shown = whole_number(count) if len(rows) >= count else f"{len(rows)} of {whole_number(count)}"
    yield f'<h2 class="sup-level">{sign} {escape(word)} · {shown}</h2>'
    yield '<ul class="sup-tiles">'
    for row in rows:
        yield _tile(row, sign, word)
    yield "</ul></section>"


def _tile(row: FoundSupplier, sign: str, word: str) -> str:
    score = "no score" if row.health_score is None else f"score {row.health_score}"
    said = ", ".join(part for part in (row.business_name, word, score, row.reason) if part)
    hover = "\n".join(part for part in (row.business_name, f"{word}, {score}", row.reason) if part)
    shown = "–" if row.health_score is None else str(row.health_score)
    return (
        f'<li><a class="sup-tile" href="{supplier_address(row.supplier_id)}" target="_self"'
        f' title="{escape(hover)}" aria-label="{escape(said)}"'
        f' style="--shade:{shade_of(row.health_score, row.risk_level)}%">'
        f'<span aria-hidden="true">{sign}</span>'
        f'<span class="who">{escape(row.business_name)}</span>'
        f'<span class="what">{shown}</span></a></li>'
    )
