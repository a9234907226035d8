"""What every CSV download does: guard it as a page is guarded, and start it."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from cs_app.server import clients
from cs_app.server.links import sign_in_link
from cs_app.server.pages import asked_for, notice, unavailable
from cs_core.base.errors import CsError, StoreError
from cs_core.io.base.client import PersonClient

log = logging.getLogger(__name__)
# Where a page has a name of its own, or cannot be shown without more of its address.
BACK = {
    "/today": ("Back to Today", "/today"),
    "/supplier": ("Back to the suppliers", "/suppliers"),
    "/operations": ("Back to the audit log", "/operations?part=audit"),
}


def download(
    request: Request,
    name: str,
    page: str,
    wrong: list[str],
    lines: Callable[[PersonClient, str], Iterator[str]],
    *,
    admins_only: bool = False,
) -> Response:
    """Answer with a CSV file, or with a page that says why there is none.

    Parameters
    ----------
    name : str
        Of the file, without date and ending.
    page : str
        The address of the page that the download belongs to, with its filters.
    wrong : list of str
        Filters that were asked for and are none: the file would hold more than was meant.
    lines : callable
        Gives the lines of the file, from the client and the id of who asks.
    admins_only : bool
        Refuse it to analysts.
    """
    try:
        session = clients.current_session(request.cookies.get(clients.COOKIE))
    except StoreError:
        return unavailable(asked_for(request))
    if session is None:
        return RedirectResponse(sign_in_link(page), 303, {"Cache-Control": "no-store"})
    if session.role is None:
        text = "This account has no access to the dashboard, so there is nothing to download."
        return notice("No access", text, 403, ("Back", "/"))
    if admins_only and session.role != "admin":
        text = "Only people with the role admin can download this."
        return notice("No access", text, 403, ("Back", "/"))
    path = page.partition("?")[0]
    back = BACK.get(path) or (f"Back to the {path.strip('/')}", path)
    if wrong:
        text = f"The address asks for something that is not there: {', '.join(wrong)}."
        return notice("Not a filter", text, 400, back)
    try:
        begun = _begin(lines(clients.person_client(session.access_token), session.user_id))
    except CsError as error:
        log.error("Export: %s", error)
        text = "The download could not be made. Nothing was changed. Try again in a minute."
        return notice("No download", text, 503, back)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{datetime.now(UTC):%Y-%m-%d}.csv"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(begun, media_type="text/csv; charset=utf-8", headers=headers)


def given(request: Request) -> dict[str, str]:
    """Give the parameters that say something."""
    return {name: value for name, value in request.query_params.items() if value}


def twice(request: Request, names: Iterable[str]) -> list[str]:
    """Name the parameters that are given more than once, but mean one thing."""
    given = Counter(name for name, value in request.query_params.multi_items() if value)
    return [f"{name} more than once" for name in names if given[name] > 1]


def _begin(lines: Iterator[str]) -> Iterator[str]:
    """Fetch the head and the first rows, so that a failure becomes a page, not half a file."""
    first = list(islice(lines, 2))
    return chain(first, lines)


def no_such_download(_request: Request) -> Response:
    """Answer for a download there is not."""
    return notice("Not found", "There is no such download.", 404, ("Go to the dashboard", "/"))
