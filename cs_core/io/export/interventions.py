"""The CSV of a list of interventions, with its filters: all its pages."""

from collections.abc import Iterator
from typing import Any

from cs_core.base.csv_rows import csv_lines
from cs_core.io.base.client import PersonClient
from cs_core.io.base.rows import to_filter
from cs_core.io.export.instant_pages import read_by_id, read_by_instant
from cs_core.io.export.tables import DATASETS, PAGE_SIZE
from cs_core.io.outreach.intervention_lists import ListFilter
from cs_core.io.outreach.interventions import TABS

Row = dict[str, Any]
WHAT = "Exporting interventions"
EQUAL = ("type", "playbook", "status", "reason", "supplier_id", "bulk_id")


def export_list(
    client: PersonClient, tab: str, chosen: ListFilter, page_size: int = PAGE_SIZE
) -> Iterator[str]:
    """Read a list of interventions and give it as CSV, record by record.

    Parameters
    ----------
    tab : str
        One of `cs_core.io.outreach.interventions.TABS`.
    page_size : int
        Rows asked for at a time; at most 1000.

    Returns
    -------
    iterator of str
        First the byte order mark and the header, then a record a row, in the order of the list.
    """
    dataset = DATASETS["interventions"]
    rows = _rows(client, tab, chosen, page_size)
    return csv_lines(dataset.header, rows, dataset.instants)


def _rows(client: PersonClient, tab: str, chosen: ListFilter, page_size: int) -> Iterator[Row]:
    def select() -> Any:
        return _narrowed(client, tab, chosen)

    if tab != "scheduled":
        yield from read_by_instant(WHAT, select, "created_at", "intervention_id", page_size)
        return
    # What comes first is first; what has no time yet is last.
    yield from read_by_instant(
        WHAT,
        lambda: select().not_.is_("scheduled_for", "null"),
        "scheduled_for",
        "intervention_id",
        page_size,
        newest_first=False,
    )
    yield from read_by_id(
        WHAT,
        lambda: select().is_("scheduled_for", "null"),
        "intervention_id",
        page_size,
    )


def _narrowed(client: PersonClient, tab: str, chosen: ListFilter) -> Any:
    dataset = DATASETS["interventions"]
    columns = ",".join(dataset.columns)
    if chosen.person:
        query: Any = client.rpc("interventions_of", {"p_person": chosen.person}).select(columns)
    else:
        query = client.table(dataset.view).select(columns)
    if TABS[tab]:
        query = query.in_("status", TABS[tab])
    for name in EQUAL:
        value = getattr(chosen, name)
        if value:
            query = query.eq(name, value)
    given = to_filter(chosen)
    if "since" in given:
        query = query.gte("created_at", given["since"])
    if "before" in given:
        query = query.lt("created_at", given["before"])
    return query
