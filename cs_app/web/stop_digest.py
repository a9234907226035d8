"""Stopping a digest: where the link under it leads, for whoever has the link.

As with suppliers' mails (unsubscribe.py), a GET changes nothing and the POST comes from our page
or, in one click, from a mail program (RFC 8058). Nobody has to be signed in.
"""

import logging
import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cs_app.server import clients
from cs_app.server.pages import notice, page
from cs_app.server.rate_limit import RateLimit
from cs_core.base.errors import StoreError
from cs_core.io.base.client import call
from cs_core.mail.layout import digest_link

log = logging.getLogger(__name__)

SPAN_SECONDS = 300.0
per_person = RateLimit(20, SPAN_SECONDS)
per_address = RateLimit(600, SPAN_SECONDS)

PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
TOKEN = re.compile(r"[0-9a-f]{16,200}")
NAMES = {"daily": "daily digest", "weekly": "weekly report"}

DONE = (
    "You will get it no more. You can switch it on again in the dashboard, under Mail to me."
    " Other mails to you or the team are not affected."
)
WRONG = (
    "Nothing was changed. Mail programs sometimes cut long links: open it again from the mail"
    " itself, or switch the mail off in the dashboard, under Mail to me."
)
TOO_MANY = "This was tried very often just now. Wait five minutes, then open the link again."
NO_ANSWER = (
    "It could not be stopped right now, because the database does not answer. Nothing was"
    " changed. Try again in a minute."
)

Given = tuple[str, str, str]


async def show_stop_digest(request: Request) -> Response:
    """GET /stop-digest: a page that asks."""
    given = _given(request)
    if given is None:
        return _wrong_link()
    return page("web/stop_digest.html", digest=NAMES[given[1]], address=_here(given))


async def take_stop_digest(request: Request) -> Response:
    """POST /stop-digest: stop it. What the body says does not matter."""
    given = _given(request)
    if given is None:
        return _wrong_link()
    address = request.client.host if request.client else ""
    if not (per_address.take(address) and per_person.take(given[0])):
        log.warning("Attempts to stop a digest from %s are over the limit", address)
        return notice("Too many attempts", TOO_MANY, 429, None, {"Retry-After": "300"})
    try:
        done = await run_in_threadpool(_stop, given)
    except StoreError as error:
        log.error("%s", error)
        link = ("Try again", _here(given))
        return notice("Not possible right now", NO_ANSWER, 503, link, {"Retry-After": "60"})
    title = f"The {NAMES[given[1]]} is stopped"
    return notice(title, DONE, 200, ("Mail to me", "/mail")) if done else _wrong_link()


def _stop(given: Given) -> bool:
    """Do it; False where the token is not this person's for this digest."""
    arguments = dict(zip(("p_person", "p_digest", "p_token"), given, strict=True))
    return bool(call(clients.service_client(), "Stopping", "stop_digest", arguments, tries=2))


def _given(request: Request) -> Given | None:
    """Return person, digest and token; None where they cannot be any."""
    query = request.query_params
    person, digest, token = (query.get(name, "") for name in ("person", "digest", "token"))
    if PERSON.fullmatch(person) and digest in NAMES and TOKEN.fullmatch(token):
        return person.lower(), digest, token
    return None


def _here(given: Given) -> str:
    return digest_link("", *given)


def _wrong_link() -> Response:
    return notice("This link does not work", WRONG, 404)
