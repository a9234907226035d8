"""Links beneath mails that stop them: all mails to a supplier, or a digest to one of the team.

Whoever has the link may use it, signed in or not. A GET changes nothing, since mail programs
open links to look at them; the POST comes from our page or, in one click, from a mail provider
(RFC 8058).
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cs_app.server import clients
from cs_app.server.pages import PRODUCT, notice, page
from cs_app.server.rate_limit import RateLimit
from cs_app.web.forms import address_of
from cs_core.base.errors import StoreError
from cs_core.io.base.client import call
from cs_core.mail.layout import digest_link
from cs_core.mail.messages import unsubscribe_link

log = logging.getLogger(__name__)

SPAN_SECONDS = 300.0
SENDER = "WedSync"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DIGESTS = {"daily": "daily digest", "weekly": "weekly report"}
TOO_MANY = "This was tried very often just now. Wait five minutes, then open the link again."

Given = dict[str, str]


@dataclass
class StopLink:
    """One kind of such a link.

    `shapes` are the parameters that it has, first whose mail it is; the database has a function
    named as the file of the page that asks, which says whether the token was that person's.
    """

    name: str
    shapes: dict[str, re.Pattern[str]]
    address: Callable[..., str]
    title: str
    done: str
    wrong: str
    no_answer: str
    next_link: tuple[str, str] | None = None
    product: str = PRODUCT

    def __post_init__(self) -> None:
        self.per_owner = RateLimit(20, SPAN_SECONDS)
        # Loose: behind one address of a mail provider are many people.
        self.per_address = RateLimit(600, SPAN_SECONDS)

    async def show(self, request: Request) -> Response:
        """GET: a page that asks."""
        given = self._given(request)
        if given is None:
            return self._say("This link does not work", self.wrong, 404)
        file, here = f"web/{self.name}.html", self.address("", *given.values())
        return page(file, product=self.product, address=here, digest=_digest(given))

    async def take(self, request: Request) -> Response:
        """POST: stop the mail. What the body says does not matter."""
        given = self._given(request)
        if given is None:
            return self._say("This link does not work", self.wrong, 404)
        owner, *_ = given.values()
        address = address_of(request)
        if not (self.per_address.take(address) and self.per_owner.take(owner)):
            log.warning("Attempts at %s from %s are over the limit", self.name, address)
            return self._say("Too many attempts", TOO_MANY, 429, None, {"Retry-After": "300"})
        try:
            is_done = await run_in_threadpool(self.stop, given)
        except StoreError as error:
            log.error("%s", error)
            link = ("Try again", self.address("", *given.values()))
            return self._say(
                "Not possible right now", self.no_answer, 503, link, {"Retry-After": "60"}
            )
        if not is_done:
            return self._say("This link does not work", self.wrong, 404)
        return self._say(self.title.format(digest=_digest(given)), self.done, 200, self.next_link)

    def stop(self, given: Given) -> bool:
        """Do it; False where the token is another's."""
        arguments = {f"p_{name}": value for name, value in given.items()}
        return bool(call(clients.service_client(), "Stopping", self.name, arguments, tries=2))

    def _given(self, request: Request) -> Given | None:
        """Return the parameters; None where they cannot be any."""
        given = {name: request.query_params.get(name, "") for name in self.shapes}
        if not all(shape.fullmatch(given[name]) for name, shape in self.shapes.items()):
            return None
        owner = next(iter(given))
        return given | {owner: given[owner].lower()}

    def _say(
        self,
        title: str,
        text: str,
        status: int,
        link: tuple[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        return notice(title, text, status, link, headers, self.product)


def _digest(given: Given) -> str:
    return DIGESTS.get(given.get("digest", ""), "")


UNSUBSCRIBE = StopLink(
    name="unsubscribe",
    shapes={"supplier": ID, "token": re.compile(r"[0-9A-Za-z_-]{16,200}")},
    address=unsubscribe_link,
    title="Mails are stopped",
    done="You will get no more of these mails. It takes effect at once and holds until you tell us"
    " otherwise. Messages inside WedSync are not affected. If this was a mistake, reply to one of"
    " our mails, and we will switch them on again.",
    wrong="We could not find out whose mails to stop, so nothing was changed. Mail programs"
    " sometimes cut long links: open it again from the mail itself. If that does not help, reply"
    ' to the mail with the word "stop", and we will do it for you.',
    no_answer="The mails could not be stopped right now, because the database does not answer."
    " Nothing was changed. Try again in a minute.",
    product=SENDER,
)
STOP_DIGEST = StopLink(
    name="stop_digest",
    shapes={
        "person": ID,
        "digest": re.compile("|".join(DIGESTS)),
        "token": re.compile(r"[0-9a-f]{16,200}"),
    },
    address=digest_link,
    title="The {digest} is stopped",
    done="You will get it no more. You can switch it on again in the dashboard, under Mail to me."
    " Other mails to you or the team are not affected.",
    wrong="Nothing was changed. Mail programs sometimes cut long links: open it again from the mail"
    " itself, or switch the mail off in the dashboard, under Mail to me.",
    no_answer="It could not be stopped right now, because the database does not answer. Nothing was"
    " changed. Try again in a minute.",
    next_link=("Mail to me", "/mail"),
)
