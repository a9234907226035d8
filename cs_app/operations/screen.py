"""The operations screen: its parts, and which of them the address names."""

import streamlit as st

from cs_app.operations.address import AUDIT, MAIL, PARTS, RUNS, STATUS, read_part
from cs_app.operations.audit import show_audit
from cs_app.operations.mail import show_dead_mail
from cs_app.operations.runs import show_runs
from cs_app.operations.status import show_status
from cs_app.ui.guard import Person

SHOW = {STATUS: show_status, RUNS: show_runs, MAIL: show_dead_mail, AUDIT: show_audit}
PART_KEY = "operations-part"


def show_operations(person: Person) -> None:
    """Show what ran, what failed, and who changed what."""
    SHOW[_choose_part()](person)


def _choose_part() -> str:
    st.session_state[PART_KEY] = read_part(st.query_params)
    chosen = st.segmented_control(
        "Part of operations",
        list(PARTS),
        format_func=PARTS.__getitem__,
        required=True,
        key=PART_KEY,
        label_visibility="collapsed",
        on_change=_put_into_address,
    )
    return str(chosen)


def _put_into_address() -> None:
    chosen = st.session_state[PART_KEY]
    # What one part is narrowed by says nothing about another.
    st.query_params.from_dict({} if chosen == STATUS else {"part": chosen})
