"""Who is looking: the first question of every page, asked anew on every rerun.

The cookie is fixed when a tab opens its connection, so it may be one that was signed out
since. The record behind it in the database is the truth; nothing about the person is kept
in `st.session_state`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from cs_app.server import clients
from cs_app.server.links import sign_in_link
from cs_app.ui.frame import show_account, show_failure, show_sign_in_link
from cs_app.ui.page_address import this_page
from cs_core.base.errors import StoreError
from cs_core.base.vocabulary import ROLES
from cs_core.io.base.client import PersonClient


@dataclass(frozen=True)
class Person:
    """A signed-in person with a role.

    `role`: 'admin' or 'analyst'. `client`: sees what this person may see.
    """

    id: str
    email: str
    name: str
    role: str
    client: PersonClient = field(repr=False)


@dataclass(frozen=True)
class NoEntry:
    """Why nobody gets in, as a function that shows it."""

    show: Callable[[], None]


# What `person_for_rerun` found, for the pages it runs. A page run by itself looks for itself.
_found: ContextVar[Person | NoEntry | None] = ContextVar("found", default=None)


def require_person(role: str | None = None) -> Person:
    """Give who is looking, with that role; anybody else sees why not, and the script ends."""
    found = _found.get() or _look()
    if isinstance(found, NoEntry):
        found.show()
        st.stop()
    if role is not None and found.role != role:
        st.title(f"For {role}s")
        st.info(f"Only people with the role {role} can use this page. You can read the others.")
        st.stop()
    return found


def as_admin(act: Callable[..., None]) -> Callable[..., None]:
    """Make a button's `on_click` of what an admin does.

    A click is answered before the page asks who is looking, and the page may have been drawn
    hours ago: its token has run out by then, or the person was signed out in another tab. So
    the click asks by itself. For anybody but an admin it does nothing; the page then says why.

    `act`: takes the person, then what the button's `args` hold.
    """

    def on_click(*args: Any) -> None:
        found = _look()
        if isinstance(found, Person) and found.role == "admin":
            act(found, *args)

    return on_click


@contextmanager
def person_for_rerun() -> Iterator[Person | NoEntry]:
    """Look once for a whole rerun: the frame and the page in it get the same answer."""
    found = _look()
    mark = _found.set(found)
    try:
        yield found
    finally:
        _found.reset(mark)


def _look() -> Person | NoEntry:
    try:
        session = clients.current_session(st.context.cookies.get(clients.COOKIE))
    except StoreError as error:
        problem = error
        return NoEntry(lambda: show_failure("This page", problem))
    if session is None:
        return NoEntry(_show_ended)
    if session.role not in ROLES:
        return NoEntry(lambda: _show_dead_end(session.email))
    return Person(
        id=session.user_id,
        email=session.email,
        name=session.full_name or session.email,
        role=session.role,
        client=clients.person_client(session.access_token),
    )


def _show_ended() -> None:
    st.title("Your session has ended")
    st.write(
        "You were signed out, your access was taken away, or it is more than 12 hours since you"
        " signed in."
    )
    show_sign_in_link(sign_in_link(this_page()))


def _show_dead_end(email: str) -> None:
    st.title("No access")
    st.write(
        "You are signed in, but this account has no access to the customer-success dashboard."
        " If you need it, ask a customer-success admin to give you a role."
    )
    show_account(email)
