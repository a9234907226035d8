"""Letting people in, giving them another role, and showing them out: each asks first."""

from dataclasses import dataclass

import streamlit as st

from cs_app.server import clients
from cs_app.server.links import new_password_link
from cs_app.settings.fields import Problems
from cs_app.settings.people_wording import WHAT_ROLES_DO, removal_question, role_question
from cs_app.ui.guard import Person, require_person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import address, link
from cs_app.ui.notices import notify
from cs_core.base.errors import CsError, DefinitionError
from cs_core.base.html import each, fill
from cs_core.base.vocabulary import ROLES
from cs_core.io.people.rate_limits import Limit, take
from cs_core.io.people.team import (
    Invited,
    Member,
    check_invitation,
    fetch_team,
    give_role,
    invite,
    invite_again,
    remove,
    sign_out_everywhere,
)

ASKING = "people-asking"
HOUR = 3600.0
# Mails that one admin has sent to others: nobody's mailbox is filled from here.
invitations = Limit("invitation/by", 30, HOUR)
to_one_address = Limit("invitation/to", 5, HOUR)
TOO_MANY = "Too many invitations within an hour. Wait a while, then try again."


@dataclass(frozen=True)
class Asking:
    """What is about to be done, and to whom: `invite`, `role`, `remove` or `sign_out`."""

    what: str
    member: Member | None = None


TITLES = {
    "invite": "Invite somebody",
    "role": "Change the role?",
    "remove": "Remove from the team?",
    "sign_out": "Sign out everywhere?",
}


def ask(what: str, member: Member | None = None) -> None:
    """Begin something: the page asks when it is drawn."""
    st.session_state[ASKING] = Asking(what, member)


def close_question() -> None:
    """Forget what was begun."""
    st.session_state.pop(ASKING, None)


def show_question() -> None:
    """Ask, where something was begun: it stays open over reruns of the page."""
    asking: Asking | None = st.session_state.get(ASKING)
    if asking is None:
        return

    @st.dialog(TITLES[asking.what], on_dismiss=close_question)
    def question() -> None:
        person = require_person("admin")
        if asking.member is None:
            _invite(person)
        else:
            _change(person, asking.what, asking.member)

    question()


def send_again(person: Person, member: Member) -> None:
    """Send the invitation once more; say what came of it."""
    try:
        # The list on screen may be old.
        team = {one.email for one in fetch_team(person.client)}
        if member.email not in team:
            notify(f"{member.name} is not in the team any more; no mail was sent.", ok=False)
            return
        if not _may_send(person, member.email or ""):
            notify(TOO_MANY, ok=False)
            return
        is_sent = invite_again(clients.service_client(), _link(), person.name, member.email or "")
    except CsError as error:
        notify(str(error), ok=False)
        return
    if is_sent:
        notify(
            f"The invitation to {member.email} is sent again. Links of before do not work any more."
        )
    else:
        notify(f"{member.name} has chosen a password meanwhile; no mail was sent.")


def _invite(person: Person) -> None:
    email = st.text_input("E-mail address", key="invite-email", max_chars=320)
    wrong = st.container()
    name = st.text_input("Name (optional)", key="invite-name", max_chars=200)
    wrong_name = st.container()
    role = st.radio(
        "Role", list(ROLES), index=1, format_func=WHAT_ROLES_DO.__getitem__, key="invite-role"
    )
    st.caption(
        "They get a mail with a link to choose a password. Who has a sign-in already gets the role"
        " at once, and no mail."
    )
    if not _buttons("Invite", disabled=False):
        return
    try:
        check_invitation(email, role, name)
        if not _may_send(person, email):
            st.error(f"{TOO_MANY} Nobody was invited.", icon=":material/error:")
            return
        known = {one.email for one in fetch_team(person.client)}
        if email.strip().lower() in known:
            st.error("They are in the team already; change their role in the list.")
            return
        with st.spinner("Inviting"):
            done = invite(
                person.client, clients.service_client(), _link(), person.name, email, role, name
            )
    except DefinitionError as error:
        with wrong:
            problems = Problems([(f, f"this {what}") for f, what in error.problems])
            problems.show("email")
        with wrong_name:
            problems.show("name")
        problems.show_rest()
        return
    except CsError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    for field in ("email", "name"):
        st.session_state.pop(f"invite-{field}", None)
    _finish(_invited(done))


def _invited(done: Invited) -> str:
    role = ROLES[done.role].lower()
    if done.is_new:
        return f"{done.email} is invited as an {role}; the mail with the link is on its way."
    return (
        f"{done.email} has a sign-in already and is an {role} now. No mail was sent: tell them to"
        " sign in with their password, or to choose a new one under “Forgot your password?”."
    )


def _change(person: Person, what: str, member: Member) -> None:
    other = "analyst" if member.role == "admin" else "admin"
    told = {
        "role": role_question(member, other),
        "remove": removal_question(member),
        "sign_out": [f"{member.name} has to sign in again in every browser. The role stays."],
    }[what]
    words = {
        "role": f"Make {ROLES[other].lower()}",
        "remove": "Remove",
        "sign_out": "Sign out",
    }[what]
    st.html(fill('<div class="cs-question">{}</div>', each("<p>{}</p>", told)))
    if what == "remove" and member.suppliers:
        where = address("/suppliers", {"owner": member.id})
        st.html(fill("<p>{}</p>", link("Give them another owner first", where)))
    is_sure = True
    if member.is_me and what in ("role", "remove"):
        is_sure = st.checkbox("Yes, it is my own account that I mean", key="people-myself")
    if not _buttons(words, disabled=not is_sure):
        return
    try:
        if what == "role":
            give_role(person.client, member.id, other)
            said = f"{member.name} is an {ROLES[other].lower()} now."
        elif what == "remove":
            remove(person.client, member.id)
            said = f"{member.name} is removed from the team."
        else:
            sign_out_everywhere(person.client, member.id)
            said = f"{member.name} is signed out everywhere."
    except CsError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _finish(said)


def _buttons(words: str, *, disabled: bool) -> bool:
    with st.container(horizontal=True, gap="small"):
        sure = st.button(words, type="primary", key="people-sure", disabled=disabled)
        if st.button("Cancel", key="people-cancel"):
            close_question()
            st.rerun()
    return sure


def _finish(words: str) -> None:
    notify(words)
    close_question()
    st.rerun()


def _may_send(person: Person, email: str) -> bool:
    attempts = ((invitations, person.id), (to_one_address, email.strip().lower()))
    return take(clients.service_client(), *attempts)


def _link() -> str:
    return new_password_link(clients.settings().cs_base_url)
