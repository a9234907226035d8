"""Worlds for the screens: suppliers with 90 scored days and all that was done about them."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

STATEMENTS = (Path(__file__).parent / "page_world.sql").read_text(encoding="utf-8")
DIVIDER = "------\n"
DAYS = 90
BUSY = 5  # the supplier whose page is measured


def supplier_id(number: int) -> str:
    """Return the id of a supplier of these worlds, counted from 1."""
    digest = hashlib.md5(f"supplier {number}".encode(), usedforsecurity=False)
    return str(uuid.UUID(bytes=digest.digest()))


def load_page_world(
    connection: psycopg.Connection[Any],
    suppliers: int,
    today: dt.date,
    say: Callable[[str], None] = lambda text: None,
) -> None:
    """Fill a database that has the schema, and nothing else.

    Parameters
    ----------
    connection : psycopg.Connection
        The database owner's, in autocommit.
    suppliers : int
        At least `BUSY`.
    today : date
        The newest scored day.
    say : callable
        Told what is going on.
    """
    run = connection.execute
    run("set session_replication_role = replica")  # no foreign key checks, no marks
    values = {":suppliers": str(suppliers), ":today": f"'{today}'", ":busy": str(BUSY)}
    for statement in STATEMENTS.split(DIVIDER):
        for name, value in values.items():
            statement = statement.replace(name, value)
        run(statement)
    say(f"{suppliers:,} suppliers: rows loaded")
    run("vacuum analyze")
    for days_ago in range(DAYS - 1, -1, -1):
        # Movers and changes are shown of the newest day alone.
        figures, day = days_ago > 0, today - dt.timedelta(days=days_ago)
        if figures:
            run("select private.note_figures(%s, false)", [day])
        else:
            run("select private.note_day(%s)", [day])
    run("vacuum analyze")
    run("checkpoint")
    say(f"{suppliers:,} suppliers: days noted")
