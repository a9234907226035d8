"""The CSV download of the supplier list."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from supabase import Client

from cs_app import services
from cs_app.links import sign_in_link, suppliers_link
from cs_app.plain_pages import notice
from cs_app.protection import unavailable
from cs_core.errors import CsError, StoreError
from cs_core.supplier_filter import SupplierFilter

# Parameters of the address that are filters, and what a person calls them.
WORDS = {
    "risk": "a risk level other than critical, at_risk or healthy",
    "tier": "that tier",
    "category": "that category",
    "owner": "that owner",
    "score": "that range of scores",
    "silent": "that many days without a login",
    "trial": "trial other than yes or no",
    "call": "call other than yes or no",
    "quiet": "that many days without contact",
    "q": "that text",
}

log = logging.getLogger(__name__)


# Not async: Starlette then runs it in a thread, where waiting for Supabase stalls nobody.
def export_health(request: Request) -> Response:
    """GET /export/health.csv: the newest scores, as the signed-in person may see them.

    It takes the parameters of the supplier list, and the older `risk_level`, which is `risk`.
    """
    try:
        session = services.current_session(request.cookies.get(services.COOKIE))
    except StoreError:
        return unavailable(request.url.path)
    query = _query_of(request)
    wanted = SupplierFilter.from_query(query)
    if session is None:
        link = sign_in_link(suppliers_link(wanted))
        return RedirectResponse(link, 303, {"Cache-Control": "no-store"})
    if session.role is None:
        text = "This account has no access to the dashboard, so there is nothing to download."
        return notice("No access", text, 403, ("Back", "/"))
    wrong = _dropped(query, wanted)
    if wrong:
        text = f"The address asks for something that is not there: {', '.join(wrong)}."
        return notice("Not a filter", text, 400, ("Back to the suppliers", "/suppliers"))
    client = services.person_client(session.access_token)
    try:
        lines = _started(_lines(client, wanted.for_person(session.user_id)))
    except CsError as error:
        log.error("Export: %s", error)
        text = "The download could not be made. Nothing was changed. Try again in a minute."
        return notice("No download", text, 503, ("Back to the suppliers", "/suppliers"))
    name = f"health-{datetime.now(UTC):%Y-%m-%d}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _query_of(request: Request) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if value:
            query.setdefault("risk" if name == "risk_level" else name, []).append(value)
    return query


def _dropped(query: dict[str, list[str]], wanted: SupplierFilter) -> list[str]:
    """Name the filters that were asked for and are none: the file would hold more than meant."""
    kept = wanted.to_query()
    return [
        WORDS[name]
        for name, values in query.items()
        if name in WORDS and len(kept.get(name, ())) < len(set(values))
    ]


def _lines(client: Client, wanted: SupplierFilter) -> Iterator[str]:
    # Imported late: most visitors download nothing.
    from cs_core.io.export import export_lines
    from cs_core.io.filtered_export import export_filtered

    if wanted.is_empty:
        return export_lines(client, "health")
    return export_filtered(client, wanted)


def _started(lines: Iterator[str]) -> Iterator[str]:
    """Fetch the head and the first rows, so that a failure becomes a page, not half a file."""
    first = list(islice(lines, 2))
    return chain(first, lines)


def no_such_export(_request: Request) -> Response:
    """Answer for a download there is not."""
    return notice("Not found", "There is no such download.", 404, ("Go to the dashboard", "/"))
