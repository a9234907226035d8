"""What ran, what failed, and who changed what: for admins."""

import streamlit as st

from cs_app.operations.screen import show_operations
from cs_app.ui.frame import show_failure, show_style
from cs_app.ui.guard import require_person
from cs_core.base.errors import CsError

person = require_person("admin")
show_style("operations")
st.title("Operations")
try:
    show_operations(person)
except CsError as error:
    show_failure("Operations", error)
