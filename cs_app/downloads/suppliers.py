"""The CSV download of the supplier list."""

from collections.abc import Iterator
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from cs_app.downloads.common import download
from cs_app.server.links import suppliers_link
from cs_core.io.base.client import PersonClient
from cs_core.suppliers.filter import VIEWS, SupplierList

# Parameters of the address that decide about the file, and what a person calls them.
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
    "sort": "that order",
}


# Not async: Starlette then runs it in a thread, where waiting for Supabase stalls nobody.
def export_health(request: Request) -> Response:
    """GET /export/health.csv: the supplier list with its filter, in its order, all its pages.

    It takes the parameters of the list, and the older `risk_level`, which is `risk`.
    """
    query = _query_of(request)
    wanted = replace(SupplierList.from_query(query), page=1, view=VIEWS[0])

    def lines(client: PersonClient, person: str) -> Iterator[str]:
        # Imported late: most visitors download nothing.
        from cs_core.io.export.suppliers import export_filtered

        return export_filtered(client, wanted.filter.for_person(person), wanted.sort)

    return download(request, "health", suppliers_link(wanted), _dropped(query, wanted), lines)


def _query_of(request: Request) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if value:
            query.setdefault("risk" if name == "risk_level" else name, []).append(value)
    return query


def _dropped(query: dict[str, list[str]], wanted: SupplierList) -> list[str]:
    """Name the filters, or the order, that were asked for and are none."""
    # The usual order is not in an address that we write.
    kept = wanted.filter.to_query() | {"sort": [wanted.sort]}
    return [
        WORDS[name]
        for name, values in query.items()
        if name in WORDS
        and (
            len(kept.get(name, ())) < len(set(values)) or (name == "sort" and values != kept[name])
        )
    ]
