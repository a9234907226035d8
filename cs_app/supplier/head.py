"""Who a supplier is: the head line, the contact, the facts; and the pages without a supplier."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st
from markupsafe import Markup

from cs_app.supplier.wording import trend_in_words, why_in_words
from cs_app.ui.formats import ago, clock_time, counted, in_words, money, ordinal
from cs_app.ui.levels import BY_KEY, NOT_SCORED
from cs_app.ui.markup import phone_link, quiet, when
from cs_core.base.html import fill, together
from cs_core.base.time_zones import open_zone
from cs_core.base.vocabulary import SUPPLIER_STATUSES
from cs_core.io.suppliers.one import DayScore, Supplier360
from cs_core.score.change import ScoreChange


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
    html = fill(
        '<div class="s360"><h1>{}</h1><p>{} '
        '<a href="/suppliers" target="_self">Look for it among the suppliers</a></p></div>',
        *(what, why),
    )
    st.html(html)


def show_head(supplier: Supplier360, history: Sequence[DayScore], week: ScoreChange | None) -> None:
    """Show name, score, level, trend and why, in this order."""
    html = fill(
        '<div class="s360"><a href="/suppliers" target="_self">‹ Suppliers</a><h1>{}</h1>'
        '<div class="line">{}</div><div>{}</div></div>',
        *(supplier.business_name, _score_line(supplier, history), _why(supplier, week)),
    )
    st.html(html)


def show_contact(supplier: Supplier360) -> None:
    """Show who to talk to, and how."""
    email = supplier.email
    mail = fill('<a href="mailto:{}">{}</a>', email, email) if email else Markup("none")
    if supplier.opted_out:
        mail += Markup("<br>✕ opted out of e-mail")
    rows = [
        ("Name", supplier.contact_name or "not known"),
        ("Phone", phone_link(supplier.phone)),
        ("E-mail", mail),
        ("Their time", _local_time(supplier.timezone)),
        ("Last contact", _when(supplier.last_contacted_at)),
    ]
    _show_facts("Contact", rows)


def show_facts(supplier: Supplier360) -> None:
    """Show what kind of customer it is."""
    rows = [
        ("Tier", in_words(supplier.tier)),
        ("Category", in_words(supplier.category)),
        ("Status", _status(supplier)),
        ("Revenue", f"{money(supplier.monthly_revenue)} a month"),
        ("Owner", supplier.owner_name or "nobody yet"),
        ("Last login", "" if supplier.row is None else _when(supplier.last_login)),
        ("Signed up", _when(supplier.signed_up_at)),
        ("Set-up", _set_up(supplier)),
    ]
    _show_facts("Facts", [row for row in rows if row[1]])


def hover(moment: datetime, words: str | None = None) -> Markup:
    """Give a time in words, with the exact one on hover, as HTML."""
    return when(moment, datetime.now(UTC), st.context.timezone, words)


def _score_line(supplier: Supplier360, history: Sequence[DayScore]) -> Markup:
    if supplier.health_score is None or supplier.risk_level is None:
        words = NOT_SCORED if supplier.is_active else "Never scored"
        return fill('<span class="level cs-quiet">{}</span>', words)
    level = BY_KEY[supplier.risk_level]
    line = fill(
        '<span class="score">{}<span class="cs-quiet" style="font-size:.95rem;font-weight:400">'
        ' of 100</span></span><span class="level {}">{}</span><span>{}</span>',
        *(supplier.health_score, level.key, level.label, trend_in_words(history)),
    )
    if supplier.rank is not None:
        place = ordinal(supplier.rank.position)
        line += quiet(f"{place} lowest of {supplier.rank.of:,}")
    if supplier.as_of is not None:
        scored = f"scored {ago(supplier.as_of, datetime.now(UTC))}"
        line += quiet(hover(supplier.as_of, scored))
    return line


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
    words = SUPPLIER_STATUSES.get(supplier.status, in_words(supplier.status))
    if supplier.trial_ends_at is None:
        return words
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
    now = datetime.now(UTC)
    place = zone.rsplit("/", 1)[-1].replace("_", " ")
    return f"{clock_time(now, zone)}, {now.astimezone(open_zone(zone)):%A} ({place})"


def _show_facts(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Show terms and what they say."""
    items = together(fill("<dt>{}</dt><dd>{}</dd>", *row) for row in rows)
    st.html(fill('<div class="s360"><h2>{}</h2><dl>{}</dl></div>', title, items))
