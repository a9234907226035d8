"""What tells an operator that a run did not happen."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.run.last_run import judge_last_run
from embedded.stack import Stack
from tests.conftest import ROOT
from tests.support.runs import summary

NOW = dt.datetime(2026, 11, 22, 6, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def run(status: str, hours_ago: float, **more: Any) -> dict[str, Any]:
    began = NOW - hours_ago * HOUR
    return {
        "status": status,
        "started_at": began,
        "finished_at": None if status == "running" else began,
        "suppliers_scored": 1752,
        "error": None,
        "is_alive": True,
    } | more


@pytest.mark.parametrize(
    ("newest", "ok", "words"),
    [
        (None, False, "There has been no daily run yet"),
        (run("done", 0.5), True, "scored 1,752 suppliers, done 0.5 hours ago."),
        (run("done", 2), True, "done 2.0 hours ago."),
        (run("done", 2.01), False, "there should have been a newer one"),
        (run("failed", 0.1, error="Saving scores failed."), False, "failed: Saving scores failed."),
        (run("running", 0.1), True, "is at work"),
        (run("running", 3), False, "is at work"),
        (run("running", 0.1, is_alive=False), False, "stopped without finishing"),
    ],
)
def test_the_newest_run_is_judged_by_how_it_ended_and_by_its_age(
    newest: dict[str, Any] | None, ok: bool, words: str
) -> None:
    verdict, sentence = judge_last_run(newest, NOW, 2 * HOUR)
    assert verdict == ok
    assert words in sentence


def last_run(stack: Stack, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cs_core", "last-run", *arguments],
        env=os.environ | stack.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_last_run_is_silent_on_standard_error_while_all_is_well(
    sql: Any, stack: Stack, add_supplier: Callable[..., str], daily_scoring: Callable[..., Any]
) -> None:
    missing = last_run(stack)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "no daily run yet" in missing.stderr
    add_supplier()
    summary(daily_scoring("--json"))
    fine = last_run(stack)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert "scored 1 supplier," in fine.stdout
    sql.execute("update runs set finished_at = now() - interval '3 hours'")
    summary(daily_scoring("--as-of", "2026-06-01", "--json"))  # says nothing of today
    assert last_run(stack, "--max-age-hours", "2").returncode == 1
    assert last_run(stack, "--max-age-hours", "0").returncode == 2


def test_last_run_notices_a_run_that_was_killed(sql: Any, stack: Stack) -> None:
    sql.execute("select public.begin_run('daily', now(), null, 1, 'killed', 3600)")
    assert last_run(stack).returncode == 0
    sql.execute("update private.run_lease set expires_at = now() - interval '1 second'")
    killed = last_run(stack)
    assert killed.returncode == 1
    assert "stopped without finishing" in killed.stderr
