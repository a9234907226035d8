"""A new password by mail: Supabase Auth sends the link, and says whether one is good."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from supabase_auth import SyncGoTrueClient
from supabase_auth.types import AuthResponse, UserResponse

from cs_core.base.errors import BadValue, CsError, NoAnswer, Refused, StoreError, TooOften
from cs_core.io.base.client import ServiceClient, call, connect_auth, run_auth_request
from cs_core.io.base.config import Settings

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT_SECONDS = 15.0  # sending the mail is part of it
TRIES = 3


class LinkRefused(CsError):
    message = "The link was used already, or is too old."


class PasswordRefused(CsError):
    message = "Supabase does not take this password: {reason}."


class OthersStaySignedIn(CsError):
    message = "The password is changed, but other browsers could not be signed out: {reason}."


@dataclass(frozen=True, repr=False)  # repr would put tokens into logs
class Recovery:
    """What proves that somebody got the mail: good for one new password."""

    access_token: str
    refresh_token: str = ""


def send_recovery_mail(settings: Settings, email: str, link: str) -> None:
    """Have Supabase Auth send a mail with a link, where somebody has the address.

    Whether anybody has it is not told: what Supabase refuses looks like what it takes, and is
    in the log only.

    `link`: where the link leads, without the token.
    """
    auth = _auth(settings)
    try:
        run_auth_request(
            "Sending the mail",
            lambda: auth.reset_password_for_email(email, {"redirect_to": link}),
        )
    except NoAnswer:
        raise
    except StoreError as error:
        # A refusal, or a mail server that fails, is told of addresses only that somebody has.
        log.warning("A mail for a new password was not sent: %s", type(error).__name__)


def open_link(settings: Settings, token_hash: str) -> Recovery:
    """Take a link's token, of a mail for a new password or of an invitation. It works once.

    Raises LinkRefused if it was used, is too old or never was one.
    """
    auth = _auth(settings)

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


def save_password(
    settings: Settings, service: ServiceClient, proof: Recovery, password: str
) -> None:
    """Set the new password, then end every session of that person.

    Parameters
    ----------
    proof : Recovery
        Supabase checks it.

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
    auth = _auth(settings)
    signed_in = _ask(
        "Checking the link", lambda: auth.set_session(proof.access_token, proof.refresh_token)
    )
    if signed_in.user is None:
        raise LinkRefused

    def save() -> UserResponse:
        try:
            return run_auth_request(
                "Saving the password", lambda: auth.update_user({"password": password})
            )
        except BadValue as error:
            raise PasswordRefused(reason=error.reason) from None

    _ask("Saving the password", save)
    user_id = str(signed_in.user.id)
    try:
        call(service, "Signing out", "end_web_sessions_of", {"p_user": user_id}, tries=TRIES)
        _ask("Signing out", lambda: auth.sign_out({"scope": "global"}))
    except CsError as error:
        raise OthersStaySignedIn(reason=error) from error


def _auth(settings: Settings) -> SyncGoTrueClient:
    # With PKCE only the client that asked for the mail could use its link.
    return connect_auth(settings, TIMEOUT_SECONDS, "implicit").auth


def _ask(what: str, request: Callable[[], T]) -> T:
    """Send a request that proves itself with the link."""
    try:
        return run_auth_request(what, request)
    except TooOften:
        raise
    except Refused:
        raise LinkRefused from None
