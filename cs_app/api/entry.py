"""The door of the API: who calls, may they, and not too often."""

import json
import re
import time
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

from starlette.requests import Request

from cs_app.api.errors import ApiProblem
from cs_app.server import clients
from cs_core.base.errors import TokenRefused
from cs_core.io.operations.api import enter as enter_store

BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
TOKEN = re.compile(r"[A-Za-z0-9_-]{1,4000}\.[A-Za-z0-9_-]{1,8000}\.[A-Za-z0-9_-]{1,2000}")
SIGN_IN = {"WWW-Authenticate": 'Bearer realm="WedSync customer success"'}


@dataclass(frozen=True)
class ApiPerson:
    """Who calls. `id`: in `user_profiles`. `role`: 'admin' or 'analyst'."""

    id: str
    role: str
    access_token: str = field(repr=False)


def enter(request: Request, *, is_write: bool) -> ApiPerson:
    """Let a person in who may read or, for a write, act.

    Raises
    ------
    ApiProblem
        401 without a token that counts, 403 without the role, 429 if it is too often.
    """
    token = _token_of(request)
    settings = clients.settings()
    kind, allowance = (
        ("write", settings.api_writes_per_minute)
        if is_write
        else ("read", settings.api_reads_per_minute)
    )
    try:
        caller = enter_store(clients.api_client(), token, kind, allowance)
    except TokenRefused:
        text = (
            "Supabase does not take this access token. Sign in again, and send the access_token"
            " that Supabase Auth gives a person, not a key of the project."
        )
        raise ApiProblem(401, "token_refused", text, None, SIGN_IN) from None
    if caller.role is None:
        text = (
            "This account has no access to customer success. Ask an admin to give it a role,"
            " admin or analyst."
        )
        raise ApiProblem(403, "no_access", text)
    if caller.wait_seconds > 0:
        text = (
            f"Nothing was done: more than {allowance} {kind}s within a minute."
            f" Try again in {caller.wait_seconds} seconds."
        )
        facts: dict[str, object] = {"kind": kind, "perMinute": allowance}
        retry = {"Retry-After": str(caller.wait_seconds)}
        raise ApiProblem(429, "too_many_requests", text, facts, retry)
    if is_write and caller.role != "admin":
        text = "Nothing was done: only admins contact suppliers, and this account may only read."
        raise ApiProblem(403, "admins_only", text, {"role": caller.role})
    return ApiPerson(caller.user_id, caller.role, token)


def _token_of(request: Request) -> str:
    given = request.headers.getlist("authorization")
    match = BEARER.fullmatch(given[0].strip()) if len(given) == 1 else None
    if match is None:
        text = "Send one header: Authorization: Bearer, then an access token of Supabase Auth."
        raise ApiProblem(401, "not_signed_in", text, None, SIGN_IN)
    token = match[1]
    if TOKEN.fullmatch(token) is None:
        text = "This is no access token: it has three parts with dots between. Send it whole."
        raise ApiProblem(401, "token_refused", text, None, SIGN_IN)
    if _has_expired(token):
        text = "This access token has expired. Refresh the session, or sign in again."
        raise ApiProblem(401, "token_expired", text, None, SIGN_IN)
    return token


def _has_expired(token: str) -> bool:
    """Whether a token says so itself. Only Supabase can tell whether it says the truth."""
    payload = token.split(".")[1]
    try:
        expires_at = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        return bool(float(expires_at) < time.time())
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return False  # Supabase will refuse it
