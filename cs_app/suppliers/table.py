"""The supplier table: plain HTML beside a rail of boxes to select rows.

Not `st.dataframe`: its links open a new tab, it has no hover for exact times, and what is
selected in it is a position, not a supplier. Here a name is a link in the same tab, every cell
is text for screen readers, and each box belongs to one supplier by its key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st
from markupsafe import Markup

from cs_app.server.links import suppliers_link
from cs_app.ui.formats import change, counted, exact_time, in_words, money
from cs_app.ui.levels import BY_KEY, NOT_SCORED
from cs_app.ui.markup import quiet, render, spark, supplier_link, when
from cs_core.base.html import fill
from cs_core.io.suppliers.find import FoundSupplier
from cs_core.suppliers.filter import SupplierList

NONE = quiet("–")
SCORE = (
    '<span class="sup-bar" style="--score:{}" aria-hidden="true"></span>'
    '<span class="sup-score">{}</span>'
)
# Header, class, width, orders that a click on the header switches between.
COLUMNS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("Supplier", "name", "19%", ("name",)),
    ("Level", "level", "88px", ()),
    ("Score", "score", "100px", ("score", "-score")),
    ("30 days", "trend", "84px", ()),
    ("7 days", "change n", "60px", ("change",)),
    ("What costs most points", "why", "21%", ()),
    ("Last login", "login", "96px", ("login",)),
    ("Tier", "tier", "90px", ()),
    ("Category", "category", "100px", ()),
    ("A month", "revenue n", "70px", ("-revenue", "revenue")),
    ("Owner", "owner", "96px", ()),
    ("Planned", "open n", "72px", ()),
)


def show_table(rows: Sequence[FoundSupplier], wanted: SupplierList) -> None:
    """Show one page of suppliers."""
    st.html(table_html(rows, wanted, datetime.now(UTC), st.context.timezone))


def table_html(
    rows: Sequence[FoundSupplier], wanted: SupplierList, now: datetime, zone: str | None = None
) -> Markup:
    """Write the table as HTML.

    Parameters
    ----------
    rows : sequence of FoundSupplier
        In the order in which they are shown.
    wanted : SupplierList
        For the links in the header, which change the order and keep the filter.
    now : datetime
        What "3 days ago" is counted from.
    zone : str, optional
        The reader's time zone.
    """
    widths = [width for _, _, width, _ in COLUMNS]
    cells = [_cells(row, now, zone) for row in rows]
    return render("suppliers/table.html", widths=widths, heads=_heads(wanted), rows=cells)


def _heads(wanted: SupplierList) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Give words, class, where a click leads, and the order the rows are in by this column."""
    for words, css, _, sorts in COLUMNS:
        if not sorts:
            yield words, css, None, None
            continue
        is_sorted = wanted.sort in sorts
        # Of two orders the other one; of one the same again.
        following = sorts[(sorts.index(wanted.sort) + 1) % len(sorts)] if is_sorted else sorts[0]
        where = suppliers_link(replace(wanted, sort=following, page=1))
        order, arrow = None, ""
        if is_sorted:
            order, arrow = ("descending", " ↓") if wanted.sort[0] == "-" else ("ascending", " ↑")
        yield f"{words}{arrow}", css, where, order


def _cells(row: FoundSupplier, now: datetime, zone: str | None) -> tuple[str | None, ...]:
    """Give what the file lays out; calling for it from there takes twice as long."""
    level, score = BY_KEY.get(row.risk_level or ""), row.health_score
    return (
        level.key if level else "not_scored",
        row.business_name,
        supplier_link(row.business_name, row.supplier_id),
        _trial(row, zone),
        fill("<b>{}</b> {}", level.sign, level.word) if level else NOT_SCORED,
        NONE if score is None else fill(SCORE, score, score),
        _trend(row),
        _change(row),
        row.reason,
        NONE if row.risk_level is None else when(row.last_login, now, zone),
        in_words(row.tier),
        in_words(row.category),
        money(row.monthly_revenue) if row.monthly_revenue else NONE,
        row.owner_name,
        _planned(row),
    )


def _trial(row: FoundSupplier, zone: str | None) -> str:
    if row.status != "trial":
        return ""
    ends = f"On trial until {exact_time(row.trial_ends_at, zone)}" if row.trial_ends_at else ""
    return ends or "On trial"


def _trend(row: FoundSupplier) -> Markup:
    past = row.scores_30_days
    if len(past) < 2:
        return NONE
    return spark(past, f"Last 30 days: from {past[0]} to {past[-1]}")


def _change(row: FoundSupplier) -> Markup:
    points = row.score_change_7_days
    if not points:
        hint = "No score 7 days ago" if points is None else "As 7 days ago"
        return fill('<span class="cs-quiet" title="{}">–</span>', hint)
    hint = f"{counted(abs(points), 'point')} {'more' if points > 0 else 'fewer'} than 7 days ago"
    return fill('<span title="{}">{}</span>', hint, change(points))


def _planned(row: FoundSupplier) -> Markup:
    """Say what is on its way to a supplier: "call", "2, call", "1"."""
    count = row.open_interventions
    if not count and not row.has_open_call:
        return NONE
    if row.has_open_call:
        words = "call" if count <= 1 else f"{count}, call"
        hint = "A call is planned" if count <= 1 else f"{count} planned, a call among them"
    else:
        words, hint = str(count), f"{counted(count, 'message')} planned"
    return fill('<span title="{}">{}</span>', hint, words)
