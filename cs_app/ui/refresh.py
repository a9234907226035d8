"""Quiet refreshing: a page runs again when what it shows has changed in the database."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from cs_app.server import clients
from cs_app.ui.guard import Person
from cs_core.base.errors import StoreError
from cs_core.io.base.client import PersonClient

EVERY_SECONDS = 5.0
# A screen that watches nothing else: no longer than this it stays open to who has left.
LEFT_SECONDS = 20.0


def rerun_when_left(person: Person) -> None:
    """Run the page again when the person was signed out in another tab, or has another role."""
    rerun_when_changed(person, lambda _: None, None, every=LEFT_SECONDS)


def rerun_when_changed(
    person: Person, look: Callable[[PersonClient], Any], seen: Any, every: float = EVERY_SECONDS
) -> None:
    """Look again every few seconds; run the page again where something else is found.

    What is on screen stays where it is meanwhile, and also while the database does not answer.
    The person is looked up anew each time: one who was signed out, or has another role now,
    sees so.

    Parameters
    ----------
    person : Person
        Who the page was drawn for.
    look : callable
        Reads what the page shows, from a client. Called in the background, so it draws nothing.
    seen : object
        What `look` returned when the page was drawn; None to ask for a first answer.
    every : float
        In seconds.
    """
    drawing = [True]

    @st.fragment(run_every=every)
    def watch() -> None:
        # Called once as part of the page, which has just looked; then on its own.
        if drawing:
            drawing.clear()
        elif is_other(person.role, look, seen):
            st.rerun()

    watch()


def is_other(role: str, look: Callable[[PersonClient], Any], seen: Any) -> bool:
    """Whether the page would look different now."""
    try:
        session = clients.current_session(st.context.cookies.get(clients.COOKIE))
        if session is None or session.role != role:
            return True
        return bool(look(clients.person_client(session.access_token)) != seen)
    except StoreError:
        return False
