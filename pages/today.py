"""The first screen: who needs attention now."""

import streamlit as st

from cs_app.contacts.actions import run_pending_action
from cs_app.today.screen import current_fingerprint, fetch_screen, show_today
from cs_app.ui.frame import show_failure
from cs_app.ui.guard import require_person
from cs_app.ui.notices import show_notice
from cs_app.ui.refresh import rerun_when_changed
from cs_core.base.errors import StoreError

person = require_person()
zone = st.context.timezone
run_pending_action(person, shown=("outcome",))
show_notice(person)
seen = None
try:
    screen = fetch_screen(person.client, zone)
    seen = screen.fingerprint
    show_today(person, screen.changing, screen.steady, zone)
except StoreError as error:
    show_failure("This screen", error)
rerun_when_changed(person, lambda client: current_fingerprint(client, zone), seen)
