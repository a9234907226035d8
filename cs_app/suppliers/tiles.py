"""The risk grid: a tile for each supplier, grouped by level, shaded by score."""

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from cs_app.ui.formats import whole_number
from cs_app.ui.levels import BY_KEY, LEVELS, NOT_SCORED
from cs_app.ui.markup import supplier_address
from cs_core.base.html import fill, together
from cs_core.io.suppliers.find import Found, FoundSupplier

MOST_TILES = 500
UNSCORED = "not_scored"
# Percent of the level's colour in a tile: the worst of its level, and the best.
DARKEST, LIGHTEST = 42, 10
SCORES = {"critical": (0, 39), "at_risk": (40, 69), "healthy": (70, 100)}


def show_tiles(found: Found, counts: dict[str, int]) -> None:
    """Show the suppliers as tiles.

    `found`: at most `MOST_TILES` of them, in the order in which they are shown within a level.
    `counts`: how many there are of each level in all.
    """
    st.html(tiles_html(found.rows, counts))
    if len(found.rows) < found.total:
        st.caption(
            f"Tiles show {len(found.rows)} suppliers at most. Filter for fewer, or turn to the"
            " table, which has pages."
        )


def tiles_html(rows: Sequence[FoundSupplier], counts: dict[str, int]) -> Markup:
    """Write the grid as HTML: a heading and a list for each level, worst level first."""
    groups = []
    for key in (*(level.key for level in LEVELS), UNSCORED):
        group = [row for row in rows if (row.risk_level or UNSCORED) == key]
        if group:
            groups.append(_group(key, group, counts.get(key, len(group))))
    return fill(
        '<div class="sup" role="region" aria-label="Suppliers as tiles, by risk level">{}</div>',
        together(groups),
    )


def shade_of(score: int | None, level: str | None) -> int:
    """Give the percentage of the level's colour: within a level the worse is the darker.

    Levels' bounds belong to the scorecard; a score outside of the default ones is clipped.
    """
    if score is None or level is None:
        return LIGHTEST
    low, high = SCORES[level]
    part = min(max((score - low) / (high - low), 0.0), 1.0)
    return round(DARKEST - part * (DARKEST - LIGHTEST))


def _group(key: str, rows: list[FoundSupplier], count: int) -> Markup:
    sign, word = (BY_KEY[key].sign, BY_KEY[key].word) if key in BY_KEY else ("–", NOT_SCORED)
    shown = whole_number(count) if len(rows) >= count else f"{len(rows)} of {whole_number(count)}"
    return fill(
        '<section class="{}" aria-label="{}"><h2 class="sup-level">{} {} · {}</h2>'
        '<ul class="sup-tiles">{}</ul></section>',
        *(key, word, sign, word, shown, together(_tile(row, sign, word) for row in rows)),
    )


def _tile(row: FoundSupplier, sign: str, word: str) -> Markup:
    score = "no score" if row.health_score is None else f"score {row.health_score}"
    said = [part for part in (row.business_name, f"{word}, {score}", row.reason) if part]
    shown = "–" if row.health_score is None else row.health_score
    return fill(
        '<li><a class="sup-tile" href="{}" target="_self" title="{}" aria-label="{}"'
        ' style="--shade:{}%"><span aria-hidden="true">{}</span>'
        '<span class="who">{}</span><span class="what">{}</span></a></li>',
        *(supplier_address(row.supplier_id), "\n".join(said), ", ".join(said)),
        *(shade_of(row.health_score, row.risk_level), sign, row.business_name, shown),
    )
