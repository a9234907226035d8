"""The CSV download of the supplier list."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from cs_app import services
from cs_app.download import download
from cs_app.links import suppliers_link
from cs_core.io.sessions import WebSession
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


# Not async: Starlette then runs it in a thread, where waiting for Supabase stalls nobody.
def export_health(request: Request) -> Response:
    """GET /export/health.csv: the newest scores, as the signed-in person may see them.

    It takes the parameters of the supplier list, and the older `risk_level`, which is `risk`.
    """
    query = _query_of(request)
    wanted = SupplierFilter.from_query(query)

    def lines(session: WebSession) -> Iterator[str]:
        # Imported late: most visitors download nothing.
        from cs_core.io.export import export_lines
        from cs_core.io.filtered_export import export_filtered

        client = services.person_client(session.access_token)
        if wanted.is_empty:
            return export_lines(client, "health")
        return export_filtered(client, wanted.for_person(session.user_id))

    return download(request, "health", suppliers_link(wanted), _dropped(query, wanted), lines)


def _query_of(request: Request) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if value:
            query.setdefault("risk" if name == "risk_level" else name, []).append(value)
    return query


def _dropped(query: dict[str, list[str]], wanted: SupplierFilter) -> list[str]:
    """Name the filters that were asked for and are none."""
    kept = wanted.to_query()
    return [
        WORDS[name]
        for name, values in query.items()
        if name in WORDS and len(kept.get(name, ())) < len(set(values))
    ]
