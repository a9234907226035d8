"""A morning that happens twice, in pieces, or twice at once: everybody is contacted once."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.io.base.client import connect_service
from cs_core.io.dispatch import dispatch
from embedded.stack import Stack
from tests.conftest import ROOT
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import DAY, World, forget_outreach, outcomes, whom
from tests.support.runs import Sql, forget_scores, stored_rows

pytestmark = pytest.mark.slow

MORNING = morning_of("2026-06-10")
MAILED = ["ash@supplier.example", "cs-team@wedsync.example", "hazel@supplier.example"]


def begin(
    now: dt.datetime, add_supplier: Any, add_events: Any, sql: Sql, score: Callable[..., Any]
) -> None:
    """Make the world of a morning, scored on the day before."""
    World(add_supplier, add_events, sql, now).everybody()
    score(now - DAY)


@pytest.fixture
def morning(add_supplier: Any, add_events: Any, sql: Sql, score: Callable[..., Any]) -> None:
    begin(MORNING, add_supplier, add_events, sql, score)


def test_the_same_morning_twice_contacts_everybody_once(
    morning: None, team: Team, sql: Sql
) -> None:
    first = team.run("2026-06-10")
    # Six calls, two mails of suppliers, five messages in the product; one opted out, one without.
    assert (first.totals["interventions"], first.totals["suppressed"]) == (12, 2)
    assert whom(team.new_mails()) == MAILED
    rows, once = stored_rows(sql), outcomes(sql)
    again = team.run("2026-06-10")
    assert stored_rows(sql) == rows
    assert outcomes(sql) == once
    assert team.new_mails() == []
    assert not {again.totals[name] for name in ("interventions", "suppressed", "alerts")} - {0}


def test_a_later_run_of_the_same_day_adds_nothing(morning: None, team: Team, sql: Sql) -> None:
    team.run("2026-06-10")
    once = outcomes(sql)
    noon = MORNING + dt.timedelta(hours=6)
    team.decide(noon)
    team.send(noon)
    assert outcomes(sql) == once


@pytest.mark.parametrize("page_size", [1, 3])
def test_pages_of_any_size_give_the_same_rows(
    page_size: int, morning: None, team: Team, sql: Sql, score: Callable[..., Any]
) -> None:
    team.run("2026-06-10")
    in_one_page = outcomes(sql)
    forget_outreach(sql)
    score(MORNING - DAY)
    done = team.run("2026-06-10", page_size=page_size)
    assert done.totals["pages"] == -(-7 // page_size)  # one of the eight is paused
    assert outcomes(sql) == in_one_page


# ============ killed ============

# daily_scoring.py in pages of two and batches of two, with a lease and claims of one second,
# that kills itself as kill -9 would at a point, the first or the n-th time it comes there.
KILLED = """
import functools, os, signal, sys
import daily_scoring
from cs_core.io.mail import outbox
from cs_core.io.run import request as run_request
from cs_core.io.run import store as run_store
from cs_core.io.run import pages as scoring_pages
from cs_core.io.run import run as scoring_run
from cs_core.io.mail import smtp
from cs_core.io.mail import compose
run_store.LEASE_SECONDS = outbox.CLAIM_SECONDS = 1.0
compose.BATCH = outbox.BATCH = 2
run_request.RunRequest = functools.partial(run_request.RunRequest, page_size=2)
scoring_pages.SAVES_AT_ONCE = 1
point, left = sys.argv[1], int(sys.argv[2])

def deadly(name, module, function, when):
    real = getattr(module, function)
    @functools.wraps(real)
    def wrapped(*given, **more):
        global left
        left -= name == point
        if name == point and left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = real(*given, **more)
        if name == point and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    setattr(module, function, wrapped)

deadly("a page", run_store, "save_page", "after")
deadly("before the alert", scoring_run, "queue_team_alert", "before")
deadly("before writing", compose, "supplier_values", "before")
deadly("before a mail", smtp.MailConnection, "send", "before")
deadly("after a mail", smtp.MailConnection, "send", "after")
sys.exit(daily_scoring.main(sys.argv[3:]))
"""


def run_and_die(stack: Stack, point: str, time: int) -> int:
    return subprocess.run(
        [sys.executable, "-c", KILLED, point, str(time)],
        env=os.environ | stack.env,
        cwd=ROOT,
        capture_output=True,
        check=False,
    ).returncode


@pytest.fixture
def clean(
    add_supplier: Any, add_events: Any, sql: Sql, score: Callable[..., Any], team: Team
) -> dict[str, list[Any]]:
    """What one run of this very morning does, undone again; the mail it sent is not asked for."""
    now = dt.datetime.now(dt.UTC)
    begin(now, add_supplier, add_events, sql, score)
    team.decide(now)
    team.send(now)
    assert whom(team.new_mails()) == MAILED
    rows = outcomes(sql)
    forget_outreach(sql)
    score(now - DAY)
    return rows


@pytest.mark.parametrize(
    ("point", "time"),
    [
        ("a page", 2),
        ("before the alert", 1),
        ("before writing", 3),
    ],
)
def test_a_killed_run_that_is_run_again_contacts_everybody_once(
    point: str, time: int, clean: dict[str, list[Any]], stack: Stack, sql: Sql, team: Team
) -> None:
    assert run_and_die(stack, point, time) == -signal.SIGKILL
    assert outcomes(sql) != clean
    assert run_and_die(stack, "nowhere", 0) == 0
    assert outcomes(sql) == clean
    assert whom(team.new_mails()) == MAILED


@pytest.mark.parametrize(("point", "arrived"), [("before a mail", 1), ("after a mail", 2)])
def test_a_run_killed_while_it_sends_leaves_that_one_mail_to_a_person(
    point: str, arrived: int, clean: dict[str, list[Any]], stack: Stack, sql: Sql, team: Team
) -> None:
    assert run_and_die(stack, point, 2) == -signal.SIGKILL
    assert len(team.new_mails()) == arrived
    before = sql.execute("select id from outbox where status = 'sending'").fetchall()
    assert len(before) == 1
    assert run_and_die(stack, "nowhere", 0) == 0
    # The one that may have arrived is not sent again, the third is.
    assert len(team.new_mails()) == 1
    dead = sql.execute("select id, last_error from outbox where status = 'dead'").fetchall()
    assert [row[0] for row in dead] == [before[0][0]]
    assert "may have arrived" in dead[0][1]
    failed = sql.execute("select message_id from interventions where status = 'failed'").fetchall()
    assert failed in ([], before), "an alert to the team has no intervention"
    for table in ("support_interactions", "team_alerts", "in_app_messages"):
        assert outcomes(sql)[table] == clean[table]


# ============ at once ============


def test_two_runs_and_a_sender_at_once_contact_everybody_once(
    clean: dict[str, list[Any]], stack: Stack, sql: Sql, team: Team
) -> None:
    commands = (["daily_scoring.py"], ["daily_scoring.py"], ["-m", "cs_core", "send-mail"])
    started = [
        subprocess.Popen(
            [sys.executable, *command],
            env=os.environ | stack.env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    said = [process.communicate()[1] for process in started]
    first, second, sender = (process.returncode for process in started)
    assert sorted((first, second)) in ([0, 3], [0, 0]), said
    assert sender == 0, said
    assert outcomes(sql) == clean
    assert whom(team.new_mails()) == MAILED


def test_several_who_write_and_send_at_once_send_each_mail_once(
    morning: None, team: Team, sql: Sql, settings: Any
) -> None:
    team.decide(MORNING)
    sent: list[int] = []
    clients = [connect_service(settings) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda c=c: sent.append(dispatch(c, team.mail, MORNING).sent))
        for c in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(sent) == 3
    assert whom(team.new_mails()) == MAILED
    assert len(outcomes(sql)["in_app_messages"]) == 4


def test_scores_that_are_lost_and_computed_again_contact_nobody_again(
    morning: None, team: Team, sql: Sql, score: Callable[..., Any]
) -> None:
    team.run("2026-06-10")
    once = outcomes(sql)
    team.new_mails()
    forget_scores(sql)
    score(MORNING - DAY)
    team.run("2026-06-10")
    assert outcomes(sql) == once
    assert team.new_mails() == []
