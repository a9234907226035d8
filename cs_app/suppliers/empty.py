"""What the supplier list says where nobody is in it, and who is not active instead."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st
from markupsafe import Markup

from cs_app.suppliers.address import clear_filter
from cs_app.ui.formats import ago, exact_time
from cs_app.ui.markup import supplier_link
from cs_core.base.errors import StoreError
from cs_core.base.html import fill, together
from cs_core.io.base.client import PersonClient
from cs_core.io.suppliers.find import InactiveSupplier, find_inactive
from cs_core.suppliers.filter import SupplierFilter

MOST = 5
STATES = {"paused": "paused", "churned": "left"}


def show_nothing(client: PersonClient, wanted: SupplierFilter) -> None:
    """Say why the list is empty and what to do. `wanted`: nobody active matches it."""
    if wanted.is_empty:
        st.info(
            "No suppliers yet. They appear here as soon as the first one has signed up.",
            icon=":material/storefront:",
        )
        return
    if wanted == SupplierFilter(text=wanted.text):
        st.info(
            "No active supplier has this in its name or e-mail address.",
            icon=":material/search_off:",
        )
        words = "Clear the search"
    else:
        st.info(
            "No supplier matches these filters. Take one away, or clear them all.",
            icon=":material/filter_alt:",
        )
        words = "Clear all filters"
    if wanted.text:
        _show_inactive(client, wanted.text)
    st.button(words, key="nothing-clear", on_click=clear_filter)


def _show_inactive(client: PersonClient, text: str) -> None:
    try:
        found = find_inactive(client, text, MOST + 1)
    except StoreError:
        return  # a hint: the list itself was read
    if found:
        st.html(inactive_line(found, datetime.now(UTC), st.context.timezone))


def inactive_line(found: Sequence[InactiveSupplier], now: datetime, zone: str | None) -> Markup:
    """Name suppliers that are not active, each with a link and since when, as HTML."""
    named = [
        fill("{} ({})", supplier_link(one.business_name, one.supplier_id), _state(one, now, zone))
        for one in found[:MOST]
    ]
    more = " and more; type more of the name" if len(found) > MOST else ""
    return fill('<p class="cs-none">Not active: {}{}.</p>', together(named, ", "), more)


def _state(one: InactiveSupplier, now: datetime, zone: str | None) -> str:
    word = STATES.get(one.state)
    if word is None:
        return "not signed up yet"
    if one.since is None or one.since > now:
        return word
    exact, said = exact_time(one.since, zone), ago(one.since, now)
    return fill('{} <time title="{}">{}</time>', word, exact, said)
