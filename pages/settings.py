"""What steers score and outreach, each with its versions: for admins."""

import streamlit as st

from cs_app.settings.sections import choose_part
from cs_app.ui.frame import show_failure, show_style
from cs_app.ui.guard import require_person
from cs_core.base.errors import CsError

person = require_person("admin")
show_style("settings")
st.title("Settings")
show_part = choose_part()
try:
    show_part(person)
except CsError as error:
    show_failure("This setting", error)
