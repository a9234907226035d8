"""A run that an admin starts: the second look, its progress, how it ended."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cs_app.operations import run_now
from tests.app.operations.operations_page import ada, open_as, said
from tests.support.dashboard import press, words_of
from tests.support.today_rows import add_run

__all__ = ["ada", "open_as"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that would have been started."""
    asked: list[str] = []
    monkeypatch.setattr(run_now, "_work", asked.append)
    return asked


def test_a_run_is_started_only_after_a_second_look(
    sql: Any, ada: dict[str, str], open_as: Any, started: list[str]
) -> None:
    page = press(open_as(ada), "run-now")
    assert "Run the daily job now?" in words_of(page)
    assert not started
    press(page, "run-now-no")
    assert not started
    press(press(page, "run-now"), "run-now-yes")
    assert len(started) == 1
    (requested,) = sql.execute("select id::text from private.run_requests").fetchall()
    assert requested == (started[0],)
    assert [one.key for one in page.button if one.key and one.key.startswith("run-now")] == []


def test_while_a_run_is_at_work_there_is_progress_and_no_button(
    sql: Any, ada: dict[str, str], open_as: Any, add_supplier: Any
) -> None:
    for _ in range(4):
        add_supplier()
    (answer,) = sql.execute(
        "select begin_run('daily', now(), null, 1, 'cron-host process 7', 60)"
    ).fetchone()
    sql.execute("select renew_lease(%s, 60, 3)", (answer["fence"],))
    page = open_as(ada)
    (bar,) = page.get("progress")
    assert bar.proto.value == 75
    assert "75%: 3 of 4 suppliers" in bar.proto.text.replace("\\", "")
    assert "cron" in words_of(page)
    assert not [one for one in page.button if one.key == "run-now"]


def test_a_run_that_does_not_report_is_not_said_to_be_ending(
    sql: Any, ada: dict[str, str], open_as: Any
) -> None:
    asked = "insert into private.run_requests (requested_by, status) values (%s, 'working')"
    sql.execute(asked, (ada["id"],))
    sql.execute("select begin_run('daily', now(), null, 1, 'web-host process 7', 60)")
    lapse = "update private.run_lease set renewed_at = now() - interval '{0}', expires_at = {1}"
    sql.execute(lapse.format("20 seconds", "now() - interval '10 seconds'"))
    page = open_as(ada)
    assert re.search(r"has not reported for \d+ s", page.get("progress")[0].proto.text)
    words = words_of(page)
    assert "It runs as web-host process 7." in words
    assert "stopped without finishing" in words
    assert "is at work" not in words
    # A run that another stopped before is none of this request's.
    sql.execute("update runs set started_at = started_at - interval '1 hour'")
    assert "The run starts" in open_as(ada).get("progress")[0].proto.text


def test_who_presses_while_another_began_starts_nothing(
    sql: Any, ada: dict[str, str], open_as: Any, started: list[str]
) -> None:
    page = press(open_as(ada), "run-now")
    sql.execute("select begin_run('daily', now(), null, 1, 'cron-host', 60)")
    press(page, "run-now-yes")
    assert not started
    assert "a run is at work already (cron-host)" in said(page)


def test_a_run_that_stopped_is_explained_and_another_may_start(
    sql: Any, ada: dict[str, str], open_as: Any
) -> None:
    sql.execute("select begin_run('daily', now(), null, 1, 'host-9', 60)")
    sql.execute("update private.run_lease set expires_at = '-infinity'")
    page = open_as(ada)
    words = words_of(page)
    assert "stopped without finishing" in words
    assert "lease has run out" in words
    assert page.button(key="run-now")


@pytest.mark.parametrize(
    ("status", "message", "words"),
    [
        ("done", "Scored 12 suppliers", "is done"),
        ("failed", "Setting CS_SMTP_URL is missing.", "restart the server, then run it again"),
        ("failed", "Saving failed: x.", "repeating it is safe"),
        ("busy", "Another run holds the lease", "did not start"),
    ],
)
def test_how_a_run_ended_is_told_in_words(
    status: str, message: str, words: str, sql: Any, ada: dict[str, str], open_as: Any
) -> None:
    sql.execute(
        "insert into private.run_requests (requested_by, status, ended_at, message)"
        " values (%s, %s, now(), %s)",
        (ada["id"], status, message),
    )
    found = said(open_as(ada)).replace("\\", "").replace("\N{WORD JOINER}", "")
    assert words in found
    assert message in found
    assert "ada@wedsync.example" in found


@pytest.mark.parametrize("status", ["failed", "working"])
def test_a_run_that_failed_is_no_alarm_once_a_later_one_is_done(
    status: str, sql: Any, ada: dict[str, str], open_as: Any
) -> None:
    sql.execute(
        "insert into private.run_requests"
        " (requested_by, status, requested_at, seen_at, ended_at, message)"
        " values (%s, %s, now() - interval '1 hour', now() - interval '50 minutes',"
        " case when %s = 'failed' then now() - interval '50 minutes' end, 'Saving failed: x.')",
        (ada["id"], status, status),
    )
    assert "Run it again" in said(open_as(ada))
    now = datetime.now(UTC)
    begin = "update runs set started_at = %s"
    add_run(sql, "done", finished_at=now, suppliers_scored=3)
    sql.execute(begin, (now - timedelta(hours=2),))
    assert "Run it again" in said(open_as(ada))
    sql.execute(begin, (now - timedelta(minutes=30),))
    found = said(open_as(ada))
    assert "Run it again" not in found
    assert "nothing is left to do" in found


@pytest.mark.parametrize(
    ("code", "said_", "complained", "expected"),
    [
        (3, '{"error": "Another run holds the lease"}', "", ("busy", "Another run")),
        (1, '{"error": "Reading failed"}', "daily_scoring: x", ("failed", "Reading failed")),
        (1, "", "Traceback\nValueError: x", ("failed", "ValueError: x")),
        (7, "", "", ("failed", "ended with code 7")),
        (-9, "", "", ("failed", "killed (SIGKILL)")),
        (-250, "", "", ("failed", "killed (signal 250)")),
        (0, "", "", ("failed", "said nothing")),
    ],
)
def test_how_the_program_ends_becomes_words(
    code: int, said_: str, complained: str, expected: tuple[str, str]
) -> None:
    status, words = run_now.outcome(code, said_, complained)
    assert status == expected[0]
    assert expected[1] in words
