"""The parts of the settings, and which of them the address names."""

from collections.abc import Callable

import streamlit as st

from cs_app.settings.outreach import show_outreach
from cs_app.settings.people import show_people
from cs_app.settings.playbooks.tab import show_playbooks
from cs_app.settings.scorecard import show_scorecard
from cs_app.settings.templates.tab import show_templates
from cs_app.ui.guard import Person

# Name in the address, title, what shows it.
PARTS: dict[str, tuple[str, Callable[[Person], None]]] = {
    "scorecard": ("Scorecard", show_scorecard),
    "playbooks": ("Playbooks", show_playbooks),
    "templates": ("Templates", show_templates),
    "outreach": ("Outreach rules", show_outreach),
    "people": ("People", show_people),
}


PART_KEY = "settings-part"


def choose_part() -> Callable[[Person], None]:
    """Offer the parts, and give what shows the one that the address names."""
    asked = st.query_params.get("part", "")
    # The address decides, so that the browser's way back leads to the part of before.
    st.session_state[PART_KEY] = asked if asked in PARTS else "scorecard"
    chosen = st.segmented_control(
        "Part of the settings",
        list(PARTS),
        format_func=lambda part: PARTS[part][0],
        label_visibility="collapsed",
        required=True,
        key=PART_KEY,
        on_change=_put_into_address,
    )
    return PARTS[str(chosen)][1]


def _put_into_address() -> None:
    # Which playbook or template is open says nothing about another part.
    st.query_params.from_dict({"part": st.session_state[PART_KEY]})
