"""The operations screen: does all work, which runs there were, mail that died."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cs_app.operations import mail as operations_mail
from tests.app.operations.operations_page import ada, open_as
from tests.support.dashboard import press, words_of
from tests.support.letters import letter, queue
from tests.support.today_rows import add_day, add_run

__all__ = ["ada", "open_as"]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When the courier would have sent."""
    moments: list[datetime] = []
    monkeypatch.setattr(operations_mail, "send_at", moments.append)
    return moments


def dead(service: Any, sql: Any, key: str, **columns: Any) -> str:
    (mail,) = queue(service, letter(key))
    values = {"status": "dead", "attempts": 4, "last_error": "550 no such mailbox"} | columns
    names = ", ".join(f"{name} = %s" for name in values)
    sql.execute(f"update outbox set {names} where id = %s", [*values.values(), mail])
    return mail


# ============ does all work ============


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


def test_the_last_daily_run_is_told_of_however_many_others_there_were_since(
    sql: Any, ada: dict[str, str], open_as: Any
) -> None:
    now = datetime.now(UTC)
    add_run(sql, "done", finished_at=now - timedelta(minutes=58), transitions=41)
    for minute in range(20):
        at = now - timedelta(minutes=minute)
        add_run(sql, "done", kind="changed", started_at=at, finished_at=at)
    words = words_of(open_as(ada))
    assert "<dt>Took</dt><dd>3 min" in words
    assert "<dt>Changed level</dt><dd>41" in words


# ============ runs ============


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


# ============ mail ============


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
