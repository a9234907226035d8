"""The CSV of a list of interventions, with its filters: all its pages."""

from collections.abc import Iterator
from typing import Any

from supabase import Client

from cs_core.csv_rows import csv_lines
from cs_core.io.export import DATASETS, PAGE_SIZE
from cs_core.io.intervention_lists import ListFilter
from cs_core.io.supabase import run_request

Row = dict[str, Any]

STATUSES = {
    "scheduled": ("planned", "sending"),
    "sent": ("sent", "done"),
    "failed": ("failed",),
    "suppressed": ("suppressed",),
}
EQUAL = ("type", "playbook", "status", "reason", "supplier_id", "bulk_id")


def export_list(
    client: Client, tab: str, chosen: ListFilter, page_size: int = PAGE_SIZE
) -> Iterator[str]:
    """Read a list of interventions and give it as CSV, record by record.

    Parameters
    ----------
    client : Client
        The signed-in person's own: row level security applies.
    tab : str
        One of `cs_core.io.interventions.TABS`.
    chosen : ListFilter
    page_size : int
        Rows asked for at a time; at most 1000.

    Returns
    -------
    iterator of str
        First the byte order mark and the header, then a record a row, by supplier.

    Raises
    ------
    StoreError
        While reading.
    """
    dataset = DATASETS["interventions"]
    rows = _rows(client, tab, chosen, page_size)
    return csv_lines(dataset.header, rows, dataset.instants)


def _rows(client: Client, tab: str, chosen: ListFilter, page_size: int) -> Iterator[Row]:
    """Read page after page until an empty one: a short page may only be a capped one."""
    last: Row | None = None
    while True:
        query = _narrowed(client, tab, chosen)
        either = []
        if chosen.person:
            either.append(f"or(requested_by.eq.{chosen.person},made_by.eq.{chosen.person})")
        if last is not None:
            one, two = last["supplier_id"], last["intervention_id"]
            # The bound on the first column says nothing new, but lets Postgres use the index.
            query = query.gte("supplier_id", one)
            either.append(f"or(supplier_id.gt.{one},and(supplier_id.eq.{one},id.gt.{two}))")
        if either:
            # In one parameter: not every server takes several.
            query = query.or_(f"and({','.join(either)})")
        query = query.order("supplier_id").order("id").limit(page_size)
        page: list[Row] = run_request("Exporting interventions", query.execute).data
        if not page:
            return
        last = page[-1]
        yield from page


def _narrowed(client: Client, tab: str, chosen: ListFilter) -> Any:
    dataset = DATASETS["interventions"]
    query = client.table(dataset.view).select(",".join(dataset.columns))
    if tab in STATUSES:
        query = query.in_("status", STATUSES[tab])
    for name in EQUAL:
        value = getattr(chosen, name)
        if value:
            query = query.eq(name, value)
    given = chosen.to_dict()
    if "since" in given:
        query = query.gte("created_at", given["since"])
    if "before" in given:
        query = query.lt("created_at", given["before"])
    return query
