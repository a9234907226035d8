"""The filter bar above a list of interventions. What is chosen is in the address."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from cs_app.contacts.wording import REASONS
from cs_app.interventions.address import OFFERED
from cs_app.ui.choices import choose_day, choose_from_list
from cs_app.ui.page_address import put
from cs_core.base.vocabulary import INTERVENTION_STATUSES, INTERVENTION_TYPES
from cs_core.io.outreach.intervention_lists import ListFilter, ListPage

LABELS = {
    "type": "Type",
    "playbook": "Playbook",
    "status": "Status",
    "reason": "Reason",
    "person": "Person",
    "since": "From",
    "until": "To",
}
WIDTHS = {"playbook": 210, "reason": 190, "person": 180}


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
            key, keep = f"filter-{tab}-{name}", partial(_put_into_address, name)
            if name in ("since", "until"):
                choose_day(LABELS[name], getattr(chosen, name), key, keep)
            else:
                width = WIDTHS.get(name, 150)
                value = getattr(chosen, name)
                choose_from_list(LABELS[name], choices[name], value, key, keep, width)
        if chosen != ListFilter():
            st.button("Clear filters", key=f"clear-{tab}", type="tertiary", on_click=_clear)


def _put_into_address(name: str, value: object) -> None:
    put("page", None)
    put(name, value)


def _clear() -> None:
    tab = st.query_params.get("tab")
    st.query_params.from_dict({"tab": tab} if tab else {})
