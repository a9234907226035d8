"""Who may use the dashboard."""

from datetime import UTC, datetime

import streamlit as st

from cs_app.settings.people_dialogs import ask, send_again, show_question
from cs_app.settings.people_wording import member_html, team_in_words
from cs_app.ui.guard import Person, as_admin
from cs_app.ui.markdown import plain
from cs_app.ui.markup import answer
from cs_app.ui.notices import show_notice
from cs_core.base.vocabulary import ROLES
from cs_core.io.people.team import Member, fetch_team


def show_people(person: Person) -> None:
    """Show this part of the settings."""
    team = fetch_team(person.client)
    show_notice(person)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.html(answer(team_in_words(team)))
        st.button(
            "Invite somebody",
            key="people-invite",
            icon=":material/person_add:",
            type="primary",
            on_click=ask,
            args=["invite"],
        )
    now, zone = datetime.now(UTC), st.context.timezone
    admins = [one for one in team if one.role == "admin"]
    for one in team:
        _show_member(one, now, zone, is_last_admin=admins == [one])
    st.caption(
        "A change holds at once, in browsers that are signed in, too. Who changed whose role is in"
        " the audit log, under Operations."
    )
    show_question()


def _show_member(one: Member, now: datetime, zone: str | None, *, is_last_admin: bool) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"cs-person-{one.id}"
    ):
        st.html(member_html(one, now, zone, is_last_admin=is_last_admin), width="stretch")
        other = "analyst" if one.role == "admin" else "admin"
        _button(f"Make {ROLES[other].lower()}", "role", one, not is_last_admin)
        if one.open_sessions and not one.is_me:
            _button("Sign out", "sign_out", one)
        if one.last_sign_in_at is None and one.invited_at and one.email:
            st.button(
                "Send the mail again",
                key=f"again-{one.id}",
                help=plain(f"Send {one.email} another invitation"),
                on_click=as_admin(send_again),
                args=[one],
            )
        _button("Remove", "remove", one, not is_last_admin)


def _button(words: str, what: str, one: Member, is_possible: bool = True) -> None:
    st.button(
        words,
        key=f"{what}-{one.id}",
        help=plain(f"{words}: {one.name}") if is_possible else None,
        disabled=not is_possible,
        on_click=ask,
        args=[what, one],
    )
