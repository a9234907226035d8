"""Digests as they arrive: once a day and person whoever sends, with a link that stops them."""

import csv
import datetime as dt
import io
import re
import uuid
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.config import load_mail_settings
from cs_core.io.dispatch import dispatch
from cs_core.io.mail.digests import store as digest_store
from cs_core.io.mail.digests.queue import queue_due_digests
from cs_core.mail.digests.schedule import DAILY
from embedded.stack import Stack
from tests.support.asking import at_once, count
from tests.support.mailbox import Mailbox
from tests.support.scored import DAY, add_score, note_days, open_history

# The morning after the scored day DAY, a Wednesday.
NOW = dt.datetime(2026, 7, 1, 7, tzinfo=dt.UTC)
ONE_DAY = dt.timedelta(days=1)
URL = "http://localhost:8501"


@pytest.fixture
def mailbox(stack: Stack, sql: Any) -> Iterator[Mailbox]:
    with Mailbox.emptied(stack) as box:
        yield box


@pytest.fixture
def reader(sql: Any, add_person: Callable[..., dict[str, str]]) -> Callable[..., str]:
    """A function that adds somebody who wants digests; returns the id."""

    def add(email: str = "ada@x.example", role: str = "analyst", **choice: Any) -> str:
        person = add_person(email, role)["id"]
        values = {"daily": True, "hour": 6, "timezone": "UTC"} | choice
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        sql.execute(
            f"insert into digest_subscriptions (id, {names}) values (%s, {marks})",
            [person, *values.values()],
        )
        sql.execute("alter table digest_subscriptions disable trigger cs_check_digest_choice")
        sql.execute("update digest_subscriptions set changed_at = '2026-01-01'")
        sql.execute("alter table digest_subscriptions enable trigger cs_check_digest_choice")
        return person

    return add


@pytest.fixture
def scored(sql: Any, add_supplier: Callable[..., str]) -> dict[str, str]:
    """Two scored days on which one supplier turned critical and one recovered."""
    open_history(sql)
    names = {"Rowan & Fox": (50, 30), "Glasshouse": (30, 80), "Peony": (90, 90)}
    suppliers = {}
    for name, scores in names.items():
        suppliers[name] = supplier = add_supplier(business_name=name, monthly_revenue=120)
        for day, score in zip((DAY - ONE_DAY, DAY), scores, strict=True):
            add_score(sql, supplier, day, score)
    for name, (before, after) in list(names.items())[:2]:
        sql.execute(
            "insert into transitions (supplier_id, score_date, from_level, to_level, from_score,"
            " to_score) values (%s, %s, %s, %s, %s, %s)",
            (
                suppliers[name],
                DAY,
                "at_risk" if before == 50 else "critical",
                "critical" if after == 30 else "healthy",
                before,
                after,
            ),
        )
    note_days(sql, DAY - ONE_DAY, DAY)
    return suppliers


@pytest.fixture
def send(service: Client, stack: Stack) -> Callable[..., Any]:
    return lambda now=NOW: dispatch(service, load_mail_settings(stack.env), now)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_digest_arrives_at_the_chosen_hour_and_says_who_moved(
    reader: Any, scored: Any, mailbox: Mailbox, send: Any
) -> None:
    reader()
    send(NOW - dt.timedelta(hours=1, seconds=1))
    assert mailbox.read() == []
    send(NOW - dt.timedelta(hours=1))
    (message,) = mailbox.read()
    assert message["To"] == "ada@x.example"
    assert message["Subject"] == "1 turned critical, 1 recovered"
    text = text_of(message)
    assert "Rowan & Fox: 30 ▼ 20" in text
    assert "Glasshouse: 80 ▲ 50" in text
    assert "Peony" not in text
    assert "You asked for this mail in the customer-success dashboard." in text


def test_it_arrives_once_however_often_and_by_how_many_it_is_sent(
    reader: Any, scored: Any, mailbox: Mailbox, send: Any, sql: Any
) -> None:
    for number in range(3):
        reader(f"person-{number}@x.example")
    at_once(*[send] * 4)
    send(NOW + dt.timedelta(hours=5))
    assert len(mailbox.read()) == 3
    assert count(sql, "private.digest_log") == 3


def test_who_is_stopped_between_deciding_and_sending_sends_it_the_next_time(
    reader: Any, scored: Any, mailbox: Mailbox, send: Any, service: Client
) -> None:
    reader()
    assert queue_due_digests(service, URL, NOW) == 1
    assert queue_due_digests(service, URL, NOW) == 0
    assert mailbox.read() == []
    send(NOW + dt.timedelta(minutes=5))
    assert len(mailbox.read()) == 1


def test_what_fails_before_the_mail_is_queued_leaves_the_day_undecided(
    reader: Any, scored: Any, service: Client, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader()
    whole = digest_store.queue_digest

    def without_subject(client: Any, due: Any, told: Any, mail: Any, now: Any) -> bool:
        return whole(client, due, told, mail | {"subject": ""}, now)

    with monkeypatch.context() as broken:
        broken.setattr(digest_store, "queue_digest", without_subject)
        with pytest.raises(Exception, match="Queueing a digest"):
            queue_due_digests(service, URL, NOW)
    assert count(sql, "private.digest_log") == 0
    assert queue_due_digests(service, URL, NOW) == 1


def test_where_there_is_nothing_to_say_no_mail_comes_and_that_is_decided_once(
    reader: Any, sql: Any, mailbox: Mailbox, send: Any, add_supplier: Any
) -> None:
    open_history(sql)
    add_score(sql, add_supplier(), DAY, 90)
    note_days(sql, DAY)
    reader()
    send()
    assert mailbox.read() == []
    assert sql.execute("select was_sent from private.digest_log").fetchall() == [(False,)]


def test_the_next_one_tells_only_what_is_new(
    reader: Any, scored: dict[str, str], mailbox: Mailbox, send: Any, sql: Any
) -> None:
    reader()
    send()
    next_day = DAY + ONE_DAY
    for supplier, score in zip(scored.values(), (31, 80, 20), strict=True):
        add_score(sql, supplier, next_day, score)
    sql.execute(
        "insert into transitions values (%s, %s, 'healthy', 'critical', 90, 20)",
        (scored["Peony"], next_day),
    )
    note_days(sql, next_day)
    send(NOW + ONE_DAY)
    text = text_of(mailbox.read()[-1])
    assert "Peony: 20 ▼ 70" in text
    assert "Rowan" not in text


def test_it_tells_of_calls_due_and_of_what_came_of_yesterdays(
    reader: Any, scored: dict[str, str], mailbox: Mailbox, send: Any, sql: Any
) -> None:
    reader()
    for name, due, done, outcome in (
        ("Peony", NOW + dt.timedelta(hours=3), None, None),
        ("Glasshouse", NOW - ONE_DAY, NOW - dt.timedelta(hours=10), "no_answer"),
    ):
        sql.execute(
            "insert into support_interactions (supplier_id, type, scheduled_for, completed_at,"
            " outcome) values (%s, 'check_in', %s, %s, %s)",
            (scored[name], due, done, outcome),
        )
    send()
    (message,) = mailbox.read()
    assert "1 call today" in message["Subject"]
    assert "Peony: 10:00" in text_of(message)
    assert "1 call: 1 no answer." in text_of(message)


def stop_link(message: EmailMessage) -> dict[str, str]:
    header = message["List-Unsubscribe"].strip("<>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert header in text_of(message)
    found = re.fullmatch(
        r".*/stop-digest\?person=(?P<person>.*)&digest=(?P<digest>.*)&token=(?P<token>.*)", header
    )
    assert found
    return {f"p_{name}": value for name, value in found.groupdict().items()}


def test_one_click_stops_it_and_what_is_queued(
    reader: Any, scored: Any, mailbox: Mailbox, send: Any, service: Client, sql: Any
) -> None:
    reader(weekly=True, weekday=3)
    other = reader("bob@x.example")
    send()
    links = [stop_link(one) for one in mailbox.read() if one["To"] == "ada@x.example"]
    daily = next(link for link in links if link["p_digest"] == DAILY)
    stop = lambda **changed: (  # noqa: E731
        service.rpc("stop_digest", daily | changed).execute().data
    )
    # Neither of another person nor of another digest.
    assert stop(p_person=other) is False
    assert stop(p_digest="weekly") is False
    assert stop(p_token="0" * 32) is False
    sql.execute("update outbox set status = 'queued', sent_at = null where digest = 'daily'")
    assert stop() is True
    assert stop() is True
    chosen = sql.execute("select daily, weekly from digest_subscriptions order by daily").fetchall()
    assert chosen == [(False, True), (True, False)]
    queued = sql.execute("select person_id::text from outbox where status = 'queued'").fetchall()
    assert queued == [(other,)]


def test_who_loses_the_role_gets_none(
    reader: Any, scored: Any, mailbox: Mailbox, send: Any, sql: Any
) -> None:
    reader()
    sql.execute("delete from user_profiles")
    send()
    assert mailbox.read() == []


@pytest.mark.parametrize(
    "change",
    [
        "update user_profiles set role = null",
        "delete from digest_subscriptions",
        "update digest_subscriptions set daily = false, weekly = true",
    ],
)
def test_a_queued_digest_leaves_only_for_who_wants_and_may_read_it_still(
    change: str, reader: Any, scored: Any, mailbox: Mailbox, send: Any, service: Client, sql: Any
) -> None:
    reader()
    assert queue_due_digests(service, URL, NOW) == 1
    sql.execute(change)
    send()
    assert mailbox.read() == []
    assert sql.execute("select status, last_error from outbox").fetchall() == [
        ("cancelled", "opt_out")
    ]


def test_a_failed_digest_that_is_stopped_is_not_sent_again(
    reader: Any, scored: Any, mailbox: Mailbox, send: Any, service: Client, sql: Any
) -> None:
    reader()
    send()
    link = stop_link(mailbox.read()[0])
    sql.execute(
        "update outbox set status = 'dead', sent_at = null, attempts = 1, may_have_arrived = true"
    )
    assert service.rpc("stop_digest", link).execute().data is True
    assert sql.execute("select status, may_have_arrived from outbox").fetchall() == [
        ("cancelled", False)
    ]


def test_the_weekly_report_has_the_trend_and_the_csv(
    reader: Any, scored: Any, mailbox: Mailbox, send: Any, sql: Any
) -> None:
    reader(daily=False, weekly=True, weekday=3)
    reader("bob@x.example", daily=False, weekly=True, weekday=3)
    send()
    # The scores are those of the day before: it waits for the run of its morning.
    assert mailbox.read() == []
    for _ in range(2):
        send(NOW + dt.timedelta(hours=1))
    messages = mailbox.read()
    assert sorted(one["To"] for one in messages) == ["ada@x.example", "bob@x.example"]
    for message in messages:
        assert message["Subject"] == "Week to 30 Jun: 1 critical, 0 at risk"
        (file,) = message.iter_attachments()
        assert file.get_filename() == "health-2026-06-30.csv"
        rows = csv.DictReader(io.StringIO(file.get_content().removeprefix("\ufeff")))
        assert {row["business_name"] for row in rows} == {"Rowan & Fox", "Glasshouse", "Peony"}
    # However many carry it, it is kept once.
    assert count(sql, "private.mail_attachments") == 1


def test_a_digest_that_cannot_be_written_holds_up_no_other_mail(
    reader: Any,
    scored: Any,
    mailbox: Mailbox,
    send: Any,
    service: Client,
    sql: Any,
) -> None:
    reader()
    sql.execute("revoke execute on function digest_facts from service_role")
    try:
        from tests.support.letters import letter, queue

        queue(service, letter(f"other-{uuid.uuid4()}"))
        done = send()
    finally:
        sql.execute("grant execute on function digest_facts to service_role")
    assert done.sent == 1
    assert "Digests could not be written" in done.problem
    assert len(mailbox.read()) == 1
