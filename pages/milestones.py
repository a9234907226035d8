"""What suppliers reached lately, and how it was celebrated."""

import streamlit as st

from cs_app.milestones.screen import read_choice, show_milestones
from cs_app.ui.frame import show_failure
from cs_app.ui.guard import require_person
from cs_core.base.errors import StoreError

person = require_person()
try:
    show_milestones(person.client, read_choice(), st.context.timezone)
except StoreError as error:
    show_failure("The milestones", error)
