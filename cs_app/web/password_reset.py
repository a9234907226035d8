"""A forgotten password: the routes that send the mail and take the new password.

Nobody learns here who has an account: the answer is the same, and it takes as long, for an
address that somebody signs in with and for any other.
"""

import asyncio
import logging
import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cs_app.server import clients
from cs_app.server.links import new_password_link
from cs_app.server.pages import notice, page
from cs_app.web.forms import address_of, may_try, read_form, too_large
from cs_app.web.password_pages import NO_REFERRER, READ_LINK, TOKENS, ask_page, choose_page
from cs_core.base.errors import CsError, StoreError
from cs_core.io.people.password_reset import (
    LinkRefused,
    OthersStaySignedIn,
    PasswordRefused,
    Recovery,
    open_link,
    save_password,
    send_recovery_mail,
)
from cs_core.io.people.rate_limits import Limit
from cs_core.io.people.users import LEAST_PASSWORD_LENGTH, MOST_PASSWORD_BYTES
from cs_core.mail.addresses import is_address

log = logging.getLogger(__name__)

HOUR = 3600.0
FIVE_MINUTES = 300.0
# Mails to one address; the answer beyond it is the same, so that it tells nothing either.
mails_per_name = Limit("password_mail/name", 3, HOUR)
# Loose, since a whole office may share an address.
mails_per_address = Limit("password_mail/address", 30, HOUR)
tries_per_address = Limit("new_password/address", 20, FIVE_MINUTES)
# All together: the token in a link is a digest of a short code, which must not be guessed.
tries_of_all = Limit("new_password/all", 100, FIVE_MINUTES)

# Longer than Supabase needs for an address that nobody has, or that it cannot be asked at all.
ANSWER_SECONDS = 1.5
SIGN_IN = "/sign-in?new-password=saved"

TOKEN_HASH = re.compile(r"[0-9A-Za-z_-]{16,200}")
JWT = re.compile(r"[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+){2}")
REFRESH_TOKEN = re.compile(r"[0-9A-Za-z_-]{0,200}")

NO_ADDRESS = "Give the e-mail address you sign in with."
TOO_MANY = "Too many attempts. Wait a while, then try again."
NO_ANSWER = "This is not possible right now: the database does not answer. Try again in a minute."
NOT_THE_SAME = "The two passwords differ. Type the new one twice."
TOO_SHORT = f"The password is too short: at least {LEAST_PASSWORD_LENGTH} characters."
TOO_LONG = (
    f"The password is too long: at most {MOST_PASSWORD_BYTES} characters, fewer with accents."
)
NOT_KNOWN = (
    "The database stopped answering, so it is not sure whether the new password is saved. Try to "
    "sign in with it; if that fails, ask for a new mail."
)
STILL_IN = (
    "Your new password is saved, but other browsers that are signed in as you could not be signed "
    "out. Tell the person who runs the dashboard if somebody else may be using your account."
)

# What is on its way to Supabase; asyncio itself keeps no hold of it.
_under_way: set[asyncio.Task[StoreError | None]] = set()


async def show_ask(_request: Request) -> Response:
    """GET /forgot-password: the form."""
    return ask_page()


async def take_ask(request: Request) -> Response:
    """POST /forgot-password: send the mail, and say the same whoever has the address."""
    form = await read_form(request)
    email = (form or {}).get("email", "").strip()
    if not is_address(email):
        return ask_page(NO_ADDRESS, 400, email if email.isprintable() else "")
    try:
        if not await may_try((mails_per_address, address_of(request))):
            log.warning(
                "Requests for new passwords from %s are over the limit", address_of(request)
            )
            return ask_page(TOO_MANY, 429, email)
        may_send = await may_try((mails_per_name, email.lower()))
    except CsError as error:
        log.error("%s", error)
        return ask_page(NO_ANSWER, 503, email)
    task: asyncio.Task[StoreError | None] | None = None
    if may_send:
        task = asyncio.create_task(run_in_threadpool(_send, email))
        _under_way.add(task)
        task.add_done_callback(_under_way.discard)
    # As long for everybody: only a mail that is really sent takes its time.
    await asyncio.sleep(ANSWER_SECONDS)
    if task is not None and task.done() and task.result() is not None:
        return ask_page(NO_ANSWER, 503, email)
    return page("web/password_asked.html")


async def show_choose(request: Request) -> Response:
    """GET /new-password: where the link in the mail leads. It changes nothing, and uses nothing up:
    mail programs open links to look at them.
    """
    return choose_page(_tokens(dict(request.query_params)))


async def show_script(_request: Request) -> Response:
    """GET /new-password.js: reads what stands behind the # of the address."""
    headers = {"Cache-Control": "no-cache"} | NO_REFERRER
    return Response(READ_LINK, media_type="text/javascript; charset=utf-8", headers=headers)


async def take_choose(request: Request) -> Response:
    """POST /new-password: check the link and save the password."""
    form = await read_form(request)
    if form is None:
        return too_large()
    tokens = _tokens(form)
    if not any(tokens.values()):
        return page("web/link_used_up.html", 410, NO_REFERRER)
    password, again = form.get("password", ""), form.get("again", "")
    problem = _fault(password, again)
    if problem:
        return choose_page(tokens, problem, 400)
    try:
        is_allowed = await may_try((tries_per_address, address_of(request)), (tries_of_all, ""))
    except CsError as error:
        log.error("%s", error)
        return choose_page(tokens, NO_ANSWER, 503)
    if not is_allowed:
        log.warning("New passwords from %s are over the limit", address_of(request))
        return choose_page(tokens, TOO_MANY, 429)
    return await run_in_threadpool(_save, tokens, password)


def _save(tokens: dict[str, str], password: str) -> Response:
    """Set the password; where it is not taken, the next try begins where this one ended."""
    proof = Recovery(tokens["access_token"], tokens["refresh_token"])
    settings = clients.settings()
    try:
        if not proof.access_token:
            proof = open_link(settings, tokens["token_hash"])
            tokens = dict.fromkeys(TOKENS, "") | {
                "access_token": proof.access_token,
                "refresh_token": proof.refresh_token,
            }
        save_password(settings, clients.service_client(), proof, password)
    except LinkRefused:
        return page("web/link_used_up.html", 410, NO_REFERRER)
    except PasswordRefused as error:
        return choose_page(tokens, str(error), 422)
    except OthersStaySignedIn as error:
        log.error("%s", error)
        return notice("Saved, with one fault", STILL_IN, 200, ("Sign in", "/sign-in"), NO_REFERRER)
    except CsError as error:
        log.error("%s", error)
        return choose_page(tokens, NOT_KNOWN, 503)
    return RedirectResponse(SIGN_IN, 303, {"Cache-Control": "no-store"} | NO_REFERRER)


def _send(email: str) -> StoreError | None:
    link = new_password_link(clients.settings().cs_base_url)
    try:
        send_recovery_mail(clients.settings(), email, link)
    except StoreError as error:
        log.error("%s", error)
        return error
    return None


def _tokens(given: dict[str, str]) -> dict[str, str]:
    """Keep what can be a token."""
    shapes = {"token_hash": TOKEN_HASH, "access_token": JWT, "refresh_token": REFRESH_TOKEN}
    return {
        name: given.get(name, "") if shapes[name].fullmatch(given.get(name, "")) else ""
        for name in TOKENS
    }


def _fault(password: str, again: str) -> str | None:
    if password != again:
        return NOT_THE_SAME
    if len(password) < LEAST_PASSWORD_LENGTH:
        return TOO_SHORT
    if len(password.encode()) > MOST_PASSWORD_BYTES:
        return TOO_LONG
    return "The password holds a character that cannot be typed." if "\0" in password else None
