"""Mail to me: the daily digest and the weekly report, for everybody with a role."""

import streamlit as st

from cs_app.frame import show_failure
from cs_app.guard import require_person
from cs_app.mail_to_me import show_choice
from cs_core.errors import StoreError

person = require_person()
st.title("Mail to me")
try:
    show_choice(person)
except StoreError as error:
    show_failure("Your choice", error)
