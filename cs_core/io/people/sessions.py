"""Signed-in browsers: who is behind a cookie, and that person's Supabase tokens.

The database keeps one row per browser. Its key is a hash of the cookie, and the tokens in
it are encrypted with a key made from the cookie, so the row alone opens nothing and any
server process can serve any browser.
"""

import contextlib
import hashlib
import json
import re
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, TypeGuard

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from supabase_auth.types import AuthResponse

from cs_core.base.errors import (
    CsError,
    NoAnswer,
    NotFound,
    Refused,
    StoreError,
    TokenRefused,
    TooOften,
)
from cs_core.io.base.client import ServiceClient, call, connect_auth, run_auth_request
from cs_core.io.base.config import Settings

LIFETIME_SECONDS = 12 * 3600
REFRESH_WHEN_LEFT_SECONDS = 60
# Shorter than the 10 seconds for which the database lets one process refresh alone.
AUTH_TIMEOUT_SECONDS = 8.0
WAIT_FOR_REFRESH_SECONDS = 12.0
POLL_SECONDS = 0.1
TRIES = 2  # a person is waiting
COOKIE_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")
NONCE_BYTES = 12


class SignInRefused(CsError):
    message = "The e-mail address and the password do not match an account."


class TooManySignIns(CsError):
    message = "Supabase takes no more sign-ins for now. Wait a few minutes, then try again."


@dataclass(frozen=True, repr=False)  # repr would put tokens into logs
class Tokens:
    """What Supabase gave for a password."""

    access_token: str
    refresh_token: str
    expires_at: float


@dataclass(frozen=True, repr=False)
class WebSession:
    """A signed-in person as the record says at this moment."""

    user_id: str
    email: str
    role: str | None
    full_name: str | None
    access_token: str


@dataclass(frozen=True, repr=False)
class _Record:
    """A session's row, unsealed."""

    row: dict[str, Any]
    tokens: Tokens

    @property
    def left_seconds(self) -> float:
        return self.tokens.expires_at - time.time()

    def opened(self) -> WebSession:
        facts = {name: self.row[name] for name in ("user_id", "email", "role", "full_name")}
        return WebSession(**facts, access_token=self.tokens.access_token)


def sign_in(settings: Settings, email: str, password: str) -> tuple[str, Tokens]:
    """Sign a person in with Supabase Auth.

    Returns
    -------
    tuple
        The person's id and tokens.

    Raises
    ------
    SignInRefused
        If the password is wrong or nobody has the address; which of them is not told.
    TooManySignIns
        If Supabase takes none now.
    """
    auth = connect_auth(settings, AUTH_TIMEOUT_SECONDS).auth
    answer = _ask_auth(
        "Signing in",
        lambda: auth.sign_in_with_password({"email": email, "password": password}),
    )
    if answer.user is None:
        raise SignInRefused
    return str(answer.user.id), _tokens_of(answer)


def open_session(service: ServiceClient, user_id: str, tokens: Tokens) -> str:
    """Remember a signed-in browser.

    Parameters
    ----------
    user_id : str
        The person's id at Supabase Auth.
    tokens : Tokens
        What `sign_in` gave.

    Returns
    -------
    str
        The cookie. It is stored nowhere but in the browser.
    """
    cookie = secrets.token_urlsafe(32)
    arguments = {
        "p_id_hash": _id_hash(cookie),
        "p_user_id": user_id,
        "p_sealed": _seal(cookie, tokens),
        "p_lifetime_seconds": LIFETIME_SECONDS,
    }
    call(service, "Signing in", "open_web_session", arguments, tries=1)
    return cookie


def read_session(
    settings: Settings, service: ServiceClient, cookie: str | None
) -> WebSession | None:
    """Say who is behind a cookie, refreshing the tokens when they are about to expire.

    None when there is no such session, or it has ended.
    """
    if not _is_cookie(cookie):
        return None
    deadline = time.monotonic() + WAIT_FOR_REFRESH_SECONDS
    while True:
        record = _read(service, cookie)
        if record is None or record.left_seconds > REFRESH_WHEN_LEFT_SECONDS:
            return record.opened() if record else None
        if _claim_refresh(service, cookie):
            return _refresh(settings, service, cookie)
        # Another process is refreshing. What is left of the token is enough for a page.
        if record.left_seconds > 1:
            return record.opened()
        if time.monotonic() > deadline:
            raise StoreError(what="Keeping you signed in", reason="Supabase is slow to answer")
        time.sleep(POLL_SECONDS)


def end_session(settings: Settings, service: ServiceClient, cookie: str | None) -> None:
    """Sign a browser out: delete its record, then have Supabase forget its tokens."""
    if not _is_cookie(cookie):
        return
    record = _read(service, cookie)
    _delete(service, cookie)
    if record is not None:
        # If this fails: the record is gone, and with it the only way to the tokens.
        admin = connect_auth(settings, AUTH_TIMEOUT_SECONDS).auth.admin
        sign_out = partial(admin.sign_out, record.tokens.access_token, "local")
        with contextlib.suppress(StoreError):
            run_auth_request("Signing out", sign_out)


def _is_cookie(cookie: str | None) -> TypeGuard[str]:
    return cookie is not None and COOKIE_SHAPE.fullmatch(cookie) is not None


def _read(service: ServiceClient, cookie: str) -> _Record | None:
    row = call(
        service,
        "Checking who is signed in",
        "read_web_session",
        {"p_id_hash": _id_hash(cookie)},
        tries=TRIES,
    )
    if row is None:
        return None
    tokens = _unseal(cookie, row["sealed"])
    return None if tokens is None else _Record(row, tokens)


def _claim_refresh(service: ServiceClient, cookie: str) -> bool:
    arguments = {"p_id_hash": _id_hash(cookie)}
    won = call(service, "Keeping you signed in", "claim_web_session_refresh", arguments, tries=1)
    return won is True


def _refresh(settings: Settings, service: ServiceClient, cookie: str) -> WebSession | None:
    """Refresh the tokens; only for the one that holds the claim."""
    # Read again: between our read and our claim another process may have refreshed, and
    # the token we read then is used up.
    record = _read(service, cookie)
    if record is None or record.left_seconds > REFRESH_WHEN_LEFT_SECONDS:
        return record.opened() if record else None
    auth = connect_auth(settings, AUTH_TIMEOUT_SECONDS).auth
    try:
        answer = _ask_auth(
            "Keeping you signed in", lambda: auth.refresh_session(record.tokens.refresh_token)
        )
        fresh = _Record(record.row, _tokens_of(answer))
    except SignInRefused:
        _delete(service, cookie)
        return None
    except TooManySignIns as error:
        # Supabase counts all of us by the one address of this server. The token may do for a while.
        if record.left_seconds > 0:
            return record.opened()
        reason = "Supabase is asked too often from this address; wait a minute"
        raise NoAnswer(what="Keeping you signed in", reason=reason) from error
    arguments = {"p_id_hash": _id_hash(cookie), "p_sealed": _seal(cookie, fresh.tokens)}
    call(service, "Keeping you signed in", "reseal_web_session", arguments, tries=TRIES)
    return fresh.opened()


def _delete(service: ServiceClient, cookie: str) -> None:
    arguments = {"p_id_hash": _id_hash(cookie)}
    call(service, "Signing out", "end_web_session", arguments, tries=TRIES)


# ---- Supabase Auth ----


def _ask_auth(what: str, request: Callable[[], AuthResponse]) -> AuthResponse:
    try:
        return run_auth_request(what, request)
    except TooOften as error:
        raise TooManySignIns from error
    except (TokenRefused, NotFound):
        raise  # the key or the address of Supabase is wrong, and not the password
    except Refused as error:
        raise SignInRefused from error


def _tokens_of(answer: AuthResponse) -> Tokens:
    session = answer.session
    if session is None:
        raise SignInRefused
    expires_at = session.expires_at or time.time() + session.expires_in
    return Tokens(session.access_token, session.refresh_token, float(expires_at))


# ---- sealing ----


def _id_hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _cipher(cookie: str) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cs web session tokens 1")
    return AESGCM(derive.derive(cookie.encode()))


def _seal(cookie: str, tokens: Tokens) -> str:
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = _cipher(cookie).encrypt(nonce, json.dumps(asdict(tokens)).encode(), None)
    return b64encode(nonce + sealed).decode()


def _unseal(cookie: str, sealed: str) -> Tokens | None:
    """Open a sealed record; None if it was not sealed with this cookie."""
    try:
        raw = b64decode(sealed, validate=True)
        text = _cipher(cookie).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None)
        return Tokens(**json.loads(text))
    except (ValueError, TypeError, InvalidTag):
        return None
