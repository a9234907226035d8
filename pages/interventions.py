"""Calls to make, and what was sent, failed or was held back."""

import streamlit as st

from cs_app.frame import show_failure
from cs_app.guard import require_person
from cs_app.intervention_actions import do_what_was_asked
from cs_app.intervention_address import CALLS
from cs_app.intervention_board import show_queue
from cs_app.intervention_lists import show_list
from cs_app.intervention_style import STYLE
from cs_app.intervention_tabs import choose_list, fetch_counts
from cs_core.errors import StoreError

person = require_person()
st.html(STYLE)
st.title("Interventions")
try:
    do_what_was_asked(person)
    counts = fetch_counts(person.client)
    chosen = choose_list(counts)
    if chosen == CALLS:
        show_queue(person, counts)
    else:
        show_list(person, chosen, counts)
except StoreError as error:
    show_failure("The interventions", error)
