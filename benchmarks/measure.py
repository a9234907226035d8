"""One world from its making to its figures: the job, its two rivals, and whether all agree."""

import datetime as dt
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import scratch
from benchmarks.job import Measured, run_job
from benchmarks.loop import run_loop
from benchmarks.outreach import OutreachFigures, measure_outreach
from benchmarks.worlds import Loader, World
from cs_core.io.base.client import connect_service
from cs_core.io.base.config import load_settings
from embedded.stack import Stack

STATEMENT = (Path(__file__).parent / "statement.sql").read_text(encoding="utf-8")
STATEMENT_RUNS = 3
SAMPLE = 200

Say = Callable[[str], None]


@dataclass(frozen=True)
class Figures:
    """What was measured on one world, in seconds."""

    world: World
    events: int  # in the database at the nightly run
    # The three runs of the job.
    first: Measured
    nightly: Measured
    changed: Measured
    loop_sample: int  # suppliers the loop was timed on
    loop_seconds: float  # it took for these
    statement_seconds: tuple[float, ...]
    outreach: OutreachFigures
    # Where rows of the loop or the statement are not the job's; empty when all agree.
    differences: list[str]

    @property
    def loop(self) -> float:
        """Seconds the loop would take for all suppliers scored."""
        scored = self.nightly.summary["suppliers_scored"]
        return self.loop_seconds / self.loop_sample * float(scored)

    @property
    def statement(self) -> float:
        """Seconds of the statement's median run."""
        return statistics.median(self.statement_seconds)


def measure_world(world: World, today: dt.date, sample: int = SAMPLE, say: Say = print) -> Figures:
    """Make a world in a stack of its own, measure on it, and throw it away.

    Parameters
    ----------
    today : date
        The day the nightly run speaks for; two days ago at least, as a run that speaks for
        today would mail everybody.
    sample : int
        Suppliers to time the loop on.
    say : callable
        Told what is going on.
    """
    with scratch.running_stack() as stack:
        with scratch.open_database(stack) as connection:
            loader = Loader(world, connection, today)
            loader.load_history(
                lambda day: say(f"{world.name}: day {day} loaded") if day % 10 == 0 else None
            )
            scratch.make_tables(connection)
        with scratch.open_database(stack) as connection:
            loader.connection = connection
            return _measure(stack, loader, sample, say)


def _measure(stack: Stack, loader: Loader, sample: int, say: Say) -> Figures:
    connection, world, at = loader.connection, loader.world, loader.nightly_at

    def job(what: str, as_of: dt.datetime, *options: str) -> Measured:
        done = run_job(stack.env, as_of, *options)
        say(f"{world.name}: {what} {done.wall_seconds:.1f} s, {done.summary['seconds']}")
        return done

    first = job("first run", at - dt.timedelta(days=1))
    # What production has a day for.
    connection.execute("vacuum analyze")
    connection.execute("checkpoint")
    scratch.fill_tables(connection)
    loader.load_day()
    nightly = job("nightly run", at)
    events = _number(connection, "select count(*) from public.activity_events")

    differences = []
    day = (at - dt.timedelta(microseconds=1)).date()
    ours = scratch.fetch_rows(connection, "customer_health", day)
    differences += _compare(connection, "current_health", ours, day)
    loader.load_hour()
    changed = job("changed only", at + dt.timedelta(hours=1), "--changed-only")

    # The rivals speak for the nightly instant; what came after it does not count for them.
    ids = sorted(ours)
    chosen = ids[:: max(1, len(ids) // sample)][:sample]
    loop_seconds = run_loop(connect_service(load_settings(stack.env)), at, chosen)
    say(f"{world.name}: loop {loop_seconds / len(chosen) * 1000:.1f} ms a supplier")
    sampled = {supplier: ours[supplier] for supplier in chosen}
    differences += _compare(connection, "bench_health", sampled, day)

    times = []
    for _ in range(STATEMENT_RUNS):
        connection.execute("truncate public.bench_health")
        times.append(run_statement(connection, at))
        say(f"{world.name}: statement {times[-1]:.1f} s")
    differences += _compare(connection, "bench_health", ours, day)
    differences += _compare(connection, "bench_current", ours, day)
    outreach = measure_outreach(stack, at)
    say(f"{world.name}: contacts {outreach.nightly.seconds}")
    return Figures(
        world,
        events,
        first,
        nightly,
        changed,
        len(chosen),
        loop_seconds,
        tuple(times),
        outreach,
        differences,
    )


def run_statement(connection: psycopg.Connection[Any], as_of: dt.datetime) -> float:
    """Score all suppliers by the one SQL statement; return the seconds it took."""
    score_date = (as_of - dt.timedelta(microseconds=1)).date()
    midnight = dt.datetime.combine(score_date, dt.time(), dt.UTC)
    values = {
        "as_of": as_of,
        "score_date": score_date,
        "since_30": midnight - dt.timedelta(days=29),
        "since_90": midnight - dt.timedelta(days=89),
    }
    # Whoever writes such a statement gives it memory.
    connection.execute("set work_mem = '256MB'")
    start = time.perf_counter()
    # The values inside the text: the planner then knows them.
    psycopg.ClientCursor(connection).execute(STATEMENT, values)
    seconds = time.perf_counter() - start
    connection.execute("reset work_mem")
    return seconds


def _compare(
    connection: psycopg.Connection[Any], table: str, ours: dict[str, Any], day: dt.date
) -> list[str]:
    differences = scratch.find_differences(ours, scratch.fetch_rows(connection, table, day))
    return [f"{table}, {difference}" for difference in differences]


def _number(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])
