"""All active suppliers, worst first, with their level and score."""

import streamlit as st

from cs_app.frame import show_failure
from cs_app.guard import require_person
from cs_app.supplier_list import (
    choose_level,
    choose_page,
    show_counts,
    show_export,
    show_no_suppliers,
    show_table,
)
from cs_core.errors import StoreError
from cs_core.io.overview import fetch_health_summary, fetch_suppliers

person = require_person()
st.title("Suppliers")
try:
    summary = fetch_health_summary(person.client)
    show_counts(summary)
    with st.container(horizontal=True, vertical_alignment="center"):
        level = choose_level()
        show_export(level)
    if summary.of(level):
        table = st.container()  # above the page numbers, which are asked first
        page = choose_page(summary.of(level), level)
        with table:
            show_table(fetch_suppliers(person.client, level, page))
    else:
        show_no_suppliers(summary, level)
except StoreError as error:
    show_failure("The suppliers", error)
