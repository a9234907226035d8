"""The lists of the interventions screen, how much is in each, and which one is on screen."""

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st
from supabase import Client

from cs_app.formats import day_bounds, whole_number
from cs_app.intervention_address import CALLS, LISTS, read_list
from cs_core.io.interventions import count_interventions
from cs_core.io.queue import count_calls

WORDS = {
    CALLS: "Calls due",
    "scheduled": "Scheduled",
    "sent": "Sent and made",
    "failed": "Failed",
    "suppressed": "Not sent",
    "history": "History",
}
MOST = 10_000
TAB_KEY = "interventions-tab"


@dataclass(frozen=True)
class Counts:
    """How much is in each list; `history` holds all of it and is not counted."""

    calls: int
    scheduled: int
    sent: int
    failed: int
    suppressed: int


def end_of_today() -> datetime:
    """Return the next midnight where the reader is."""
    return day_bounds(datetime.now(UTC), st.context.timezone)[1]


def fetch_counts(client: Client) -> Counts:
    """Count what each list holds."""
    return Counts(calls=count_calls(client, end_of_today()), **count_interventions(client))


def choose_list(counts: Counts) -> str:
    """Let the reader choose a list; the choice is in the address."""
    st.session_state[TAB_KEY] = read_list(st.query_params)
    chosen = st.segmented_control(
        "List",
        LISTS,
        required=True,
        format_func=lambda name: _label(name, counts),
        key=TAB_KEY,
        label_visibility="collapsed",
        on_change=_put_into_address,
    )
    return str(chosen)


def _label(name: str, counts: Counts) -> str:
    count = getattr(counts, name, None)
    if count is None:
        return WORDS[name]
    return f"{WORDS[name]} {whole_number(MOST)}+" if count > MOST else f"{WORDS[name]} {count:,}"


def _put_into_address() -> None:
    chosen = st.session_state[TAB_KEY]
    # The filters of one list say nothing about another.
    st.query_params.from_dict({} if chosen == CALLS else {"tab": chosen})
