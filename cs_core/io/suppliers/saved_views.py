"""Filters that people keep under a name."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cs_core.base.errors import CsError, Duplicate, UsageError
from cs_core.io.base.client import PersonClient, run_request
from cs_core.io.base.rows import to_record

TRIES = 2
MOST = 200
LONGEST_NAME = 80
COLUMNS = "id, owner_id, name, query, is_shared, created_at"


class NameTaken(CsError):
    message = (
        "You have a view called {name} already. Choose another name, or delete that one first."
    )
    exit_code = 2


@dataclass(frozen=True)
class SavedView:
    """A filter under a name. `query` is what follows the question mark of an address."""

    id: str
    owner_id: str
    name: str
    query: str
    is_shared: bool
    created_at: dt.datetime


def fetch_views(client: PersonClient, person_id: str) -> list[SavedView]:
    """Read one's own views and then those that others share, each by name; at most 200."""
    views = client.table("saved_views").select(COLUMNS).order("name").order("id").limit(MOST)
    found = _read(views)
    if len(found) == MOST:
        # Others share so many that one's own may be behind them.
        found = [*_read(views.eq("owner_id", person_id)), *found]
    rows = {row["id"]: row for row in sorted(found, key=lambda row: row["owner_id"] != person_id)}
    return [to_record(SavedView, row) for row in list(rows.values())[:MOST]]


def _read(query: Any) -> list[Any]:
    return list(run_request("Reading saved views", query.execute, tries=TRIES).data)


def save_view(
    client: PersonClient, person_id: str, name: str, query: str, *, is_shared: bool = False
) -> SavedView:
    """Keep a filter under a name.

    Parameters
    ----------
    person_id : str
        Whose it is: the signed-in person's id.
    name : str
        1 to 80 characters, not the name of another of one's views.
    query : str
        At most 2000 characters.
    is_shared : bool
        Whether the whole team sees it.

    Raises
    ------
    UsageError
        If the name is empty or too long.
    NameTaken
        If the person has a view of that name.
    """
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= LONGEST_NAME:
        raise UsageError(problem=f"A view needs a name of 1 to {LONGEST_NAME} characters.")
    row = {"owner_id": person_id, "name": clean, "query": query, "is_shared": is_shared}
    insert = client.table("saved_views").insert(row)
    rows = _write("Saving the view", insert, clean)
    return to_record(SavedView, rows[0])


def change_view(
    client: PersonClient,
    view_id: str,
    *,
    name: str | None = None,
    query: str | None = None,
    is_shared: bool | None = None,
) -> bool:
    """Change what is given of one's own view; False where there is none."""
    clean = " ".join(name.split()) if name is not None else None
    if clean is not None and not 1 <= len(clean) <= LONGEST_NAME:
        raise UsageError(problem=f"A view needs a name of 1 to {LONGEST_NAME} characters.")
    given = {"name": clean, "query": query, "is_shared": is_shared}
    changed = {key: value for key, value in given.items() if value is not None}
    update = client.table("saved_views").update(changed).eq("id", view_id)
    return bool(_write("Changing the view", update, clean or ""))


def delete_view(client: PersonClient, view_id: str) -> bool:
    """Delete one's own view; False where there is none."""
    delete = client.table("saved_views").delete().eq("id", view_id)
    return bool(run_request("Deleting the view", delete.execute, tries=TRIES).data)


def _write(what: str, query: Any, name: str) -> list[Any]:
    try:
        return list(run_request(what, query.execute, tries=1).data)
    except Duplicate as error:
        raise NameTaken(name=name) from error
