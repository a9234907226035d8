"""A stack to measure on; in it copies of the two score tables for the job's rivals to write to."""

import contextlib
import datetime as dt
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

from embedded.postgres import free_port
from embedded.stack import Stack

# The same columns, checks, keys and indexes, and the same foreign key.
SCRATCH: LiteralString = """
create table public.bench_health (like public.customer_health including all);
create table public.bench_current (like public.current_health including all);
alter table public.bench_health enable row level security,
  add foreign key (supplier_id) references public.suppliers (id) on delete cascade;
alter table public.bench_current enable row level security,
  add foreign key (supplier_id) references public.suppliers (id) on delete cascade;
grant select, insert, update, delete on public.bench_health, public.bench_current to service_role;
"""

# Yesterday's state, as the job finds it too.
FILL: LiteralString = """
truncate public.bench_health, public.bench_current;
insert into public.bench_current select * from public.current_health order by supplier_id;
vacuum analyze public.bench_current;
"""

COMPARED = (
    "supplier_id", "score_date", "as_of", "tier", "last_login", "health_score", "risk_level",
    "feature_adoption_score", "client_engagement_score", "form_completion_score",
    "journey_performance_score", "login_recency_points", "feature_adoption_points",
    "client_activity_points", "form_completion_points", "journey_performance_points",
    "features_used", "features_core", "clients_active", "clients_known", "forms_sent",
    "forms_completed", "steps_due", "steps_completed", "scorecard_version",
)  # fmt: skip

Row = dict[str, Any]
TABLES = ("customer_health", "current_health", "bench_health", "bench_current")


@contextlib.contextmanager
def running_stack() -> Iterator[Stack]:
    """Start a stack on a folder of its own; stop it and throw it away in the end."""
    with tempfile.TemporaryDirectory(prefix="cs-bench-") as folder:
        stack = Stack(Path(folder), free_port())
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()


def open_database(stack: Stack) -> psycopg.Connection[Any]:
    """Connect as the database's owner, in autocommit."""
    return psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True)


def make_tables(connection: psycopg.Connection[Any]) -> None:
    """Make the scratch tables; the API sees them after its next start."""
    connection.execute(SCRATCH)


def fill_tables(connection: psycopg.Connection[Any]) -> None:
    """Empty the history copy and make the current copy equal to the job's current table."""
    for statement in FILL.split(";"):
        if statement.strip():
            connection.execute(statement)


def fetch_rows(connection: psycopg.Connection[Any], table: str, day: dt.date) -> dict[str, Row]:
    """Return a score table's rows of one day by supplier."""
    assert table in TABLES
    query = f"select {', '.join(COMPARED)} from public.{table} where score_date = %s"
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, [day]).fetchall()
    return {str(row["supplier_id"]): row for row in rows}


def find_differences(ours: dict[str, Row], theirs: dict[str, Row]) -> list[str]:
    """Name what differs between two sets of rows; floats may differ by rounding only."""
    differences = [f"{supplier}: only in one" for supplier in ours.keys() ^ theirs.keys()]
    for supplier in ours.keys() & theirs.keys():
        differences += [
            f"{supplier}: {name} is {ours[supplier][name]} and {theirs[supplier][name]}"
            for name in COMPARED
            if not _equal(ours[supplier][name], theirs[supplier][name])
        ]
    return differences


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, abs_tol=1e-9)
    return bool(one == other)
