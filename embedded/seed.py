"""Fills an empty database with a demo world."""

from collections.abc import Callable, Iterator
from typing import Any, LiteralString

import numpy as np
import pandas as pd
import psycopg

from cs_core.base.errors import CsError
from embedded.world import World

# The roll-up takes one transaction's events at a time: keep each digestible.
BATCH_ROWS = 200_000

COPY_SUPPLIERS = """
copy public.suppliers (id, business_name, contact_name, email, phone, category, tier, status,
  timezone, monthly_revenue, signed_up_at, onboarded_at, trial_ends_at, paused_at, churned_at,
  email_opt_out) from stdin
"""
COPY_EVENTS = """
copy public.activity_events (id, supplier_id, event_type, subject, occurred_at, received_at)
from stdin
"""

Progress = Callable[[int, int], None]


class WorldError(CsError):
    message = "The database already holds suppliers; a demo world needs one that has none."
    exit_code = 2


def load_world(
    world: World, database_url: str, progress: Progress = lambda done, total: None
) -> None:
    """Write a world into a database that has the schema but no suppliers.

    Suppliers and core features are written in one transaction, events in transactions of
    up to `BATCH_ROWS` rows, in the order in which they were received. `progress` is called with
    (rows done, rows in all) after each.

    Raises
    ------
    WorldError
        If there are suppliers already. Nothing is written then.
    psycopg.Error
        If the database refuses something; what was committed before stays.
    """
    total = len(world.suppliers) + len(world.core_features) + len(world.events)
    done = len(world.suppliers) + len(world.core_features)
    with psycopg.connect(database_url, autocommit=True) as connection:
        with connection.transaction():
            # Two seeders at once must not both find the table empty.
            connection.execute("lock table public.suppliers in share row exclusive mode")
            if connection.execute("select 1 from public.suppliers limit 1").fetchone():
                raise WorldError()
            _copy(connection, COPY_SUPPLIERS, world.suppliers)
            connection.cursor().executemany(
                "insert into public.core_features (feature, tier) values (%s, %s)"
                " on conflict do nothing",
                list(world.core_features.itertuples(index=False, name=None)),
            )
        progress(done, total)
        for start in range(0, len(world.events), BATCH_ROWS):
            batch = world.events.iloc[start : start + BATCH_ROWS]
            with connection.transaction():
                _copy(connection, COPY_EVENTS, batch)
            done += len(batch)
            progress(done, total)
        # Without statistics the first daily run would plan for empty tables.
        connection.execute("analyze public.suppliers, public.core_features, public.activity_events")


def _copy(connection: psycopg.Connection, statement: LiteralString, frame: pd.DataFrame) -> None:
    """Send a frame's rows, whose columns are in the statement's order."""
    with connection.cursor().copy(statement) as copy:
        for row in _rows(frame):
            copy.write_row(row)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield rows of plain values, None where there is none."""
    return zip(*(_plain(column) for _, column in frame.items()), strict=True)


def _plain(column: pd.Series) -> list[Any]:
    """Turn a column into values that COPY takes as text."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        # Formatted by numpy at once: a Python datetime each would take most of the time.
        instants = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
        values = np.datetime_as_string(instants.astype("datetime64[us]"), timezone="UTC")
    else:
        values = column.to_numpy(dtype=object)
    return [
        None if gone else value
        for value, gone in zip(values.tolist(), column.isna().to_numpy(), strict=True)
    ]
