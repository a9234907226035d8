"""The CSV download of the supplier list."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, islice

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from supabase import Client

from cs_app import services
from cs_app.levels import BY_KEY
from cs_app.links import sign_in_link
from cs_app.plain_pages import notice
from cs_app.protection import unavailable
from cs_core.errors import CsError, StoreError

log = logging.getLogger(__name__)


# Not async: Starlette then runs it in a thread, where waiting for Supabase stalls nobody.
def export_health(request: Request) -> Response:
    """GET /export/health.csv: the newest scores, as the signed-in person may see them."""
    try:
        session = services.current_session(request.cookies.get(services.COOKIE))
    except StoreError:
        return unavailable(request.url.path)
    risk_level = request.query_params.get("risk_level") or None
    if session is None:
        back = f"/suppliers?risk={risk_level}" if risk_level in BY_KEY else None
        return RedirectResponse(sign_in_link(back), 303, {"Cache-Control": "no-store"})
    if session.role is None:
        text = "This account has no access to the dashboard, so there is nothing to download."
        return notice("No access", text, 403, ("Back", "/"))
    if risk_level is not None and risk_level not in BY_KEY:
        text = f"risk_level must be one of: {', '.join(BY_KEY)}."
        return notice("Not a risk level", text, 400, ("Back to the suppliers", "/"))
    try:
        lines = _started(_lines(services.person_client(session.access_token), risk_level))
    except CsError as error:
        log.error("Export: %s", error)
        text = "The download could not be made. Nothing was changed. Try again in a minute."
        return notice("No download", text, 503, ("Back to the suppliers", "/"))
    name = f"health-{datetime.now(UTC):%Y-%m-%d}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _lines(client: Client, risk_level: str | None) -> Iterator[str]:
    from cs_core.io.export import export_lines

    return export_lines(client, "health", risk_level=risk_level)


def _started(lines: Iterator[str]) -> Iterator[str]:
    """Fetch the head and the first rows, so that a failure becomes a page, not half a file."""
    first = list(islice(lines, 2))
    return chain(first, lines)


def no_such_export(_request: Request) -> Response:
    """Answer for a download there is not."""
    return notice("Not found", "There is no such download.", 404, ("Go to the dashboard", "/"))
