"""The order of a supplier's page: what is read, and where it stands."""

from collections.abc import Sequence

import streamlit as st

from cs_app.supplier.actions import (
    form_of,
    show_action_bar,
    show_next_step,
    show_open_call,
    show_other_steps,
)
from cs_app.supplier.change import change_since, choose_span, show_change
from cs_app.supplier.forms import show_form
from cs_app.supplier.head import show_contact, show_facts, show_head
from cs_app.supplier.score import show_measures
from cs_app.supplier.timeline import show_timeline
from cs_app.supplier.trend import choose_days, show_trend, since
from cs_app.supplier.wording import NEAREST_DAYS
from cs_app.ui.frame import show_download
from cs_app.ui.guard import Person
from cs_app.ui.markup import address
from cs_core.io.suppliers.one import DayScore, Supplier360, fetch_marks, fetch_score_history

# To compare with 30 days ago, whatever the chart shows.
LEAST_DAYS = 31 + NEAREST_DAYS


def show_supplier(person: Person, supplier: Supplier360) -> None:
    """Show all about a supplier. Raises StoreError if something could not be read."""
    is_admin = person.role == "admin"
    left, right = st.columns([2, 1], gap="medium")
    with left:
        head = st.container(gap="small")
        if is_admin:
            show_action_bar(supplier)
    with right:
        show_next_step(supplier, is_admin)
    left, right = st.columns([2, 1], gap="medium")
    with left:
        history = _show_history(person, supplier)
    with head:
        show_head(supplier, history, change_since(person.client, supplier, history, 7))
    with right:
        show_open_call(person, supplier)
        show_other_steps(supplier, is_admin)
        show_contact(supplier)
        show_facts(supplier)
    show_timeline(supplier.supplier_id)
    form = form_of(supplier.supplier_id)
    if form is not None and is_admin:
        show_form(supplier, form)


def _show_history(person: Person, supplier: Supplier360) -> Sequence[DayScore]:
    """Show trend, measures and change; give the scores, at least those of a month."""
    if supplier.row is None or supplier.scorecard is None:
        show_measures(supplier)
        return []
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key="trend-head",
    ):
        st.html('<div class="s360"><h2>Trend</h2></div>', width="content")
        days = choose_days()
        where = address("/export/scores.csv", {"id": supplier.supplier_id, "days": days})
        show_download("Export CSV", where)
    history = fetch_score_history(person.client, supplier.supplier_id, max(days, LEAST_DAYS))
    shown = history[-days:]
    if shown:
        marks = fetch_marks(person.client, supplier.supplier_id, since(shown))
        show_trend(supplier.business_name, shown, marks, supplier.scorecard)
    show_measures(supplier)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.html('<div class="s360"><h2>What changed</h2></div>', width="content")
        span = choose_span()
    show_change(change_since(person.client, supplier, history, span), span)
    return history
