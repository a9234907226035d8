"""The operations screen: does all work, run now, mail that died, the audit log."""

import csv
import io
import json
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app import operations_mail, run_now
from tests.app.conftest import words_of
from tests.app.health_rows import insert
from tests.app.today_rows import add_day, add_run
from tests.letters import letter, queue

PAGE = "pages/operations.py"


@pytest.fixture
def ada(add_person: Callable[..., dict[str, str]], sql: Any) -> dict[str, str]:
    made = add_person("ada@wedsync.example", "admin")
    sql.execute("truncate audit_log")
    return made


@pytest.fixture
def open_as(open_page: Callable[..., AppTest], cookie_of: Callable[..., str]) -> Any:
    def open_it(person: dict[str, str], **query: str) -> AppTest:
        page = open_page(cookie_of(person), PAGE, **query)
        assert not page.exception
        return page

    return open_it


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that would have been started."""
    asked: list[str] = []
    monkeypatch.setattr(run_now, "_work", asked.append)
    return asked


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When the courier would have sent."""
    moments: list[datetime] = []
    monkeypatch.setattr(operations_mail, "send_at", moments.append)
    return moments


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    """Everything a page says, its toasts and messages too."""
    more = [one.value for kind in ("success", "toast") for one in page.get(kind)]
    return "\n".join([words_of(page), *more])


def dead(service: Any, sql: Any, key: str, **columns: Any) -> str:
    (mail,) = queue(service, letter(key))
    values = {"status": "dead", "attempts": 4, "last_error": "550 no such mailbox"} | columns
    names = ", ".join(f"{name} = %s" for name in values)
    sql.execute(f"update outbox set {names} where id = %s", [*values.values(), mail])
    return mail


def test_an_analyst_is_told_who_may_see_it(
    add_person: Callable[..., dict[str, str]], open_as: Any
) -> None:
    page = open_as(add_person("ann@wedsync.example", "analyst"))
    assert "Only people with the role admin" in words_of(page)
    assert not page.button


def test_before_anything_ran_it_says_what_is_missing(ada: dict[str, str], open_as: Any) -> None:
    words = words_of(open_as(ada))
    for sentence in (
        "There has been no daily run yet.",
        "No event has arrived yet.",
        "No mail was sent yet, and none waits.",
        "There has been no run yet.",
    ):
        assert sentence in words
    assert "There has been no run yet" in words_of(open_as(ada, part="runs"))
    assert "No mail failed for good." in words_of(open_as(ada, part="mail"))
    assert "Nothing was changed yet." in words_of(open_as(ada, part="audit"))


def test_when_all_works_it_says_so_in_one_line(
    sql: Any, ada: dict[str, str], open_as: Any, add_events: Any, add_supplier: Any
) -> None:
    now = datetime.now(UTC)
    supplier = add_supplier(status="churned", churned_at="2026-02-01")
    add_events((supplier, "login", None, (now - timedelta(hours=1)).isoformat()))
    add_day(sql)
    ended = now - timedelta(minutes=58)
    add_run(sql, "done", finished_at=ended, suppliers_scored=1200, seconds=json.dumps({"save": 2}))
    words = words_of(open_as(ada))
    assert "All is well: the daily run, mail and data." in words
    assert "scored 1,200 suppliers" in words
    assert "3 min" in words


def test_what_failed_comes_first_and_says_what_to_do(
    sql: Any, ada: dict[str, str], open_as: Any, service: Any
) -> None:
    add_run(sql, "failed", error="Saving scores failed: <disk>", suppliers_scored=300)
    queue(service, letter("a"))
    sql.execute("update outbox set last_error = 'The mail server does not listen there'")
    words = words_of(open_as(ada))
    assert "failed: Saving scores failed: &lt;disk&gt;" in words
    assert "repeating it is safe" in words
    assert "Mail does not leave: 1 mail should be out" in words
    assert "The mail server does not listen there" in words
    assert "Failed in part" in words
    assert "300 suppliers were saved" in words


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
    sql: Any, ada: dict[str, str], open_as: Any, started: list[str], add_supplier: Any
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
    sql: Any, ada: dict[str, str], open_as: Any, started: list[str]
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


def test_runs_are_narrowed_to_those_that_failed(
    sql: Any, ada: dict[str, str], open_as: Any
) -> None:
    add_run(sql, "done", finished_at=datetime.now(UTC), suppliers_scored=777)
    add_run(sql, "failed", error="nothing saved")
    add_run(sql, "failed", error="half saved", suppliers_scored=5)
    every = words_of(open_as(ada, part="runs"))
    assert "777" in every
    failed = words_of(open_as(ada, part="runs", outcome="failed"))
    assert "nothing saved" in failed
    assert "777" not in failed
    partial = words_of(open_as(ada, part="runs", outcome="partial"))
    assert "half saved" in partial
    assert "nothing saved" not in partial


def test_older_runs_are_a_page_further(sql: Any, ada: dict[str, str], open_as: Any) -> None:
    for number in range(30):
        began = datetime.now(UTC) - timedelta(days=number)
        add_run(sql, "done", started_at=began, finished_at=began, suppliers_scored=1000 + number)
    first = words_of(open_as(ada, part="runs"))
    assert "1,024" in first
    assert "1,025" not in first
    link = first.split("before=")[1].split('"')[0].replace("%3A", ":").replace("%2B", "+")
    second = words_of(open_as(ada, part="runs", before=link))
    assert "1,025" in second
    assert "1,024" not in second


def test_dead_mail_says_why_and_is_sent_again_after_a_second_look(
    sql: Any, ada: dict[str, str], open_as: Any, service: Any, sent: list[datetime]
) -> None:
    mail = dead(service, sql, "rowan")
    page = open_as(ada, part="mail")
    words = words_of(page)
    for sentence in ("550 no such mailbox", "Tried 4 times", "r…@supplier.example", "The team"):
        assert sentence in words
    press(page, f"dead-retry-{mail}")
    assert not sent
    press(page, f"dead-yes-{mail}")
    assert len(sent) == 1
    assert sql.execute("select status, attempts from outbox").fetchone() == ("queued", 0)
    assert "No mail failed for good." in words_of(page)


def test_all_dead_mail_is_sent_again_but_what_may_have_arrived(
    sql: Any, ada: dict[str, str], open_as: Any, service: Any, sent: list[datetime]
) -> None:
    for key in ("a", "b"):
        dead(service, sql, key)
    unsure = dead(service, sql, "c", may_have_arrived=True)
    page = open_as(ada, part="mail")
    assert "It may have arrived" in words_of(page)
    press(page, "dead-all")
    assert "Send 2 mails again? 1 mail that may have arrived stays." in words_of(page)
    press(page, "dead-all-yes")
    assert len(sent) == 1
    left = sql.execute("select id::text from outbox where status = 'dead'").fetchall()
    assert left == [(unsure,)]


def add_change(sql: Any, **columns: Any) -> None:
    values = {"table_name": "suppliers", "row_key": str(uuid.uuid4()), "action": "update"} | columns
    insert(sql, "audit_log", values)


def test_the_audit_log_says_who_changed_what_from_what_to_what(
    sql: Any, ada: dict[str, str], open_as: Any
) -> None:
    add_change(
        sql,
        actor_id=ada["id"],
        table_name="scorecards",
        row_key="2",
        before=json.dumps({"definition": {"weights": {"login": 30, "forms": 10}}}),
        after=json.dumps({"definition": {"weights": {"login": 25, "forms": 10}}}),
    )
    words = words_of(open_as(ada, part="audit"))
    assert "ada@wedsync.example" in words
    assert "Scorecard changed" in words
    assert "Weights › Login</span> 30 → 25" in words
    assert "Forms" not in words


def test_the_audit_log_names_people_and_shows_no_ids_of_them(
    sql: Any, ada: dict[str, str], add_person: Any, open_as: Any
) -> None:
    ann = add_person("ann@wedsync.example", "analyst")["id"]
    add_change(sql, after=json.dumps({"owner_id": ann}))
    sql.execute("update user_profiles set role = null where id = %s", (ann,))
    sql.execute("update user_profiles set role = 'analyst' where id = %s", (ann,))
    words = words_of(open_as(ada, part="audit"))
    assert "Owner</span> ann@wedsync.example" in words
    assert re.search(r"Role of a person changed <a [^>]*>ann@wedsync\.example</a>", words)
    assert f"{ann[:8]}…" not in words
    assert f"> {ann}" not in words


def test_the_audit_log_names_the_supplier_and_leads_to_it(
    sql: Any, open_as: Any, ada: dict[str, str], add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier(business_name="Rowan & Fox")
    add_change(sql, row_key=f"{supplier}/7", table_name="support_interactions")
    words = words_of(open_as(ada, part="audit"))
    assert re.search(rf'href="/supplier\?id={supplier}"[^>]*>Rowan &amp; Fox</a>', words)


def test_the_audit_log_is_narrowed_by_the_address_and_exported_as_it_is_shown(
    sql: Any,
    ada: dict[str, str],
    open_as: Any,
    web: Any,
    cookie_of: Callable[..., str],
) -> None:
    add_change(sql, actor_id=ada["id"], after=json.dumps({"owner_id": "=1+1"}))
    add_change(sql, table_name="outbox", after=json.dumps({"status": "queued"}))
    words = words_of(open_as(ada, part="audit", table="outbox"))
    assert "queued" in words
    assert "Owner" not in words
    web.cookies.set("cs_session", cookie_of(ada))
    answer = web.get("/export/audit.csv?table=suppliers")
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["who"], row["table_name"]) for row in rows] == [
        ("ada@wedsync.example", "suppliers")
    ]
    assert json.loads(rows[0]["after"]) == {"owner_id": "=1+1"}
    assert web.get("/export/audit.csv?who=nonsense").status_code == 400


def test_the_audit_download_is_for_admins_only(
    web: Any, cookie_of: Callable[..., str], add_person: Callable[..., dict[str, str]]
) -> None:
    assert web.get("/export/audit.csv").status_code == 303
    web.cookies.set("cs_session", cookie_of(add_person("ann@wedsync.example", "analyst")))
    assert web.get("/export/audit.csv").status_code == 403


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
