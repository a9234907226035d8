"""The parts of the supplier list."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil

import pandas as pd
import streamlit as st

from cs_app.formats import ago, counted, exact_time, in_words, is_stale, whole_number
from cs_app.frame import show_download
from cs_app.levels import BY_KEY, LEVELS, NOT_SCORED, level_label
from cs_core.io.overview import PAGE_SIZE, HealthSummary, SupplierRow

ALL = "all"
LEVEL_KEY = "level"
SCORE_NOW = "python daily_scoring.py"


def show_counts(summary: HealthSummary) -> None:
    """Show how many suppliers are on each level, and how fresh the scores are."""
    cells = st.container(horizontal=True, gap="medium")
    _show_count(cells, ":material/storefront:", "Active suppliers", summary.total)
    for level in reversed(LEVELS):
        icon = f":{level.colour}[{level.icon}]"
        _show_count(cells, icon, level.word, summary.of(level.key))
    now = datetime.now(UTC)
    if summary.scored_at is None:
        if summary.total:
            st.info(f"No supplier is scored yet. Run `{SCORE_NOW}`.", icon=":material/info:")
        return
    fresh = f"Scored {ago(summary.scored_at, now)}"
    if summary.not_scored:
        fresh += f" · {counted(summary.not_scored, 'supplier')} not scored yet"
    if is_stale(summary.scored_at, now):
        fresh += f" · :yellow[:material/warning: the daily run is overdue: `{SCORE_NOW}`]"
    st.caption(fresh, help=f"Scored: {exact_time(summary.scored_at, _zone())}")


def choose_level() -> str | None:
    """Let the reader choose a level; the choice is in the address. None means all.

    The widget's own `bind="query-params"` would put the icon's name into the address too.
    """
    asked = st.query_params.get("risk")
    # The address is the truth, so that a link, a reload and the Back button all work.
    st.session_state[LEVEL_KEY] = asked if asked in BY_KEY else ALL
    chosen = st.segmented_control(
        "Level",
        [ALL, *BY_KEY],
        required=True,
        format_func=lambda key: "All" if key == ALL else f"{BY_KEY[key].icon} {BY_KEY[key].word}",
        key=LEVEL_KEY,
        label_visibility="collapsed",
        on_change=_put_level_into_address,
    )
    return chosen if chosen in BY_KEY else None


def _put_level_into_address() -> None:
    chosen = st.session_state[LEVEL_KEY]
    if chosen in BY_KEY:
        st.query_params["risk"] = chosen
    else:
        st.query_params.pop("risk", None)


def choose_page(total: int, level: str | None) -> int:
    """Let the reader choose a page; another level begins at its first."""
    pages = ceil(total / PAGE_SIZE)
    if pages < 2:
        return 1
    return st.pagination(pages, key=f"page-{level or ALL}")


def show_no_suppliers(summary: HealthSummary, level: str | None) -> None:
    """Say why the list is empty and what to do."""
    if summary.total == 0:
        st.info(
            "No suppliers yet. They appear here as soon as the first one has signed up.",
            icon=":material/storefront:",
        )
    elif summary.not_scored == summary.total:
        st.write("No supplier has a level before the first run.")
    elif level:
        st.info(f"No supplier is on the level {BY_KEY[level].word} now.", icon=BY_KEY[level].icon)


def show_export(level: str | None) -> None:
    """Show the way to download all suppliers on a level, not only the page on screen."""
    where = f"/export/health.csv?risk_level={level}" if level else "/export/health.csv"
    show_download("Export CSV", where)


def show_table(rows: Sequence[SupplierRow]) -> None:
    """Show one page of suppliers."""
    st.dataframe(
        to_frame(rows, datetime.now(UTC)),
        hide_index=True,
        height="content",
        row_height=32,
        placeholder="",
        alt="Suppliers, worst score first, with level, score, last login, tier and category",
        column_config={
            "Supplier": st.column_config.TextColumn(width=240),
            "Level": st.column_config.MultiselectColumn(
                options=[known.label for known in LEVELS] + [NOT_SCORED],
                color=[known.colour for known in LEVELS] + ["gray"],
                width=110,
            ),
            "Score": st.column_config.ProgressColumn(
                min_value=0, max_value=100, format="%d", color="gray", width=140
            ),
        },
    )


def to_frame(rows: Sequence[SupplierRow], now: datetime) -> pd.DataFrame:
    """Put suppliers into the words of the table.

    Parameters
    ----------
    rows : sequence of SupplierRow
        In the order in which they are shown.
    now : datetime
        What "3 days ago" is counted from.
    """
    return pd.DataFrame(
        {
            "Supplier": [row.business_name for row in rows],
            "Level": [[level_label(row.risk_level)] for row in rows],
            "Score": pd.array([row.health_score for row in rows], dtype="Int64"),
            "Last login": [
                "" if row.risk_level is None else ago(row.last_login, now) for row in rows
            ],
            "Tier": [in_words(row.tier) for row in rows],
            "Category": [in_words(row.category) for row in rows],
        }
    )


def _show_count(place: st.delta_generator.DeltaGenerator, icon: str, word: str, count: int) -> None:
    place.metric(f"{icon} {word}", whole_number(count), width="content")


def _zone() -> str | None:
    return st.context.timezone
