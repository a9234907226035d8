"""Quiet hours when many suppliers are written to at once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from cs_app.server import clients
from cs_app.ui.formats import counted
from cs_core.io.outreach.bulk import count_quiet


def overrides_night(bulk_id: str, supplier_ids: Sequence[str]) -> bool:
    """Say for how many it is night; say whether they are written to all the same."""
    # Asked once: the answer must not change under a box that was ticked.
    key = f"bulk-night-{bulk_id}"
    if key not in st.session_state:
        st.session_state[key] = count_quiet(
            clients.service_client(), supplier_ids, datetime.now(UTC)
        )
    quiet: int = st.session_state[key]
    if not quiet:
        return False
    st.caption(
        f"Quiet hours: it is night for {counted(quiet, 'supplier')}. Their messages wait until it"
        " is not any more, where each of them is."
    )
    return st.checkbox("Write to them now all the same", key="bulk-night")
