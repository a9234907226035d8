"""The CSV download of the audit log, for admins."""

import logging
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from cs_app import services
from cs_app.export import _started as started
from cs_app.links import sign_in_link
from cs_app.operations_address import FILTERS, read_filter
from cs_app.plain_pages import notice
from cs_app.protection import unavailable
from cs_core.errors import CsError, StoreError

log = logging.getLogger(__name__)

BACK = ("Back to the audit log", "/operations?part=audit")


# Not async: Starlette then runs it in a thread, where waiting for Supabase stalls nobody.
def export_audit(request: Request) -> Response:
    """GET /export/audit.csv: the changes that match the filters of the screen, the newest first."""
    query = {name: value for name, value in request.query_params.items() if value}
    try:
        session = services.current_session(request.cookies.get(services.COOKIE))
    except StoreError:
        return unavailable(request.url.path)
    if session is None:
        home = f"/operations?{urlencode({'part': 'audit'} | query)}"
        return RedirectResponse(sign_in_link(home), 303, {"Cache-Control": "no-store"})
    if session.role != "admin":
        text = "Only people with the role admin can download the audit log."
        return notice("No access", text, 403, ("Back", "/"))
    chosen = read_filter(query)
    wrong = [name for name in FILTERS if name in query and not getattr(chosen, name)]
    if wrong:
        # The file would hold more than meant.
        text = f"The address asks for something that is not there: that {', that '.join(wrong)}."
        return notice("Not a filter", text, 400, BACK)
    from cs_core.io.audit import export_changes

    try:
        lines = started(export_changes(services.person_client(session.access_token), chosen))
    except CsError as error:
        log.error("Export: %s", error)
        text = "The download could not be made. Nothing was changed. Try again in a minute."
        return notice("No download", text, 503, BACK)
    headers = {
        "Content-Disposition": f'attachment; filename="audit-{datetime.now(UTC):%Y-%m-%d}.csv"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)
