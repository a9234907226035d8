"""The team: who may use the dashboard, invited, given another role and shown out by admins.

Roles are changed with the admin's own client: the database asks who it is, keeps the last admin,
and the audit log bears the name. Supabase Auth's own records need the secret key.
"""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Any

from cs_core.base.errors import (
    BadValue,
    CsError,
    DefinitionError,
    Duplicate,
    NotAllowed,
    StoreError,
    TokenRefused,
    TooOften,
)
from cs_core.base.vocabulary import ROLES
from cs_core.io.base.client import PersonClient, ServiceClient, call, run_auth_request
from cs_core.io.base.rows import to_record
from cs_core.io.people.users import find_person
from cs_core.mail.addresses import is_address

TRIES = 2
LONGEST_NAME = 200


class InvitationError(DefinitionError):
    message = "Invitation: {details}."


class LastAdmin(CsError):
    message = "Nobody else is an admin. Make somebody else one first; nothing was changed."


class NotInTheTeam(CsError):
    message = "They are not in the team any more. Nothing was changed."


class TooManyMails(CsError):
    message = (
        "Supabase sends no more mails for now. Wait a while, then try again; nothing was changed."
    )


class MailNotSent(CsError):
    message = "Supabase could not send the mail: {reason}. Nothing was changed."


class NoRoleGiven(CsError):
    message = (
        "The mail to {email} has gone, but giving the role failed: {reason}. Invite them again."
    )


@dataclass(frozen=True)
class Member:
    """Somebody of the team.

    `last_sign_in_at` is None for who was invited and never came; `open_sessions` counts the
    browsers that are signed in, `suppliers` those the person looks after.
    """

    id: str
    email: str | None
    full_name: str | None
    role: str
    invited_at: dt.datetime | None
    last_sign_in_at: dt.datetime | None
    open_sessions: int
    suppliers: int
    is_me: bool

    @property
    def name(self) -> str:
        """What to call them."""
        return (self.full_name or "").strip() or self.email or "Somebody"


@dataclass(frozen=True)
class Removed:
    """How many browsers were signed out, and how many suppliers have no owner now."""

    sessions: int
    suppliers: int


@dataclass(frozen=True)
class Invited:
    """Who was let in; `is_new`: a mail with a link went out, else there was a sign-in already."""

    id: str
    email: str
    role: str
    is_new: bool


def fetch_team(client: PersonClient) -> list[Member]:
    """Read who is in the team; for admins."""
    rows = call(client, "Reading the team", "list_people", {}, tries=TRIES)
    return [to_record(Member, row) for row in rows]


def check_invitation(email: str, role: str, name: str) -> None:
    """Check what is typed before anything is done.

    Raises
    ------
    InvitationError
        `problems` names the fields `email`, `role` and `name`.
    """
    problems = []
    if not email.strip():
        problems.append(("email", "is missing; give the address they sign in with"))
    elif not is_address(email.strip()):
        problems.append(("email", "is no e-mail address; it must be like name@wedsync.example"))
    if role not in ROLES:
        problems.append(("role", f"must be {' or '.join(ROLES)}"))
    if len(name) > LONGEST_NAME or not name.isprintable():
        problems.append(("name", f"must be at most {LONGEST_NAME} characters, on one line"))
    if problems:
        raise InvitationError(*problems)


def invite(
    client: PersonClient,
    service: ServiceClient,
    link: str,
    invited_by: str,
    email: str,
    role: str,
    name: str = "",
) -> Invited:
    """Let somebody in: Supabase Auth mails them a link to choose a password.

    Who has a sign-in already gets the role and no mail: their password is their own.

    Parameters
    ----------
    link : str
        Where the link in the mail leads, without the token.
    invited_by : str
        The admin's name, for the mail.

    Raises
    ------
    InvitationError
        If a field is wrong.
    TooManyMails, MailNotSent
        If the mail cannot be sent; there is no new sign-in then.
    LastAdmin
        If it would take the last admin's role.
    NoRoleGiven
    """
    check_invitation(email, role, name)
    email = email.strip().lower()
    user_id = _send_invitation(service, email, link, invited_by)
    is_new = user_id is not None
    user_id = user_id or find_person(service, email)
    if user_id is None:
        raise StoreError(what="Looking up the sign-in", reason=f"{email} is taken, yet in no list")
    try:
        give_role(client, user_id, role, name)
    except (StoreError, NotInTheTeam) as error:
        if not is_new:
            raise
        raise NoRoleGiven(email=email, reason=error) from error
    return Invited(user_id, email, role, is_new)


def invite_again(service: ServiceClient, link: str, invited_by: str, email: str) -> bool:
    """Send the mail once more to who was invited and has not come.

    False where they have chosen a password meanwhile: no mail was sent. Raises TooManyMails or
    MailNotSent.
    """
    return _send_invitation(service, email, link, invited_by) is not None


def give_role(client: PersonClient, user_id: str, role: str, name: str = "") -> None:
    """Give somebody a role. It holds at once, in open browsers too.

    `name`: kept as it is where none is given. Raises LastAdmin or NotInTheTeam.
    """
    arguments = {"p_user": user_id, "p_role": role, "p_name": name or None}
    _check_outcome(call(client, "Giving the role", "give_role", arguments, tries=1))


def remove(client: PersonClient, user_id: str) -> Removed:
    """Take somebody's role away and sign them out everywhere. The sign-in itself stays.

    Raises
    ------
    LastAdmin, NotInTheTeam
    """
    done = call(client, "Removing somebody", "remove_person", {"p_user": user_id}, tries=1)
    _check_outcome(done["outcome"])
    return Removed(done["sessions"], done["suppliers"])


def sign_out_everywhere(client: PersonClient, user_id: str) -> int:
    """Sign somebody out in every browser; returns how many there were."""
    arguments = {"p_user": user_id}
    return int(call(client, "Signing out", "end_sessions_of_person", arguments, tries=TRIES))


def _check_outcome(outcome: str) -> None:
    if outcome == "last_admin":
        raise LastAdmin()
    if outcome == "unknown":
        raise NotInTheTeam()


def _send_invitation(service: ServiceClient, email: str, link: str, invited_by: str) -> str | None:
    """Have Supabase make a sign-in and mail the link; None: there is one, with a password."""
    what = "Sending the invitation"
    options: Any = {"redirect_to": link, "data": {"invited_by": invited_by}}
    invite_by_mail = partial(service.auth.admin.invite_user_by_email, email, options)
    try:
        return str(run_auth_request(what, invite_by_mail).user.id)
    except Duplicate:
        return None
    except TooOften as error:
        raise TooManyMails() from error
    except BadValue as error:
        problem = "is refused by Supabase; check that it is an address"
        raise InvitationError(("email", problem)) from error
    except (NotAllowed, TokenRefused) as error:
        raise StoreError(what=what, reason="Supabase refused the secret key") from error
    except StoreError as error:
        raise MailNotSent(reason=error.reason) from error
