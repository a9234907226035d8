"""The supplier table: plain HTML beside a rail of boxes to select rows.

Not `st.dataframe`: its links open a new tab, it has no hover for exact times, and what is
selected in it is a position, not a supplier. Here a name is a link in the same tab, every cell
is text for screen readers, and each box belongs to one supplier by its key.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape

import streamlit as st

from cs_app.server.links import suppliers_link
from cs_app.ui.formats import change, counted, exact_time, in_words, money
from cs_app.ui.levels import BY_KEY, NOT_SCORED
from cs_app.ui.markup import spark, supplier_link, when
from cs_core.io.suppliers.find import FoundSupplier
from cs_core.suppliers.filter import SupplierList

NONE = '<span class="cs-quiet">–</span>'
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
SORTED = {"score": "ascending", "-score": "descending", "change": "ascending"} | {
    "revenue": "ascending",
    "-revenue": "descending",
    "name": "ascending",
    "login": "ascending",
}


def show_table(rows: Sequence[FoundSupplier], wanted: SupplierList) -> None:
    """Show one page of suppliers."""
    st.html(table_html(rows, wanted, datetime.now(UTC), st.context.timezone))


def table_html(
    rows: Sequence[FoundSupplier], wanted: SupplierList, now: datetime, zone: str | None = None
) -> str:
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
    widths = "".join(f'<col style="width:{width}">' for _, _, width, _ in COLUMNS)
    heads = "".join(_head(words, css, sorts, wanted) for words, css, _, sorts in COLUMNS)
    body = "".join(_row(row, now, zone) for row in rows)
    return (
        '<div class="sup sup-scroll"><table class="sup-rows" aria-label="Suppliers">'
        f"<colgroup>{widths}</colgroup><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _head(words: str, css: str, sorts: tuple[str, ...], wanted: SupplierList) -> str:
    kind = f"{css} "
    if not sorts:
        return f'<th scope="col" class="{kind.strip()}">{words}</th>'
    is_sorted = wanted.sort in sorts
    # Of two orders the other one; of one the same again.
    following = sorts[(sorts.index(wanted.sort) + 1) % len(sorts)] if is_sorted else sorts[0]
    where = suppliers_link(replace(wanted, sort=following, page=1))
    marked = f' aria-sort="{SORTED[wanted.sort]}"' if is_sorted else ""
    arrow = {"ascending": " ↑", "descending": " ↓"}[SORTED[wanted.sort]] if is_sorted else ""
    return (
        f'<th scope="col" class="{css}"{marked}><a href="{escape(where)}" target="_self"'
        f' title="Order by this">{words}{arrow}</a></th>'
    )


def _row(row: FoundSupplier, now: datetime, zone: str | None) -> str:
    level = row.risk_level if row.risk_level in BY_KEY else None
    cells = (
        _name(row, zone),
        f"<b>{BY_KEY[level].sign}</b> {BY_KEY[level].word}" if level else NOT_SCORED,
        _score(row),
        _trend(row),
        _change(row),
        escape(row.reason) if row.reason else NONE,
        _last_login(row, now, zone),
        escape(in_words(row.tier)),
        escape(in_words(row.category)),
        escape(money(row.monthly_revenue)) if row.monthly_revenue else NONE,
        escape(row.owner_name) if row.owner_name else NONE,
        _planned(row),
    )
    hints = {"why": row.reason or "", "name": row.business_name, "owner": row.owner_name or ""}
    tds = (
        f'<td class="{css}"{_hint(hints.get(css, ""))}>{cell}</td>'
        for (_, css, _, _), cell in zip(COLUMNS, cells, strict=True)
    )
    return f'<tr class="{level or "not_scored"}">{"".join(tds)}</tr>'


def _hint(text: str) -> str:
    return f' title="{escape(text)}"' if text else ""


def _name(row: FoundSupplier, zone: str | None) -> str:
    name = supplier_link(row.business_name, row.supplier_id)
    if row.status != "trial":
        return f"<div>{name}</div>"
    ends = f"On trial until {exact_time(row.trial_ends_at, zone)}" if row.trial_ends_at else ""
    return f'<div>{name}<span class="mark"{_hint(ends or "On trial")}>trial</span></div>'


def _score(row: FoundSupplier) -> str:
    if row.health_score is None:
        return NONE
    bar = f'<span class="sup-bar" style="--score:{row.health_score}" aria-hidden="true"></span>'
    return f'{bar}<span class="sup-score">{row.health_score}</span>'


def _trend(row: FoundSupplier) -> str:
    past = row.scores_30_days
    if len(past) < 2:
        return NONE
    return spark(past, f"Last 30 days: from {past[0]} to {past[-1]}")


def _change(row: FoundSupplier) -> str:
    points = row.score_change_7_days
    if not points:
        hint = "No score 7 days ago" if points is None else "As 7 days ago"
        return f'<span class="cs-quiet" title="{hint}">–</span>'
    hint = f"{counted(abs(points), 'point')} {'more' if points > 0 else 'fewer'} than 7 days ago"
    return f'<span title="{hint}">{change(points)}</span>'


def _last_login(row: FoundSupplier, now: datetime, zone: str | None) -> str:
    return NONE if row.risk_level is None else when(row.last_login, now, zone)


def _planned(row: FoundSupplier) -> str:
    """Say what is on its way to a supplier: "call", "2, call", "1"."""
    count = row.open_interventions
    if not count and not row.has_open_call:
        return NONE
    if row.has_open_call:
        words = "call" if count <= 1 else f"{count}, call"
        hint = "A call is planned" if count <= 1 else f"{count} planned, a call among them"
    else:
        words, hint = str(count), f"{counted(count, 'message')} planned"
    return f'<span title="{hint}">{words}</span>'
