"""Calls to make, and what was sent, failed or was held back."""

import streamlit as st

from cs_app.contacts.actions import run_pending_action
from cs_app.interventions.address import CALLS, read_list
from cs_app.interventions.board import fetch_queue, show_queue, view_asked_for
from cs_app.interventions.lists import fetch_listed, show_list
from cs_app.interventions.tabs import choose_list
from cs_app.ui.frame import show_failure, show_style
from cs_app.ui.guard import require_person
from cs_app.ui.notices import show_notice
from cs_core.base.errors import StoreError

person = require_person()
show_style("interventions")
st.title("Interventions")
run_pending_action(person, shown=("outcome",))
show_notice(person)
try:
    tab = read_list(st.query_params)
    if tab == CALLS:
        queue = fetch_queue(person.client, view_asked_for(person))
        choose_list(queue.counts)
        show_queue(person, queue)
    else:
        listed = fetch_listed(person.client, tab)
        choose_list(listed.counts)
        show_list(person, listed)
except StoreError as error:
    show_failure("The interventions", error)
