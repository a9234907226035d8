"""Who a supplier is: the head line, the contact, the facts; and the pages without a supplier."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from cs_app.formats import ago, counted, in_words, money
from cs_app.levels import BY_KEY, NOT_SCORED
from cs_app.markup import when
from cs_app.supplier_words import STATUSES, trend_in_words, why_in_words
from cs_core.io.supplier import DayScore, Supplier360
from cs_core.score_change import ScoreChange

# Colours follow light and dark: `light-dark` listens to what Streamlit sets on the page.
STYLE = """<style>
.s360 { font-size: .95rem; line-height: 1.45; }
.s360 h1 { font-size: 1.5rem; font-weight: 600; margin: 0; padding: 0; overflow-wrap: anywhere; }
.s360 h2 { font-size: 1.05rem; font-weight: 600; margin: 0 0 .35rem; padding: 0; }
.s360 a { color: light-dark(#1f5fbf, #6ea8fe); }
.s360 .quiet { color: light-dark(#586274, #9aa5b5); }
.s360 .score { font-size: 1.9rem; font-weight: 600; font-variant-numeric: tabular-nums;
  line-height: 1.1; }
.s360 .line { display: flex; flex-wrap: wrap; gap: .1rem .9rem; align-items: baseline; }
.s360 .level { font-weight: 600; white-space: nowrap; }
.s360 .critical { color: light-dark(#b42318, #ff7b72); }
.s360 .at_risk { color: light-dark(#8a5a00, #e3b341); }
.s360 .healthy { color: light-dark(#1a7f37, #3fb950); }
.s360 dl, .s360 dt { padding: 0; margin: 0; }
.s360 dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem .9rem; }
.s360 dt { color: light-dark(#586274, #9aa5b5); font-weight: 400; }
.s360 dd { margin: 0; padding: 0; overflow-wrap: anywhere; }
.s360.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .88rem; }
.s360.legend.quiet { color: light-dark(#586274, #9aa5b5); }
.s360 [title] { text-decoration: underline dotted color-mix(in srgb, currentColor 35%, transparent);
  text-underline-offset: 3px; }
</style>"""


def show_styles() -> None:
    """Put the styles of this screen into the page."""
    st.html(STYLE)


def chosen_id() -> str | None:
    """Give the supplier that the address names; None where it names none."""
    try:
        return str(uuid.UUID(st.query_params.get("id", "")))
    except ValueError:
        return None


def show_not_found(is_named: bool) -> None:
    """Say that there is no such supplier, and the way back."""
    what = "There is no such supplier" if is_named else "No supplier chosen"
    why = (
        "It may have been deleted, or the link is incomplete."
        if is_named
        else "A link to a supplier ends in its id; this one has none, or only a part of it."
    )
    st.html(
        f'<div class="s360"><h1>{what}</h1><p>{why} '
        '<a href="/suppliers" target="_self">Look for it among the suppliers</a></p></div>'
    )


def show_head(supplier: Supplier360, history: Sequence[DayScore], week: ScoreChange | None) -> None:
    """Show name, score, level, trend and why, in this order."""
    st.html(
        '<div class="s360"><a href="/suppliers" target="_self">‹ Suppliers</a>'
        f"<h1>{escape(supplier.business_name)}</h1>"
        f'<div class="line">{_score_line(supplier, history)}</div>'
        f"<div>{escape(_why(supplier, week))}</div></div>"
    )


def show_contact(supplier: Supplier360) -> None:
    """Show who to talk to, and how."""
    rows = [("Name", escape(supplier.contact_name or "not known"))]
    if supplier.phone:
        number = escape(supplier.phone)
        dialled = "".join(c for c in supplier.phone if c.isdigit() or c == "+")
        rows.append(("Phone", f'<a href="tel:{escape(dialled)}">{number}</a>'))
    else:
        rows.append(("Phone", "none"))
    email = escape(supplier.email or "")
    mail = f'<a href="mailto:{email}">{email}</a>' if email else "none"
    if supplier.opted_out:
        mail += "<br>✕ opted out of e-mail"
    rows.append(("E-mail", mail))
    rows.append(("Their time", escape(_local_time(supplier.timezone))))
    rows.append(("Last contact", _when(supplier.last_contacted_at)))
    _show_facts("Contact", rows)


def show_facts(supplier: Supplier360) -> None:
    """Show what kind of customer it is."""
    rows = [
        ("Tier", escape(in_words(supplier.tier))),
        ("Category", escape(in_words(supplier.category))),
        ("Status", _status(supplier)),
        ("Revenue", f"{money(supplier.monthly_revenue)} a month"),
        ("Owner", escape(supplier.owner_name or "nobody yet")),
        ("Last login", "" if supplier.row is None else _when(supplier.last_login)),
        ("Signed up", _when(supplier.signed_up_at)),
        ("Set-up", _set_up(supplier)),
    ]
    _show_facts("Facts", [row for row in rows if row[1]])


def hover(moment: datetime, words: str | None = None) -> str:
    """Give a time in words, with the exact one on hover, as HTML."""
    return when(moment, datetime.now(UTC), st.context.timezone, words)


def local_zone(name: str) -> tzinfo:
    """Give a time zone by its name; UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def _score_line(supplier: Supplier360, history: Sequence[DayScore]) -> str:
    if supplier.health_score is None or supplier.risk_level is None:
        words = NOT_SCORED if supplier.is_active else "Never scored"
        return f'<span class="level quiet">{words}</span>'
    level = BY_KEY[supplier.risk_level]
    parts = [
        f'<span class="score">{supplier.health_score}<span class="quiet" '
        'style="font-size:.95rem;font-weight:400"> of 100</span></span>',
        f'<span class="level {level.key}">{level.label}</span>',
        f"<span>{escape(trend_in_words(history))}</span>",
    ]
    if supplier.rank is not None:
        place = _ordinal(supplier.rank.position)
        parts.append(f'<span class="quiet">{place} lowest of {supplier.rank.of:,}</span>')
    if supplier.as_of is not None:
        scored = hover(supplier.as_of, f"scored {ago(supplier.as_of, datetime.now(UTC))}")
        parts.append(f'<span class="quiet">{scored}</span>')
    return "".join(parts)


def _why(supplier: Supplier360, week: ScoreChange | None) -> str:
    gone = _gone(supplier)
    if gone:
        return gone
    if supplier.row is None:
        return (
            "The next daily run gives it a score. Until then there is nothing to explain;"
            " what it did so far is in the timeline below."
        )
    return why_in_words(supplier.drivers, week)


def _gone(supplier: Supplier360) -> str | None:
    """Say that a supplier is no customer at the moment; None where it is one."""
    if supplier.is_active:
        return None
    now = datetime.now(UTC)
    last = " Its last score stays as it was." if supplier.row is not None else ""
    if supplier.status == "churned":
        when = f" {ago(supplier.churned_at, now)}" if supplier.churned_at else ""
        return f"Left WedSync{when}. It is not scored or contacted by playbooks any more.{last}"
    if supplier.status == "paused":
        when = f" since {ago(supplier.paused_at, now)}" if supplier.paused_at else ""
        return (
            f"Paused{when}. It is not scored or contacted by playbooks until it comes back.{last}"
        )
    return f"Not signed up yet, so it is not scored.{last}"


def _status(supplier: Supplier360) -> str:
    words = STATUSES.get(supplier.status, in_words(supplier.status))
    if supplier.trial_ends_at is None:
        return escape(words)
    left = supplier.trial_ends_at - datetime.now(UTC)
    if left < timedelta(0):
        ends = f"Trial, ended {ago(supplier.trial_ends_at, datetime.now(UTC))}"
    elif left.days == 0:
        ends = "Trial, ends within a day"
    else:
        ends = f"Trial, ends in {counted(left.days, 'day')}"
    return hover(supplier.trial_ends_at, ends)


def _set_up(supplier: Supplier360) -> str:
    if supplier.onboarded_at is None:
        return "not finished"
    return hover(supplier.onboarded_at, f"finished {ago(supplier.onboarded_at, datetime.now(UTC))}")


def _when(moment: datetime | None) -> str:
    return hover(moment) if moment else "never"


def _local_time(zone: str) -> str:
    there = datetime.now(local_zone(zone))
    place = zone.rsplit("/", 1)[-1].replace("_", " ")
    return f"{there:%H:%M}, {there:%A} ({place})"


def _show_facts(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Show terms and what they say; the latter is HTML."""
    items = "".join(f"<dt>{term}</dt><dd>{what}</dd>" for term, what in rows)
    st.html(f'<div class="s360"><h2>{title}</h2><dl>{items}</dl></div>')


def _ordinal(number: int) -> str:
    ending = (
        "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{number:,}{ending}"
