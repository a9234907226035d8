"""The CSV download of the audit log, for admins."""

from collections.abc import Iterator
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from cs_app.downloads.common import download, given, twice
from cs_app.operations.address import FILTERS, read_filter
from cs_core.io.base.client import PersonClient


# Not async: Starlette then runs it in a thread, where waiting for Supabase stalls nobody.
def export_audit(request: Request) -> Response:
    """GET /export/audit.csv: the changes that match the filters of the screen, the newest first."""
    query = given(request)
    chosen = read_filter(query)
    wrong = twice(request, FILTERS) or [
        f"that {name}" for name in FILTERS if name in query and not getattr(chosen, name)
    ]
    page = f"/operations?{urlencode({'part': 'audit'} | query)}"

    def lines(client: PersonClient, _person: str) -> Iterator[str]:
        # Imported late: most visitors download nothing.
        from cs_core.io.operations.audit import export_changes

        return export_changes(client, chosen)

    return download(request, "audit", page, wrong, lines, admins_only=True)
