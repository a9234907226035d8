"""Rows in the order of an instant, page after page by key: any length fits in little memory."""

from collections.abc import Callable, Iterator
from typing import Any

from cs_core.io.base.client import run_request

Row = dict[str, Any]


def read_by_instant(
    what: str,
    select: Callable[[], Any],
    instant: str,
    key: str,
    page_size: int,
    *,
    newest_first: bool = True,
) -> Iterator[Row]:
    """Read rows in the order of an instant, those of the same one by their id.

    Parameters
    ----------
    what : str
        What is being done, for the error.
    select : callable
        Gives the query without order and limit, anew for each page.
    instant : str
        A column that is never null in these rows, and that the query selects by its name.
    key : str
        Under which name the query selects the column `id`.
    page_size : int
        At most 1000.
    """
    last: Row | None = None
    beyond = "lt" if newest_first else "gt"
    while True:  # until an empty page: a short one may only be a capped one
        query = select()
        if last is not None:
            at = last[instant]
            # The bound on the first column says nothing new, but lets Postgres use the index.
            query = query.lte(instant, at) if newest_first else query.gte(instant, at)
            same = f'and({instant}.eq."{at}",id.gt.{last[key]})'
            query = query.or_(f'{instant}.{beyond}."{at}",{same}')
        query = query.order(instant, desc=newest_first).order("id").limit(page_size)
        page: list[Row] = run_request(what, query.execute).data
        if not page:
            return
        last = page[-1]
        yield from page


def read_by_id(what: str, select: Callable[[], Any], key: str, page_size: int) -> Iterator[Row]:
    """Read rows in the order of their id; the parameters are those of `read_by_instant`."""
    last: Row | None = None
    while True:
        query = select()
        if last is not None:
            query = query.gt("id", last[key])
        page: list[Row] = run_request(what, query.order("id").limit(page_size).execute).data
        if not page:
            return
        last = page[-1]
        yield from page
