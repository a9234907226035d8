"""What the forms of a supplier's page have in common."""

from datetime import datetime, timedelta

import streamlit as st

from cs_app.contacts.actions import Done, tell
from cs_app.supplier.actions import close_form
from cs_app.ui.markdown import plain
from cs_core.outreach.requests import LATEST_DAYS


def buttons(words: str, *, disabled: bool = False) -> bool:
    """Show the button that does it and the one that does not; say whether it is to be done."""
    with st.container(horizontal=True, gap="small"):
        sure = st.button(words, type="primary", key="form-send", disabled=disabled)
        if st.button("Cancel", key="form-cancel"):
            close_form()
            st.rerun()
    return sure


def choose_moment(key: str, zone_name: str, now: datetime) -> datetime | None:
    """Let the reader choose a moment to come, in the supplier's time zone."""
    usual = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    chosen = st.datetime_input(
        f"Date and time ({plain(zone_name)})",
        usual.replace(tzinfo=None),
        min_value=now.replace(tzinfo=None, second=0, microsecond=0),
        max_value=(now + timedelta(days=LATEST_DAYS - 1)).replace(tzinfo=None),
        key=f"{key}-at",
        help="In the supplier's own time",
    )
    return chosen.replace(tzinfo=now.tzinfo) if chosen else None


def finish(done: Done) -> None:
    """Close the form and say what came of it; keep it open where it is to be sent again."""
    if not done.is_settled:
        st.error(plain(done.words), icon=":material/error:")
        return
    tell(done)
    close_form()
    st.rerun()
