"""Stopping our mails: where the link under every mail to a supplier leads.

Whoever has the link may use it, signed in or not. A GET changes nothing, since mail programs
open links to look at them; the POST comes from our page or, in one click, from a mail provider
(RFC 8058).
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
from cs_core.mail.messages import unsubscribe_link

log = logging.getLogger(__name__)

SENDER = "WedSync"
SPAN_SECONDS = 300.0
per_supplier = RateLimit(20, SPAN_SECONDS)
# Loose: behind one address of a mail provider are many suppliers.
per_address = RateLimit(600, SPAN_SECONDS)

SUPPLIER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
TOKEN = re.compile(r"[0-9A-Za-z_-]{16,200}")

DONE = (
    "You will get no more of these mails. It takes effect at once and holds until you tell us "
    "otherwise. Messages inside WedSync are not affected. If this was a mistake, reply to one of "
    "our mails, and we will switch them on again."
)
WRONG = (
    "We could not find out whose mails to stop, so nothing was changed. Mail programs sometimes "
    "cut long links: open it again from the mail itself. If that does not help, reply to the "
    'mail with the word "stop", and we will do it for you.'
)
TOO_MANY = "This was tried very often just now. Wait five minutes, then open the link again."
NO_ANSWER = (
    "The mails could not be stopped right now, because the database does not answer. Nothing was "
    "changed. Try again in a minute."
)


async def show_unsubscribe(request: Request) -> Response:
    """GET /unsubscribe: a page that asks."""
    given = _given(request)
    if given is None:
        return _wrong_link()
    return page("web/unsubscribe.html", product=SENDER, address=_here(*given))


async def take_unsubscribe(request: Request) -> Response:
    """POST /unsubscribe: stop the mails. What the body says does not matter."""
    given = _given(request)
    if given is None:
        return _wrong_link()
    supplier, token = given
    address = request.client.host if request.client else ""
    if not (per_address.take(address) and per_supplier.take(supplier)):
        log.warning("Attempts to unsubscribe from %s are over the limit", address)
        return notice("Too many attempts", TOO_MANY, 429, None, {"Retry-After": "300"}, SENDER)
    try:
        done = await run_in_threadpool(_unsubscribe, supplier, token)
    except StoreError as error:
        log.error("%s", error)
        link = ("Try again", _here(supplier, token))
        return notice("Not possible right now", NO_ANSWER, 503, link, {"Retry-After": "60"}, SENDER)
    return notice("Mails are stopped", DONE, 200, product=SENDER) if done else _wrong_link()


def _unsubscribe(supplier: str, token: str) -> bool:
    """Do it; False where the token is not this supplier's."""
    arguments = {"p_supplier": supplier, "p_token": token}
    return bool(call(clients.service_client(), "Unsubscribing", "unsubscribe", arguments, tries=2))


def _given(request: Request) -> tuple[str, str] | None:
    """Return supplier and token; None where they cannot be any."""
    supplier = request.query_params.get("supplier", "")
    token = request.query_params.get("token", "")
    if SUPPLIER.fullmatch(supplier) and TOKEN.fullmatch(token):
        return supplier.lower(), token
    return None


def _here(supplier: str, token: str) -> str:
    return unsubscribe_link("", supplier, token)


def _wrong_link() -> Response:
    return notice("This link does not work", WRONG, 404, product=SENDER)
