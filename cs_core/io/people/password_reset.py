"""A new password by mail: Supabase Auth sends the link, and says whether one is good."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import httpx
from supabase import Client, ClientOptions, create_client
from supabase_auth.errors import (
    AuthApiError,
    AuthError,
    AuthInvalidJwtError,
    AuthRetryableError,
    AuthSessionMissingError,
    AuthWeakPasswordError,
)
from supabase_auth.types import AuthResponse

from cs_core.base.errors import CsError, StoreError
from cs_core.io.base.client import call, http_client
from cs_core.io.base.config import Settings

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT_SECONDS = 15.0  # sending the mail is part of it
TRIES = 3
REFUSED = (400, 401, 403, 404, 422)


class LinkRefused(CsError):
    """The link was used already, or is too old."""


class PasswordRefused(CsError):
    """Supabase does not take this password: {reason}."""


class OthersStaySignedIn(CsError):
    """The password is changed, but other browsers could not be signed out: {reason}."""


@dataclass(frozen=True, repr=False)  # repr would put tokens into logs
class Recovery:
    """What proves that somebody got the mail: good for one new password."""

    access_token: str
    refresh_token: str = ""


def send_recovery_mail(settings: Settings, email: str, link: str) -> None:
    """Have Supabase Auth send a mail with a link, where somebody has the address.

    Whether anybody has it is not told: what Supabase refuses looks like what it takes, and is
    in the log only.

    Parameters
    ----------
    settings : Settings
    email : str
    link : str
        Where the link leads, without the token.

    Raises
    ------
    StoreError
        If Supabase does not answer.
    """
    auth = _auth_client(settings).auth
    try:
        auth.reset_password_for_email(email, {"redirect_to": link})
    except (AuthError, httpx.HTTPError) as error:
        # A refusal, or a mail server that fails, is told of addresses only that somebody has.
        if isinstance(error, AuthRetryableError) and not error.status:
            raise StoreError(what="Sending the mail", reason="Supabase does not answer") from error
        log.warning("A mail for a new password was not sent: %s", type(error).__name__)


def open_link(settings: Settings, token_hash: str) -> Recovery:
    """Take a link's token, of a mail for a new password or of an invitation. It works once.

    Raises
    ------
    LinkRefused
        If it was used, is too old or never was one.
    StoreError
        If Supabase does not answer.
    """
    auth = _auth_client(settings).auth

    def verify(kind: Literal["recovery", "invite"]) -> AuthResponse:
        return _ask(
            "Checking the link",
            lambda: auth.verify_otp({"token_hash": token_hash, "type": kind}),
        )

    try:
        answer = verify("recovery")
    except LinkRefused:
        answer = verify("invite")
    if answer.session is None:
        raise LinkRefused
    return Recovery(answer.session.access_token, answer.session.refresh_token)


def save_password(settings: Settings, service: Client, proof: Recovery, password: str) -> None:
    """Set the new password, then end every session of that person.

    Parameters
    ----------
    settings : Settings
    service : Client
        With the secret key.
    proof : Recovery
        Supabase checks it.
    password : str

    Raises
    ------
    LinkRefused
        If the proof is no longer good.
    PasswordRefused
        If Supabase does not take the password; the proof is still good then.
    OthersStaySignedIn
        If the password is set, but sessions could not be ended.
    StoreError
        If Supabase does not answer; whether the password is set is not known then.
    """
    auth = _auth_client(settings).auth
    signed_in = _ask(
        "Checking the link", lambda: auth.set_session(proof.access_token, proof.refresh_token)
    )
    if signed_in.user is None:
        raise LinkRefused
    _ask("Saving the password", lambda: auth.update_user({"password": password}))
    user_id = str(signed_in.user.id)
    try:
        call(service, "Signing out", "end_web_sessions_of", {"p_user": user_id}, tries=TRIES)
        _ask("Signing out", lambda: auth.sign_out({"scope": "global"}))
    except CsError as error:
        raise OthersStaySignedIn(reason=error) from error


def _auth_client(settings: Settings) -> Client:
    """A client of its own: it speaks for one person. The link in the mail needs no secret of it."""
    options = ClientOptions(
        auto_refresh_token=False,
        persist_session=False,
        # With PKCE only the client that asked for the mail could use its link.
        flow_type="implicit",
        httpx_client=http_client(TIMEOUT_SECONDS),
    )
    return create_client(settings.supabase_url, settings.supabase_publishable_key, options)


def _ask(what: str, request: Callable[[], T]) -> T:
    """Send a request to Supabase Auth; its errors in our words, which quote no token."""
    try:
        return request()
    except AuthWeakPasswordError as error:
        raise PasswordRefused(reason=error.message or "it is too weak") from None
    except AuthApiError as error:
        if error.code in ("same_password", "weak_password"):
            raise PasswordRefused(reason=error.message) from None
        if error.status in REFUSED:
            raise LinkRefused from None
        raise StoreError(what=what, reason="Supabase refused the request") from None
    except (AuthInvalidJwtError, AuthSessionMissingError, ValueError):
        raise LinkRefused from None
    except (AuthRetryableError, AuthError, httpx.HTTPError) as error:
        reason = f"Supabase does not answer ({type(error).__name__})"
        raise StoreError(what=what, reason=reason) from None
