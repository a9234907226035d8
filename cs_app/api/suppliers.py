"""GET /api/customer-success/health: the suppliers and their scores, page by page."""

from typing import Any
from urllib.parse import urlencode

from cs_app.api.cursor import Cursor, seal, unseal
from cs_app.api.entry import ApiPerson
from cs_app.api.errors import FieldsWrong
from cs_app.api.models import DEFAULT_LIMIT, HealthPage, HealthQuery, Summary, Supplier
from cs_app.api.replies import Reply
from cs_app.server import clients
from cs_core.io.operations.api import SupplierHealth, fetch_suppliers
from cs_core.suppliers.filter import SupplierFilter

PATH = "/api/customer-success/health"
FILTERS = ("risk_level", "tier", "q")


def list_health(person: ApiPerson, query: HealthQuery) -> Reply:
    """Answer with one page."""
    secret = clients.settings().supabase_secret_key
    here = _place(query, secret)
    page = fetch_suppliers(
        clients.api_client(),
        person.access_token,
        _filter_of(here.filters).to_dict(),
        here.after or None,
        here.limit,
        with_summary=not here.summary,
    )
    summary = page.summary or here.summary
    after = page.rows[-1].id if page.has_more else None
    following = after and seal(Cursor(after, here.limit, here.filters, summary), secret)
    answer = HealthPage(
        summary=Summary(
            total_suppliers=summary["total"],
            healthy_count=summary["healthy"],
            at_risk_count=summary["at_risk"],
            critical_count=summary["critical"],
        ),
        suppliers=tuple(map(_supplier, page.rows)),
        next_cursor=following,
    )
    link = {"Link": f'<{PATH}?{urlencode({"cursor": following})}>; rel="next"'} if following else {}
    return Reply(answer, headers=link)


def _place(query: HealthQuery, secret: str) -> Cursor:
    """Say where a page begins, and in which list."""
    given = query.model_dump(include=set(FILTERS), exclude_none=True)
    if query.cursor is None:
        return Cursor("", query.limit or DEFAULT_LIMIT, given, {})
    cursor = unseal(query.cursor, secret)
    if cursor is None:
        problem = "is no cursor of this API; take nextCursor of the page before as it is"
        raise FieldsWrong([("cursor", problem)])
    others = [name for name, value in given.items() if cursor.filters.get(name) != value]
    if others:
        problem = "belongs to a list with another value; give the same, or leave it out"
        raise FieldsWrong((name, f"is not that of the cursor, which {problem}") for name in others)
    return Cursor(cursor.after, query.limit or cursor.limit, cursor.filters, cursor.summary)


def _filter_of(filters: dict[str, str]) -> SupplierFilter:
    chosen: dict[str, Any] = {}
    if "risk_level" in filters:
        chosen["levels"] = (filters["risk_level"],)
    if "tier" in filters:
        chosen["tiers"] = (filters["tier"],)
    if text := " ".join(filters.get("q", "").split()):
        chosen["text"] = text
    return SupplierFilter(**chosen)


def _supplier(row: SupplierHealth) -> Supplier:
    return Supplier(
        id=row.id,
        name=row.name,
        health_score=row.health_score,
        risk_level=row.risk_level,
        last_login=row.last_login,
        days_active=row.days_active,
        tier=row.tier,
        recommendations=row.recommendations,
    )
