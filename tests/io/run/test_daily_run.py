"""The job as cron runs it: once, twice, killed, two at once, dry, backwards."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.base.errors import LeaseHeld
from embedded.stack import Stack
from tests.conftest import ROOT
from tests.support.events import insert, random_event
from tests.support.runs import Sql, end_of, forget_scores, stored_rows, summary

pytestmark = pytest.mark.slow

Job = Callable[..., "subprocess.CompletedProcess[str]"]


def test_a_run_scores_every_active_supplier_and_says_so(
    world: list[str], sql: Sql, daily_scoring: Job
) -> None:
    said = summary(daily_scoring("--as-of", "2026-06-30", "--json"))
    levels = dict(
        sql.execute("select risk_level, count(*) from current_health group by 1").fetchall()
    )
    assert said["suppliers_scored"] == 30 == sum(levels.values())
    assert {level: said[level] for level in levels} == levels
    assert said["events_rolled_up"] == 1500
    (run,) = sql.execute("select to_jsonb(r) from runs r").fetchone() or ()
    assert run["status"] == "done"
    assert (run["suppliers_scored"], run["critical"]) == (30, said["critical"])
    assert set(run["seconds"]) == {"roll_up", "measure", "score", "save", "total"}


def test_running_twice_gives_the_same_rows(world: list[str], sql: Sql, daily_scoring: Job) -> None:
    summary(daily_scoring("--as-of", "2026-06-30", "--json"))
    once = stored_rows(sql)
    assert len(once["customer_health"]) == 30
    summary(daily_scoring("--as-of", "2026-06-30", "--json"))
    assert stored_rows(sql) == once


# Runs in a process of its own, in pages of four, with a lease of one second, and kills itself
# as kill -9 would at the given point.
KILLED = """
import datetime as dt, os, signal, sys
from cs_core.io.run import store as run_store
from cs_core.io.run import run as scoring_run
from cs_core.io.base.config import load_settings
from cs_core.io.base.client import connect_service
run_store.LEASE_SECONDS = 1.0
point, days = int(sys.argv[1]), int(sys.argv[2])
pages = 0
def die(): os.kill(os.getpid(), signal.SIGKILL)
def progress(suppliers):
    global pages
    pages += 1
    if pages == point: die()
real = run_store.roll_up_step
def roll_up_step(client, run):
    if point == -1: die()
    answer = real(client, run)
    if point == 0: die()
    return answer
run_store.roll_up_step = roll_up_step
end = dt.datetime(2026, 7, 1, tzinfo=dt.timezone.utc)
as_ofs = tuple(end - dt.timedelta(days=n) for n in reversed(range(days)))
kind = "backfill" if days > 1 else "daily"
request = scoring_run.RunRequest(as_ofs=as_ofs, kind=kind, page_size=4)
scoring_run.run_scoring(connect_service(load_settings()), request, progress)
"""


def run_and_die(stack: Stack, point: int, days: int) -> int:
    process = subprocess.run(
        [sys.executable, "-c", KILLED, str(point), str(days)],
        env=os.environ | stack.env,
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    return process.returncode


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What a clean run left, kept for the module: the world is the same each time."""
    return {}


@pytest.fixture
def clean(seen: dict[str, Any], world: list[str], sql: Sql, stack: Stack) -> dict[str, list[Any]]:
    """The rows of one clean run, on a database that has forgotten it."""
    if not seen:
        assert run_and_die(stack, point=999, days=1) == 0
        assert sql.execute("select status, error from runs").fetchall() == [("done", None)]
        seen.update(stored_rows(sql))
        forget_scores(sql)
        sql.execute("delete from runs")
    return seen


@pytest.mark.parametrize("point", [-1, 0, 1, 4, 8], ids=lambda p: f"killed at {p}")
def test_a_killed_run_that_is_run_again_gives_the_rows_of_one_clean_run(
    point: int, clean: dict[str, list[Any]], sql: Sql, stack: Stack
) -> None:
    assert run_and_die(stack, point=point, days=1) == -signal.SIGKILL
    assert run_and_die(stack, point=999, days=1) == 0
    assert stored_rows(sql) == clean
    states = sql.execute("select status, error from runs order by started_at").fetchall()
    assert states == [("failed", "It stopped without finishing."), ("done", None)]


def test_a_killed_backfill_that_is_run_again_gives_the_rows_of_one_clean_run(
    world: list[str], sql: Sql, stack: Stack
) -> None:
    assert run_and_die(stack, point=999, days=12) == 0
    clean = stored_rows(sql)
    assert len(clean["transitions"]) > 10
    forget_scores(sql)
    assert run_and_die(stack, point=45, days=12) == -signal.SIGKILL
    assert run_and_die(stack, point=999, days=12) == 0
    assert stored_rows(sql) == clean


def test_of_two_runs_at_once_one_works_and_the_rows_are_those_of_one(
    world: list[str], sql: Sql, stack: Stack
) -> None:
    command = [sys.executable, "daily_scoring.py", "--backfill", "2026-06-01", "2026-06-30"]
    both = [
        subprocess.Popen(
            command,
            env=os.environ | stack.env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1] for process in both]
    codes = sorted(process.returncode for process in both)
    assert codes in ([0, 3], [0, 0]), said
    if codes == [0, 3]:
        assert "Another run holds the lease" in "".join(said)
    together = stored_rows(sql)
    forget_scores(sql)
    assert (
        subprocess.run(command, env=os.environ | stack.env, cwd=ROOT, check=False).returncode == 0
    )
    assert stored_rows(sql) == together


def test_a_run_finds_a_living_holder_and_leaves_with_code_3(
    world: list[str], sql: Sql, score: Callable[..., Any], service: Any
) -> None:
    from cs_core.io.run import store as run_store

    holder = run_store.begin_run(service, "daily", end_of("2026-06-30"), None, 1, "the other one")
    seen: list[LeaseHeld] = []
    import threading

    def try_it() -> None:
        try:
            score(end_of("2026-06-30"))
        except LeaseHeld as error:
            seen.append(error)

    second = threading.Thread(target=try_it)
    second.start()
    while second.is_alive():
        assert run_store.renew_lease(service, holder, 5)
        second.join(0.2)
    assert seen[0].exit_code == 3
    assert "the other one" in str(seen[0])
    assert sql.execute("select count(*) from customer_health").fetchone() == (0,)


def test_a_run_that_lost_its_lease_writes_nothing_more(
    world: list[str], sql: Sql, score: Callable[..., Any], service: Any
) -> None:
    from cs_core.io.run.store import LeaseLost
    from cs_core.io.suppliers.names import supplier_exists

    def lose(suppliers: int) -> None:
        sql.execute("update private.run_lease set fence = fence + 1, holder = 'another'")

    from cs_core.io.run.run import RunRequest, run_scoring

    request = RunRequest(as_ofs=(end_of("2026-06-30"),), page_size=4)
    with pytest.raises(LeaseLost, match="taken over by another run"):
        run_scoring(service, request, lose)
    saved = sql.execute("select count(*) from customer_health").fetchone()
    assert saved is not None
    assert saved[0] < 30
    assert supplier_exists(service, world[0])


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(
    world: list[str], sql: Sql, daily_scoring: Job
) -> None:
    summary(daily_scoring("--as-of", "2026-06-20", "--json"))
    insert(sql, [random_event(random.Random(5), world) for _ in range(50)])
    before = stored_rows(sql)
    dry = daily_scoring("--as-of", "2026-06-30", "--dry-run")
    assert dry.returncode == 0
    assert dry.stdout.startswith("Would score 30 suppliers for 30 Jun 2026")
    assert dry.stdout.endswith("Nothing was written.\n")
    said = summary(daily_scoring("--as-of", "2026-06-30", "--dry-run", "--json"))
    assert stored_rows(sql) == before
    assert sql.execute("select count(*) from runs").fetchone() == (1,)
    done = summary(daily_scoring("--as-of", "2026-06-30", "--json"))
    for figure in ("suppliers_scored", "healthy", "at_risk", "critical", "transitions"):
        assert said[figure] == done[figure]
    assert len(said["level_changes"]) == min(said["transitions"], 20) > 0


def test_a_backfill_gives_the_rows_that_daily_runs_would_have_given(
    world: list[str], sql: Sql, daily_scoring: Job
) -> None:
    for day in ("2026-06-26", "2026-06-27", "2026-06-28", "2026-06-29", "2026-06-30"):
        summary(daily_scoring("--as-of", day, "--json"))
    daily = stored_rows(sql)
    forget_scores(sql)
    summary(daily_scoring("--backfill", "2026-06-26", "2026-06-30", "--json"))
    assert stored_rows(sql) == daily


def test_days_scored_in_any_order_give_the_same_history(
    world: list[str], sql: Sql, score: Callable[..., Any]
) -> None:
    days = [end_of(f"2026-06-{day}") for day in range(20, 31)]
    score(*days, kind="backfill")
    in_order = stored_rows(sql)
    assert in_order["transitions"]
    forget_scores(sql)
    random.Random(2).shuffle(days)
    for day in days:
        score(day)
    assert stored_rows(sql) == in_order


def test_the_history_has_partitions_ahead_that_nobody_reads_directly(
    world: list[str], sql: Sql, score: Callable[..., Any]
) -> None:
    score(end_of("2026-06-30"))
    names = {
        row[0]
        for row in sql.execute(
            "select inhrelid::regclass::text from pg_inherits"
            " where inhparent = 'customer_health'::regclass"
        )
    }
    assert {"customer_health_2026_06", "customer_health_2026_07"} <= names


def test_a_past_day_keeps_its_scorecard_and_its_tier(
    world: list[str], sql: Sql, score: Callable[..., Any]
) -> None:
    score(end_of("2026-06-28"), end_of("2026-06-29"), kind="backfill")
    before = stored_rows(sql)
    sql.execute("update suppliers set tier = 'starter'")
    sql.execute(
        "insert into scorecards (version, definition) select 2,"
        " jsonb_set(definition, '{thresholds,at_risk_below}', '80') from scorecards"
    )
    score(end_of("2026-06-28"))
    assert stored_rows(sql) == before


def test_one_supplier_is_scored_alone(world: list[str], sql: Sql, daily_scoring: Job) -> None:
    said = summary(daily_scoring("--supplier", world[2], "--json"))
    assert said["suppliers_scored"] == 1
    assert sql.execute("select supplier_id::text from current_health").fetchall() == [(world[2],)]


def test_a_first_score_is_no_transition_and_a_later_level_is(
    sql: Sql, score: Callable[..., Any], add_supplier: Callable[..., str], add_events: Any
) -> None:
    supplier = add_supplier()
    sql.execute("insert into core_features values ('calendar', '*')")
    add_events(
        (supplier, "login", None, "2026-06-01T12:00:00Z"),
        (supplier, "feature_used", "calendar", "2026-06-01T12:00:00Z"),
        (supplier, "client_active", "client-1", "2026-06-01T12:00:00Z"),
    )
    assert score(end_of("2026-06-01")).totals["transitions"] == 0
    score(end_of("2026-06-02"))
    assert score(end_of("2026-06-20")).totals["transitions"] == 1
    found = sql.execute(
        "select score_date::text, from_level, to_level, from_score, to_score from transitions"
    ).fetchall()
    assert found == [("2026-06-20", "healthy", "at_risk", 100, 62)]


def test_inactive_suppliers_are_left_alone_and_their_last_score_stays(
    sql: Sql, score: Callable[..., Any], add_supplier: Callable[..., str]
) -> None:
    leaving = add_supplier()
    paused = add_supplier(status="paused", paused_at="2026-06-05T00:00:00Z")
    add_supplier(signed_up_at="2026-06-30T00:00:00Z")
    trial = add_supplier(status="trial", trial_ends_at="2026-07-05T00:00:00Z")
    assert score(end_of("2026-06-01")).totals["suppliers_scored"] == 3
    sql.execute(
        "update suppliers set status = 'churned', churned_at = '2026-06-03' where id = %s",
        (leaving,),
    )
    score(end_of("2026-06-10"))
    newest = dict(
        sql.execute("select supplier_id::text, score_date::text from current_health").fetchall()
    )
    assert newest == {leaving: "2026-06-01", paused: "2026-06-01", trial: "2026-06-10"}
    score(end_of("2026-06-02"))
    days = sql.execute(
        "select count(*) from customer_health where supplier_id = %s", (leaving,)
    ).fetchone()
    assert days == (2,), "a past day is scored with what was known then"


def test_recommendations_are_stored_with_the_score(
    world: list[str], sql: Sql, score: Callable[..., Any]
) -> None:
    score(end_of("2026-06-30"))
    rows = sql.execute(
        "select h.recommendations, c.recommendations, c.recommendation_keys"
        " from customer_health h join current_health c using (supplier_id)"
    ).fetchall()
    assert all(stored == current for stored, current, _ in rows)
    assert all(len(stored) == len(keys) <= 3 for stored, _, keys in rows)
    by_key = {key: text for _, texts, keys in rows for key, text in zip(keys, texts, strict=True)}
    assert "clients active in the last 30 days" in by_key["few_active_clients"]


def test_a_run_stopped_by_a_signal_closes_its_run_and_gives_the_lease_back(
    world: list[str], sql: Sql, stack: Stack, daily_scoring: Job
) -> None:
    command = [sys.executable, "daily_scoring.py", "--backfill", "2026-05-02", "2026-06-30"]
    with subprocess.Popen(
        command, env=os.environ | stack.env, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        while not sql.execute("select 1 from customer_health limit 1").fetchone():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate()
    assert process.returncode == 1
    assert "was stopped by a signal" in said
    row = sql.execute("select status, error from runs").fetchone()
    assert row is not None
    assert row[0] == "failed"
    assert "stopped by a signal" in row[1]
    summary(daily_scoring("--as-of", "2026-06-30", "--json"))
