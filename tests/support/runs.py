"""Short ways to roll up, measure and score on the embedded stack."""

import datetime as dt
import json
import os
import random
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from cs_core.io.run.request import RunRequest, RunResult
from cs_core.io.run.run import run_scoring
from cs_core.io.run.store import FIRST_ID
from embedded.stack import Stack
from tests.conftest import ROOT
from tests.support.events import insert, random_event
from tests.support.morning import Team

Sql = psycopg.Connection[Any]


def end_of(day: str) -> dt.datetime:
    """Return the end of a UTC day, as a date-only --as-of means it."""
    start = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), dt.UTC)
    return start + dt.timedelta(days=1)


@pytest.fixture
def world(sql: Sql, add_supplier: Callable[..., str]) -> list[str]:
    """Thirty suppliers with half a year of random events up to 2026-06-30."""
    sql.execute("insert into core_features values ('calendar', '*'), ('invoicing', 'professional')")
    rng = random.Random(11)
    suppliers = [
        add_supplier(id=str(uuid.UUID(int=rng.getrandbits(128))), business_name=f"Supplier {n}")
        for n in range(30)
    ]
    insert(sql, [random_event(rng, suppliers) for _ in range(1500)])
    return suppliers


@pytest.fixture
def fence(sql: Sql) -> int:
    """A lease to roll up under."""
    answer = sql.execute(
        "select public.begin_run('daily', '2026-06-01', null, 1, 'test', 3600)"
    ).fetchone()
    assert answer is not None
    return int(answer[0]["fence"])


@pytest.fixture
def roll_up(sql: Sql, fence: int) -> Callable[..., int]:
    """A function that rolls up all there is, and returns how many events it read."""

    def run(max_events: int = 500_000, huge: int = 2_000_000) -> int:
        events, done = 0, False
        while not done:
            row = sql.execute(
                "select public.roll_up_step(%s, %s, %s)", (fence, max_events, huge)
            ).fetchone()
            assert row is not None
            events, done = events + row[0]["events"], row[0]["done"]
        return events

    return run


@pytest.fixture
def measures_at(sql: Sql) -> Callable[..., dict[str, dict[str, Any]]]:
    """A function that measures all suppliers at an instant: supplier id -> figures."""

    def measure(as_of: dt.datetime, fresh: bool = False) -> dict[str, dict[str, Any]]:
        row = sql.execute(
            "select public.measure_page(%s, 1, %s, 10000, 'all', null, %s)",
            (as_of, FIRST_ID, fresh),
        ).fetchone()
        assert row is not None
        columns = row[0]["measures"]
        columns.pop("measured_xid")
        ids = columns["supplier_id"]
        return {
            supplier: {name: values[n] for name, values in columns.items()}
            for n, supplier in enumerate(ids)
        }

    return measure


@pytest.fixture
def score(service: Any) -> Callable[..., RunResult]:
    """A function that runs the job in this process for some instants."""

    def run(*as_ofs: dt.datetime, **how: Any) -> RunResult:
        return run_scoring(service, RunRequest(as_ofs=as_ofs, **how))

    return run


@pytest.fixture
def daily_scoring(stack: Stack) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """A function that runs daily_scoring.py as cron does."""

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, str(ROOT / "daily_scoring.py"), *arguments],
            env=os.environ | stack.env | environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def summary(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """Return the JSON line of a run."""
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def stored_rows(sql: Sql) -> dict[str, list[Any]]:
    """Return all that the job wrote, without what tells of the run itself."""
    tables = {
        "customer_health": "supplier_id, score_date",
        "current_health": "supplier_id",
        "transitions": "supplier_id, score_date",
        "interventions": "supplier_id, dedupe_key",
        "success_milestones": "supplier_id, milestone_type",
        "support_interactions": "supplier_id, scheduled_for",
        "team_alerts": "supplier_id, score_date",
    }
    rows = {}
    for table, key in tables.items():
        query = (
            f"select to_jsonb(t) - array['id', 'run_id', 'calculated_at', 'created_at']"
            f" from {table} t order by {key}"
        )
        rows[table] = [row[0] for row in sql.execute(query).fetchall()]  # type: ignore[arg-type]
    return rows


def forget_scores(sql: Sql) -> None:
    sql.execute(
        "truncate customer_health, current_health, transitions, private.subject_activity;"
        "update private.roll_up_state set rolled_up_to = 0, slice = 0"
    )


@pytest.fixture
def team(stack: Stack, service: Any, sql: Sql) -> Iterator[Team]:
    """A team with a mail server that accepts, until it is told otherwise."""
    yield (made := Team(stack, service, sql))
    made.mail_server("accept")
