"""The first screen: who needs attention now."""

import streamlit as st

from cs_app.frame import show_failure
from cs_app.guard import require_person
from cs_app.intervention_actions import do_what_was_asked
from cs_app.pulse import rerun_when_changed
from cs_app.today_screen import fetch_changing, fetch_steady, show_today
from cs_core.errors import StoreError

person = require_person()
zone = st.context.timezone
do_what_was_asked(person)
changing = None
try:
    changing = fetch_changing(person.client, zone)
    show_today(person, changing, fetch_steady(person.client, zone), zone)
except StoreError as error:
    show_failure("This screen", error)
rerun_when_changed(person, lambda client: fetch_changing(client, zone), changing)
