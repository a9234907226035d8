"""The filter bar above a list of interventions. What is chosen is in the address."""

from collections.abc import Mapping
from datetime import date

import streamlit as st

from cs_app.contacts.wording import REASONS
from cs_app.interventions.address import OFFERED
from cs_app.ui.page_address import put
from cs_core.base.vocabulary import INTERVENTION_STATUSES, INTERVENTION_TYPES
from cs_core.io.outreach.intervention_lists import ListFilter, ListPage

ANY = ""
LABELS = {
    "type": "Type",
    "playbook": "Playbook",
    "status": "Status",
    "reason": "Reason",
    "person": "Person",
    "since": "From",
    "until": "To",
}
WIDTHS = {"playbook": 210, "reason": 190, "person": 180, "since": 140, "until": 140}


def choose_filter(tab: str, chosen: ListFilter, found: ListPage) -> None:
    """Show the filters a list has; a change goes into the address and runs the page again."""
    choices: Mapping[str, Mapping[str, str]] = {
        "type": INTERVENTION_TYPES,
        "status": INTERVENTION_STATUSES,
        "reason": {key: reason.short for key, reason in REASONS.items()},
        "playbook": dict(sorted(found.titles.items(), key=lambda item: item[1])),
        "person": dict(sorted(found.names.items(), key=lambda item: item[1])),
    }
    with st.container(
        horizontal=True, vertical_alignment="bottom", gap="small", key=f"iv-filters-{tab}"
    ):
        for name in OFFERED[tab]:
            if name in ("since", "until"):
                _choose_day(tab, name, getattr(chosen, name))
            else:
                _choose_one(tab, name, getattr(chosen, name), choices[name])
        if chosen != ListFilter():
            st.button("Clear filters", key=f"clear-{tab}", type="tertiary", on_click=_clear)


def _choose_one(tab: str, name: str, value: str | None, words: Mapping[str, str]) -> None:
    key = f"filter-{tab}-{name}"
    options = [ANY, *words, *([value] if value and value not in words else [])]
    st.session_state[key] = value or ANY
    st.selectbox(
        LABELS[name],
        options,
        format_func=lambda option: words.get(option, "Unknown") if option else "Any",
        key=key,
        width=WIDTHS.get(name, 150),
        on_change=_put_into_address,
        args=(name, key),
    )


def _choose_day(tab: str, name: str, value: date | None) -> None:
    key = f"filter-{tab}-{name}"
    st.session_state[key] = value
    st.date_input(
        LABELS[name],
        key=key,
        width=WIDTHS[name],
        format="YYYY-MM-DD",
        on_change=_put_into_address,
        args=(name, key),
    )


def _put_into_address(name: str, key: str) -> None:
    put("page", None)
    put(name, st.session_state[key])


def _clear() -> None:
    tab = st.query_params.get("tab")
    st.query_params.from_dict({"tab": tab} if tab else {})
