"""The audit log: who changed what, page by page."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cs_core.base.csv_rows import csv_lines
from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_filter, to_record

TRIES = 2
PAGE_SIZE = 50
EXPORT_PAGE_SIZE = 1000
NOBODY = "none"  # the job, or an operator in SQL
ANYBODY = "people"


@dataclass(frozen=True)
class AuditFilter:
    """Which changes: all that are given must hold.

    `who` is a person's id, `people` for any, or `none` for the program; `row` a row's key, or a
    supplier's id for all that is about it; `since` and `until` are UTC days, both included.
    """

    who: str | None = None
    table: str | None = None
    row: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class Change:
    """One change.

    `who` is a name, None where no person did it (or the sign-in is gone); `about` the name of
    the person whose role it is about.
    """

    id: int
    happened_at: dt.datetime
    actor_id: str | None
    who: str | None
    about: str | None
    table_name: str
    row_key: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class Choices:
    """What the log can be narrowed by: tables, and people (id -> name); `names` of the team."""

    tables: tuple[str, ...]
    people: Mapping[str, str]
    names: Mapping[str, str]


def fetch_changes(
    client: PersonClient,
    chosen: AuditFilter,
    after: tuple[dt.datetime, int] | None = None,
    limit: int = PAGE_SIZE,
) -> list[Change]:
    """Read changes, the newest first.

    `after`: instant and id of the last one that was read. `limit`: at most 999. One more than that
    are read, if there are.
    """
    rows = _read(client, chosen, after, limit + 1)
    return [to_record(Change, row) for row in rows]


def fetch_choices(client: PersonClient) -> Choices:
    """Read what the log can be narrowed by; see `fetch_changes`."""
    return to_record(
        Choices, call(client, "Reading the audit log", "audit_choices", {}, tries=TRIES)
    )


def export_changes(
    client: PersonClient, chosen: AuditFilter, page_size: int = EXPORT_PAGE_SIZE
) -> Iterator[str]:
    """Read all changes that match and give them as CSV, the newest first.

    Returns
    -------
    iterator of str
        First the byte order mark and the header, then a record a row.
    """
    columns = ("happened_at", "who", "table_name", "row_key", "action", "before", "after")
    return csv_lines(columns, _all(client, chosen, page_size), {"happened_at"})


def _all(client: PersonClient, chosen: AuditFilter, page_size: int) -> Iterator[dict[str, Any]]:
    """Read page after page until an empty one: a short page may only be a capped one."""
    after: tuple[dt.datetime, int] | None = None
    while rows := _read(client, chosen, after, page_size):
        after = (dt.datetime.fromisoformat(rows[-1]["happened_at"]), rows[-1]["id"])
        yield from ({**row, **_as_text(row)} for row in rows)


def _as_text(row: Mapping[str, Any]) -> dict[str, str | None]:
    return {
        side: None if row[side] is None else json.dumps(row[side], ensure_ascii=False)
        for side in ("before", "after")
    }


def _read(
    client: PersonClient, chosen: AuditFilter, after: tuple[dt.datetime, int] | None, limit: int
) -> list[dict[str, Any]]:
    arguments = {
        "p_filter": to_filter(chosen),
        "p_before_at": after[0].isoformat() if after else None,
        "p_before_id": after[1] if after else None,
        "p_limit": limit,
    }
    return list(call(client, "Reading the audit log", "audit_page", arguments, tries=TRIES))
