"""Mail to me: the daily digest and the weekly report, for everybody with a role."""

import streamlit as st

from cs_app.mail.mail_to_me import show_choice
from cs_app.ui.frame import show_failure
from cs_app.ui.guard import require_person
from cs_core.base.errors import StoreError

person = require_person()
st.title("Mail to me")
try:
    show_choice(person)
except StoreError as error:
    show_failure("Your choice", error)
