"""All active suppliers under one filter, as tiles or as a table, and acting on many of them."""

import streamlit as st

from cs_app.suppliers.address import read_list
from cs_app.suppliers.bulk import show_result
from cs_app.suppliers.filters import choose_levels, choose_more, choose_text, show_chips
from cs_app.suppliers.list import fetch_screen, show_result_line, show_suppliers
from cs_app.suppliers.saved_views import show_views
from cs_app.ui.frame import show_failure, show_style
from cs_app.ui.guard import require_person
from cs_core.base.errors import StoreError

person = require_person()
show_style("suppliers")
try:
    screen = fetch_screen(person.client, read_list(), person.id)
    wanted, choices = screen.wanted, screen.choices
    with st.container(horizontal=True, vertical_alignment="center", key="filter-bar"):
        st.title("Suppliers", width="content")
        choose_levels(wanted.filter, screen.counts)
        choose_text(wanted.filter)
        choose_more(wanted.filter, choices)
        show_views(person, wanted, choices.owners)
    show_chips(wanted.filter, choices)
    show_result(person, screen.newest_bulk)
    show_result_line(screen, person)
    show_suppliers(screen, person)
except StoreError as error:
    st.title("Suppliers")
    show_failure("The suppliers", error)
