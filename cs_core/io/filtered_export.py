"""The CSV of the suppliers that match a filter of the supplier list."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from supabase import Client

from cs_core.csv_rows import csv_lines
from cs_core.errors import StoreError
from cs_core.io.export import DATASETS
from cs_core.io.find_suppliers import MOST_COUNTED, find_supplier_ids
from cs_core.io.supabase import run_request
from cs_core.supplier_filter import SupplierFilter

CHUNK = 100  # ids in one address

Row = dict[str, Any]


def export_filtered(
    client: Client, wanted: SupplierFilter, most: int = MOST_COUNTED
) -> Iterator[str]:
    """Read the newest scores of the suppliers that match, and give them as CSV.

    Parameters
    ----------
    client : Client
        The signed-in person's own: row level security applies.
    wanted : SupplierFilter
        With `me` resolved.
    most : int
        How many ids are asked for at once.

    Returns
    -------
    iterator of str
        First the byte order mark and the header, then a record a row, worst score first.
        Suppliers without a score are left out, as in every export of scores.

    Raises
    ------
    StoreError
        While reading.
    """
    chosen = DATASETS["health"]
    return csv_lines(chosen.header, _rows(client, wanted, most), chosen.instants)


def _rows(client: Client, wanted: SupplierFilter, most: int) -> Iterator[Row]:
    columns = ",".join(DATASETS["health"].columns)
    low = 0 if wanted.score_from is None else wanted.score_from
    high = 100 if wanted.score_to is None else wanted.score_to
    for ids in _ids(client, wanted, low, high, most):
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            query = client.table("supplier_overview").select(columns).in_("supplier_id", chunk)
            found: list[Any] = list(run_request("Exporting suppliers", query.execute).data)
            rows: dict[str, Row] = {row["supplier_id"]: row for row in found}
            yield from (rows[one] for one in chunk if one in rows)


def _ids(
    client: Client, wanted: SupplierFilter, low: int, high: int, most: int
) -> Iterator[list[str]]:
    """Give the ids by bands of scores, each small enough to come whole."""
    band = replace(wanted, score_from=low, score_to=high)
    ids = find_supplier_ids(client, band, most)
    if len(ids) < most:
        yield ids
    elif low < high:
        middle = (low + high) // 2
        yield from _ids(client, wanted, low, middle, most)
        yield from _ids(client, wanted, middle + 1, high, most)
    else:
        # Not half a file that looks whole.
        reason = f"more than {most:,} suppliers have the score {low}; filter for fewer"
        raise StoreError(what="Exporting suppliers", reason=reason)
