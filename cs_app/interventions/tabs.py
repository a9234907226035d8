"""The lists of the interventions screen, how much is in each, and which one is on screen."""

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from cs_app.interventions.address import CALLS, LISTS, read_list
from cs_app.ui.choices import choose_one
from cs_app.ui.formats import day_bounds, up_to
from cs_core.io.base.reads import Query
from cs_core.io.outreach.call_queue import call_count_query
from cs_core.io.outreach.interventions import intervention_counts_query

WORDS = {
    CALLS: "Calls due",
    "scheduled": "Scheduled",
    "sent": "Sent and made",
    "failed": "Failed",
    "suppressed": "Not sent",
    "history": "History",
}
MOST = 10_000


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


def counts_queries(until: datetime) -> tuple[Query[int], Query[dict[str, int]]]:
    """Ask what each list holds; `read_counts` takes the answers."""
    return call_count_query(until), intervention_counts_query()


def read_counts(calls: int, others: dict[str, int]) -> Counts:
    """Put the answers to `counts_queries` together."""
    return Counts(calls=calls, **others)


def choose_list(counts: Counts) -> None:
    """Let the reader choose a list; the choice is in the address."""
    words = {name: _label(name, counts) for name in LISTS}
    choose_one("List", words, read_list(st.query_params), "interventions-tab", _put_into_address)


def _label(name: str, counts: Counts) -> str:
    count = getattr(counts, name, None)
    if count is None:
        return WORDS[name]
    return f"{WORDS[name]} {up_to(count, MOST)}"


def _put_into_address(chosen: str) -> None:
    # The filters of one list say nothing about another.
    st.query_params.from_dict({} if chosen == CALLS else {"tab": chosen})
