"""The CSV downloads of interventions and milestones."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from supabase import Client

from cs_app import services
from cs_app.export import _started as started
from cs_app.intervention_address import FIELDS, OFFERED, read_filter
from cs_app.links import sign_in_link
from cs_app.plain_pages import notice
from cs_app.protection import unavailable
from cs_core.errors import CsError, StoreError
from cs_core.io.interventions import TABS

log = logging.getLogger(__name__)


# Not async: Starlette then runs them in a thread, where waiting for Supabase stalls nobody.
def export_interventions(request: Request) -> Response:
    """GET /export/interventions.csv: a list of interventions with its filters, or all of them."""
    query = {name: value for name, value in request.query_params.items() if value}
    tab = query.get("tab", "history")
    home = f"/interventions?{urlencode({'tab': 'history'} | query)}"

    def lines(client: Client) -> Iterator[str]:
        # Imported late: most visitors download nothing.
        from cs_core.io.intervention_export import export_list

        return export_list(client, tab, read_filter(query, tab))

    return _download(request, "interventions", home, _wrong(query, tab), lines)


def export_milestones(request: Request) -> Response:
    """GET /export/milestones.csv: every milestone that was reached."""

    def lines(client: Client) -> Iterator[str]:
        from cs_core.io.export import export_lines

        return export_lines(client, "milestones")

    return _download(request, "milestones", "/milestones", [], lines)


def _download(
    request: Request,
    name: str,
    home: str,
    wrong: list[str],
    lines: Callable[[Client], Iterator[str]],
) -> Response:
    """Guard a download as a page is guarded, and start it."""
    try:
        session = services.current_session(request.cookies.get(services.COOKIE))
    except StoreError:
        return unavailable(request.url.path)
    if session is None:
        return RedirectResponse(sign_in_link(home), 303, {"Cache-Control": "no-store"})
    if session.role is None:
        text = "This account has no access to the dashboard, so there is nothing to download."
        return notice("No access", text, 403, ("Back", "/"))
    if wrong:
        text = f"The address asks for something that is not there: {', '.join(wrong)}."
        return notice("Not a filter", text, 400, (f"Back to the {name}", f"/{name}"))
    try:
        begun = started(lines(services.person_client(session.access_token)))
    except CsError as error:
        log.error("Export: %s", error)
        text = "The download could not be made. Nothing was changed. Try again in a minute."
        return notice("No download", text, 503, (f"Back to the {name}", f"/{name}"))
    file = f"{name}-{datetime.now(UTC):%Y-%m-%d}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{file}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(begun, media_type="text/csv; charset=utf-8", headers=headers)


def _wrong(query: dict[str, str], tab: str) -> list[str]:
    """Name filters that were asked for and are none: the file would hold more than meant."""
    if tab not in TABS:
        return ["that list"]
    chosen = read_filter(query, tab)
    known = (*OFFERED[tab], "supplier", "bulk")
    dropped = [name for name in FIELDS if name in query and not getattr(chosen, FIELDS[name])]
    return [f"that {name}" if name in known else f"a {name} in that list" for name in dropped]
