"""One supplier: how it stands, why, what was done, and what to do next."""

import streamlit as st

from cs_app.contacts.actions import run_pending_action
from cs_app.supplier.head import chosen_id, show_not_found
from cs_app.supplier.screen import show_supplier
from cs_app.ui.frame import show_failure, show_style
from cs_app.ui.guard import require_person
from cs_app.ui.notices import show_notice
from cs_core.base.errors import StoreError
from cs_core.io.suppliers.one import fetch_supplier

person = require_person()
show_style("supplier")
run_pending_action(person)
show_notice(person)
supplier_id = chosen_id()
try:
    supplier = fetch_supplier(person.client, supplier_id) if supplier_id else None
    if supplier is None:
        show_not_found(is_named="id" in st.query_params)
    else:
        show_supplier(person, supplier)
except StoreError as error:
    show_failure("The supplier", error)
