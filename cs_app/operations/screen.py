"""The operations screen: its parts, and which of them the address names."""

import streamlit as st

from cs_app.operations.address import AUDIT, MAIL, PARTS, RUNS, STATUS, read_part
from cs_app.operations.audit import show_audit
from cs_app.operations.mail import show_dead_mail
from cs_app.operations.runs import show_runs
from cs_app.operations.status import show_status
from cs_app.ui.choices import choose_one
from cs_app.ui.guard import Person

SHOW = {STATUS: show_status, RUNS: show_runs, MAIL: show_dead_mail, AUDIT: show_audit}


def show_operations(person: Person) -> None:
    """Show what ran, what failed, and who changed what."""
    part = read_part(st.query_params)
    choose_one("Part of operations", PARTS, part, "operations-part", _put_into_address)
    SHOW[part](person)


def _put_into_address(part: str) -> None:
    # What one part is narrowed by says nothing about another.
    st.query_params.from_dict({} if part == STATUS else {"part": part})
