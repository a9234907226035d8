"""Signing in and out: the routes behind the sign-in page."""

import asyncio
import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cs_app.server import clients
from cs_app.server.links import HOME, safe_next, sign_in_link
from cs_app.server.pages import page, sign_in_page, unavailable
from cs_app.web.forms import address_of, may_try, read_form, too_large
from cs_core.base.errors import CsError, StoreError
from cs_core.io.people.rate_limits import Limit, forget
from cs_core.io.people.sessions import (
    LIFETIME_SECONDS,
    SignInRefused,
    TooManySignIns,
    open_session,
    sign_in,
)

log = logging.getLogger(__name__)

# Longer than Supabase needs to compare a password.
REFUSAL_SECONDS = 1.0
SPAN_SECONDS = 300.0
per_account = Limit("sign_in/account", 10, SPAN_SECONDS)
# The same account from many addresses, or from one that claims to be many.
per_name = Limit("sign_in/name", 30, SPAN_SECONDS)
# One address trying many accounts. Loose, since a whole office may share an address.
per_address = Limit("sign_in/address", 200, SPAN_SECONDS)

WRONG = "The e-mail address or the password is not right. Check both and try again."
MISSING = "Give your e-mail address and your password."
TOO_MANY = "Too many attempts to sign in. Wait five minutes, then try again."
SAVED = "Your new password is saved. Sign in with it."
NO_ANSWER = "Signing in is not possible right now: the database does not answer. Try again later."


async def show_sign_in(request: Request) -> Response:
    """GET /sign-in: the form, or straight on for who is signed in already."""
    next_page = safe_next(request.query_params.get("next"))
    try:
        cookie = request.cookies.get(clients.COOKIE)
        if await run_in_threadpool(clients.current_session, cookie):
            return RedirectResponse(next_page, 303, {"Cache-Control": "no-store"})
    except StoreError:
        return sign_in_page(next_page, problem=NO_ANSWER, status=503)
    note = SAVED if request.query_params.get("new-password") == "saved" else None
    return sign_in_page(next_page, note=note)


async def take_sign_in(request: Request) -> Response:
    """POST /sign-in: check the password, set the cookie and go where the person wanted."""
    form = await read_form(request)
    if form is None:
        return too_large()
    email = form.get("email", "").strip()
    password = form.get("password", "")
    next_page = safe_next(form.get("next"))
    if not email or not password:
        return sign_in_page(next_page, email, MISSING, 400)
    if not email.isprintable() or "\0" in password:
        return sign_in_page(next_page, "", WRONG, 401)  # no account has these; the database balks
    address = address_of(request)
    name = email.lower()
    own = ((per_account, f"{name} {address}"), (per_name, name))
    try:
        is_allowed = await may_try((per_address, address), *own)
    except CsError as error:
        problem, status = _what_went_wrong(error)
        return sign_in_page(next_page, email, problem, status)
    if not is_allowed:
        log.warning("Sign-in attempts from %s are over the limit", address)
        return sign_in_page(next_page, email, TOO_MANY, 429)
    old_cookie = request.cookies.get(clients.COOKIE)
    level = asyncio.ensure_future(asyncio.sleep(REFUSAL_SECONDS))
    try:
        cookie = await run_in_threadpool(_open, email, password, old_cookie)
    except CsError as error:
        # As long for every address: a password is compared only where somebody has it.
        await level
        problem, status = _what_went_wrong(error)
        return sign_in_page(next_page, email, problem, status)
    level.cancel()
    await run_in_threadpool(_forget, *own)
    response = RedirectResponse(next_page, 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        clients.COOKIE,
        cookie,
        max_age=LIFETIME_SECONDS,
        path="/",
        httponly=True,
        samesite="lax",
        secure=_is_https(),
    )
    return response


async def show_sign_out(_request: Request) -> Response:
    """GET /sign-out: a page that asks, because a link alone must not do it."""
    return page("server/sign_out.html")


async def take_sign_out(request: Request) -> Response:
    """POST /sign-out: end the session in every tab."""
    try:
        await run_in_threadpool(clients.sign_out, request.cookies.get(clients.COOKIE))
    except StoreError:
        # Not signed out, so the cookie stays: without it nobody could end the session.
        return unavailable("/sign-out")
    response = RedirectResponse(sign_in_link(HOME), 303, {"Cache-Control": "no-store"})
    response.delete_cookie(
        clients.COOKIE, path="/", httponly=True, samesite="lax", secure=_is_https()
    )
    return response


def _forget(*attempts: tuple[Limit, str]) -> None:
    try:
        forget(clients.service_client(), *attempts)
    except CsError as error:
        log.error("%s", error)  # who signed in is in all the same


def _open(email: str, password: str, old_cookie: str | None) -> str:
    """Sign in with Supabase and open a new session in place of the browser's old one."""
    user_id, tokens = sign_in(clients.settings(), email, password)
    cookie = open_session(clients.service_client(), user_id, tokens)
    clients.sign_out(old_cookie)
    return cookie


def _what_went_wrong(error: CsError) -> tuple[str, int]:
    if isinstance(error, SignInRefused):
        return WRONG, 401
    if isinstance(error, TooManySignIns):
        return TOO_MANY, 429
    log.error("%s", error)
    return NO_ANSWER, 503


def _is_https() -> bool:
    return clients.settings().cs_base_url.startswith("https://")
