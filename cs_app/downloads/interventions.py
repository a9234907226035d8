"""The CSV downloads of interventions and milestones."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from cs_app.downloads.common import download, given, twice
from cs_app.interventions.address import FIELDS, OFFERED, read_filter
from cs_core.io.base.client import PersonClient
from cs_core.io.outreach.interventions import TABS


# Not async: Starlette then runs them in a thread, where waiting for Supabase stalls nobody.
def export_interventions(request: Request) -> Response:
    """GET /export/interventions.csv: a list of interventions with its filters, or all of them."""
    query = given(request)
    tab = query.get("tab", "history")
    wrong = twice(request, ("tab", *FIELDS)) or _wrong(query, tab)
    page = f"/interventions?{urlencode({'tab': 'history'} | query)}"

    def lines(client: PersonClient, _person: str) -> Iterator[str]:
        # Imported late: most visitors download nothing.
        from cs_core.io.export.interventions import export_list

        return export_list(client, tab, read_filter(query, tab))

    return download(request, "interventions", page, wrong, lines)


def export_milestones(request: Request) -> Response:
    """GET /export/milestones.csv: the list of milestones with its filters; all without them."""
    from cs_app.milestones.screen import PERIODS, TYPES

    query = given(request)
    days, kind = query.get("days", ""), query.get("type")
    wrong = twice(request, ("days", "type"))
    if days and days not in map(str, PERIODS):
        wrong.append("that many days")
    if kind is not None and kind not in TYPES:
        wrong.append("that type of milestone")
    kept = {name: value for name, value in query.items() if name in ("type", "days")}
    page = f"/milestones?{urlencode(kept)}" if kept else "/milestones"

    def lines(client: PersonClient, _person: str) -> Iterator[str]:
        from cs_core.io.export.milestones import export_milestone_list

        since = datetime.now(UTC) - timedelta(days=int(days)) if days else None
        return export_milestone_list(client, since, kind)

    return download(request, "milestones", page, wrong, lines)


def _wrong(query: dict[str, str], tab: str) -> list[str]:
    """Name filters that were asked for and are none."""
    if tab not in TABS:
        return ["that list"]
    chosen = read_filter(query, tab)
    known = (*OFFERED[tab], "supplier", "bulk")
    dropped = [name for name in FIELDS if name in query and not getattr(chosen, FIELDS[name])]
    return [f"that {name}" if name in known else f"a {name} in that list" for name in dropped]
