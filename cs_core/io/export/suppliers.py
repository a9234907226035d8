"""The CSV of the suppliers that match a filter of the supplier list, in an order of the list."""

from collections.abc import Iterator, Sequence
from typing import Any

from supabase import Client

from cs_core.base.csv_rows import csv_lines
from cs_core.io.base.client import call, run_request
from cs_core.io.export.tables import DATASETS, PAGE_SIZE
from cs_core.suppliers.filter import SORTS, SupplierFilter

Row = dict[str, Any]
WHAT = "Exporting suppliers"


def export_filtered(
    client: Client,
    wanted: SupplierFilter,
    sort: str = SORTS[0],
    page_size: int = PAGE_SIZE,
) -> Iterator[str]:
    """Read the newest scores of the suppliers that match, and give them as CSV.

    Parameters
    ----------
    wanted : SupplierFilter
        With `me` resolved.
    sort : str
        One of `supplier_filter.SORTS`.
    page_size : int
        Rows asked for at a time; at most 1000.

    Returns
    -------
    iterator of str
        First the byte order mark and the header, then a record a row in the order of the list,
        suppliers without a score too. Which suppliers and in what order is decided once, at the
        start: each that matched then is there once, however scores move while the file is read.
        The figures are those of the moment its page is read.
    """
    chosen = DATASETS["health"]
    return csv_lines(chosen.header, _rows(client, wanted, sort, page_size), chosen.instants)


def _rows(client: Client, wanted: SupplierFilter, sort: str, page_size: int) -> Iterator[Row]:
    arguments = {"p_filter": wanted.to_dict(), "p_sort": sort}
    # Only ids are held: a few megabytes for 100,000 suppliers.
    ids: list[str] = call(client, WHAT, "ordered_supplier_ids", arguments)
    for start in range(0, len(ids), page_size):
        page = ids[start : start + page_size]
        rows = _read(client, page)
        # Who was deleted meanwhile is not in it.
        yield from (rows[one] for one in page if one in rows)


def _read(client: Client, ids: Sequence[str]) -> dict[str, Row]:
    columns = ",".join(DATASETS["health"].columns)
    query = client.rpc("suppliers_by_id", {"p_ids": list(ids)}).select(columns)
    found: Any = run_request(WHAT, query.execute).data
    return {row["supplier_id"]: row for row in found}
