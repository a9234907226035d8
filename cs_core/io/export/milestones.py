"""The CSV of the list of milestones, with its filters: all its pages."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from cs_core.base.csv_rows import csv_lines
from cs_core.io.base.client import PersonClient
from cs_core.io.export.instant_pages import read_by_instant
from cs_core.io.export.tables import DATASETS, PAGE_SIZE


def export_milestone_list(
    client: PersonClient,
    since: dt.datetime | None = None,
    milestone_type: str | None = None,
    page_size: int = PAGE_SIZE,
) -> Iterator[str]:
    """Read what suppliers reached and give it as CSV, the newest first, as the list does.

    Parameters
    ----------
    since : datetime, optional
        Since ever without.
    milestone_type : str, optional
        All of them without.
    page_size : int
        Rows asked for at a time; at most 1000.
    """
    dataset = DATASETS["milestones"]

    def select() -> Any:
        query = client.table(dataset.view).select(",".join(dataset.columns))
        if since is not None:
            query = query.gte("achieved_at", since.isoformat())
        return query.eq("milestone_type", milestone_type) if milestone_type else query

    rows = read_by_instant("Exporting milestones", select, "achieved_at", "milestone_id", page_size)
    return csv_lines(dataset.header, rows, dataset.instants)
