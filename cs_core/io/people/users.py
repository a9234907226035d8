"""Sign-ins of customer-success people and their roles."""

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cs_core.base.errors import BadValue, Duplicate, StoreError, UsageError
from cs_core.base.vocabulary import ROLES
from cs_core.io.base.client import ServiceClient, run_auth_request, run_request
from cs_core.mail.addresses import is_address

LEAST_PASSWORD_LENGTH = 8
MOST_PASSWORD_BYTES = 72  # bcrypt, which Supabase uses, reads no further
USERS_PER_PAGE = 200


@dataclass(frozen=True)
class UserSetUp:
    """What `create_user` did."""

    id: str
    email: str
    role: str
    is_new: bool
    previous_role: str | None = None
    generated_password: str | None = field(default=None, repr=False)


class HalfMadeUser(StoreError):
    message = (
        "Giving {email} a role failed: {reason}. The new sign-in could not be taken back either:"
        " {removal}. Run the command again; it then sets the role."
    )


def create_user(
    client: ServiceClient,
    email: str,
    role: str,
    *,
    full_name: str | None = None,
    password: str | None = None,
) -> UserSetUp:
    """Make a sign-in with a role, or give the role to the sign-in there is.

    Parameters
    ----------
    email : str
        Its case does not matter.
    role : str
        `admin` or `analyst`.
    full_name : str, optional
        Stored beside the role; left as it is where not given.
    password : str, optional
        For a new sign-in; made up where none is given. An existing one keeps its own.

    Raises
    ------
    UsageError
        If the address, the role or the password is no good.
    StoreError
        If Supabase fails. A sign-in made meanwhile is removed again.
    """
    email = email.strip().lower()
    _check(email, role, password)
    generated = None if password else secrets.token_urlsafe(18)
    user_id = _add_sign_in(client, email, password or generated or "")
    if user_id is None:
        user_id = _find_user(client, email)
        previous = _fetch_role(client, user_id)
        _save_profile(client, user_id, role, full_name)
        return UserSetUp(user_id, email, role, is_new=False, previous_role=previous)
    try:
        _save_profile(client, user_id, role, full_name)
    except BaseException as error:
        _take_back(client, user_id, email, error)
        raise
    return UserSetUp(user_id, email, role, is_new=True, generated_password=generated)


def _check(email: str, role: str, password: str | None) -> None:
    if not is_address(email):
        raise UsageError(problem=f"{email!r} is not an e-mail address")
    if role not in ROLES:
        raise UsageError(problem=f"There is no role {role!r}; choose {' or '.join(ROLES)}")
    if password is None:
        return
    if len(password) < LEAST_PASSWORD_LENGTH:
        raise UsageError(
            problem=f"The password is too short: at least {LEAST_PASSWORD_LENGTH} characters"
        )
    if len(password.encode()) > MOST_PASSWORD_BYTES:
        raise UsageError(problem=f"The password is too long: at most {MOST_PASSWORD_BYTES} bytes")


def _add_sign_in(client: ServiceClient, email: str, password: str) -> str | None:
    """Make a sign-in and return its id, or None if the address has one already."""
    facts: Any = {"email": email, "password": password, "email_confirm": True}
    create = partial(client.auth.admin.create_user, facts)
    try:
        return str(run_auth_request("Making the sign-in", create).user.id)
    except Duplicate:
        return None
    except BadValue as error:
        raise UsageError(problem=f"Supabase refused: {error.reason}") from error


def find_person(client: ServiceClient, email: str) -> str | None:
    """Return the id of the sign-in with an address, or None. Its case does not matter."""
    wanted, page = email.strip().lower(), 1
    # Supabase Auth cannot be asked for one sign-in by its address.
    while users := run_auth_request(
        "Looking up the sign-in",
        partial(client.auth.admin.list_users, page=page, per_page=USERS_PER_PAGE),
    ):
        for user in users:
            if (user.email or "").lower() == wanted:
                return user.id
        page += 1
    return None


def _find_user(client: ServiceClient, email: str) -> str:
    user_id = find_person(client, email)
    if user_id is None:
        raise StoreError(
            what="Looking up the sign-in", reason=f"{email} is taken, yet in no list of sign-ins"
        )
    return user_id


def _fetch_role(client: ServiceClient, user_id: str) -> str | None:
    query = client.table("user_profiles").select("role").eq("id", user_id)
    rows: list[Any] = run_request("Reading the role", query.execute).data
    return rows[0]["role"] if rows else None


def _save_profile(client: ServiceClient, user_id: str, role: str, full_name: str | None) -> None:
    profile = {"id": user_id, "role": role} | ({"full_name": full_name} if full_name else {})
    query = client.table("user_profiles").upsert(profile, on_conflict="id")
    run_request("Saving the role", query.execute)


def _take_back(client: ServiceClient, user_id: str, email: str, reason: BaseException) -> None:
    try:
        delete = partial(client.auth.admin.delete_user, user_id)
        run_auth_request("Removing the sign-in", delete)
    except StoreError as error:
        raise HalfMadeUser(email=email, reason=reason, removal=error) from error
