"""The outbox in the database: queueing, claims and outcomes."""

import datetime as dt
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from supabase import Client

from cs_core.base.errors import StoreError
from cs_core.io.base.client import call, connect_service
from cs_core.io.base.config import Settings
from tests.support.letters import LINK, NOW, Sender, letter, queue


def sent(mail: str) -> dict[str, Any]:
    return {"id": mail, "outcome": "sent", "at": NOW.isoformat()}


def test_the_same_cause_is_queued_once_and_its_id_is_returned_again(
    service: Client, sql: Any
) -> None:
    (first,) = queue(service, letter("a"))
    again, other = queue(service, letter("a", subject="Another"), letter("b"))
    assert again == first
    assert other != first
    assert sql.execute("select subject from outbox order by 1").fetchall() == [
        ("About a",),
        ("About b",),
    ]
    assert call(service, "Queueing", "queue_mail", {"p_mail": []}) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "One\nBcc: all@x.example"},
        {"subject": "x" * 301},
        {"subject": " "},
        {"body_text": ""},
        {"body_text": "x" * 50_001},
        {"body_html": "x" * 100_001},
        {"to_address": "a@x.example\r\nb"},
        {"to_address": ""},
        {"scheduled_for": None},
        {"scheduled_for": "infinity"},
        {"unsubscribe_url": LINK},
        {"unsubscribe_url": "javascript:alert(1)"},
        {"recipient_id": str(uuid.UUID(int=0))},
    ],
)
def test_what_is_no_mail_is_not_queued_nor_anything_with_it(
    wrong: dict[str, Any], service: Client, sql: Any
) -> None:
    with pytest.raises(StoreError):
        queue(service, letter("good"), letter("bad", **wrong))
    assert sql.execute("select count(*) from outbox").fetchone() == (0,)


def test_only_what_is_due_is_claimed_oldest_first(
    service: Client, sender: Callable[..., Sender]
) -> None:
    second = dt.timedelta(seconds=1)
    later, now, before = queue(
        service,
        letter("later", scheduled_for=(NOW + second).isoformat()),
        letter("now"),
        letter("before", scheduled_for=(NOW - second).isoformat()),
    )
    assert sender().ids() == [before, now]
    assert sender().ids(now=NOW + second) == [later]


def test_two_senders_at_once_claim_each_mail_once(settings: Settings, sql: Any) -> None:
    client = connect_service(settings)
    ids = queue(client, *(letter(f"m{n}") for n in range(120)))

    def claim_all(_: int) -> list[str]:
        mine = Sender(connect_service(settings))
        return [mail for _ in range(40) for mail in mine.ids(limit=3) if mine.note(None, mail)]

    with ThreadPoolExecutor(4) as threads:
        claimed = [mail for mails in threads.map(claim_all, range(4)) for mail in mails]
    assert sorted(claimed) == sorted(ids)


def test_what_another_has_in_hand_is_not_claimed_and_makes_one_wait(
    service: Client, sender: Callable[..., Sender]
) -> None:
    queue(service, letter("a"))
    one, two = sender(), sender()
    assert len(one.ids()) == 1
    answer = two.claim()
    assert answer["mails"] == []
    assert answer["busy_until"] is not None
    assert two.claim(now=NOW - dt.timedelta(days=1))["busy_until"] is None


def test_a_claim_asked_for_twice_gives_the_same_mail(
    service: Client, sender: Callable[..., Sender]
) -> None:
    """Where the first answer was lost on the way."""
    queue(service, letter("a"), letter("b"))
    one = sender()
    assert one.ids() == one.ids()
    assert one.claim()["busy_until"] is None


def test_a_claim_that_ran_out_goes_to_the_next_and_is_lost_to_the_first(
    service: Client, sender: Callable[..., Sender]
) -> None:
    (mail,) = queue(service, letter("a"))
    slow, quick = sender(seconds=0.0), sender()
    assert slow.ids() == [mail]
    assert quick.ids() == [mail]
    assert not slow.note(None, mail)
    assert quick.note(None, mail)


def test_mail_its_sender_was_stopped_at_is_dead_until_a_person_sends_it_again(
    service: Client, sender: Callable[..., Sender], state: Callable[..., Any]
) -> None:
    (mail,) = queue(service, letter("a"))
    stopped = sender(seconds=0.0)
    assert stopped.ids() == [mail]
    assert stopped.note(None, mail)
    assert state(mail) == "sending"
    answer = sender().claim()
    assert (answer["mails"], answer["dead"], answer["busy_until"]) == ([], 1, None)
    columns = "status, attempts, may_have_arrived, last_error"
    status, attempts, may_have_arrived, error = state(mail, columns)
    assert (status, attempts, may_have_arrived) == ("dead", 1, True)
    assert error.startswith("The sender stopped while this was being sent. It may have arrived")
    retry = {"p_ids": [mail], "p_now": NOW.isoformat()}
    assert call(service, "Retrying", "retry_mail", retry) == 1
    assert call(service, "Retrying", "retry_mail", retry) == 0
    assert sender().ids() == [mail]


def test_what_a_sender_was_stopped_at_counts_from_when_it_was_tried_not_from_when_it_was_due(
    service: Client, sender: Callable[..., Sender], sql: Any, add_supplier: Callable[..., str]
) -> None:
    (mail,) = queue(service, letter("a"))
    sql.execute(
        "insert into interventions (supplier_id, type, playbook, dedupe_key, message_id)"
        " values (%s, 'email', 'silent', 'k', %s)",
        (add_supplier(), mail),
    )
    # Due for five days, as nothing ran; the sender that came then was stopped at it.
    sql.execute("update outbox set next_attempt_at = next_attempt_at - interval '5 days'")
    stopped = sender(seconds=0.0)
    assert stopped.ids() == [mail]
    assert stopped.note(None, mail)
    assert sender().claim()["dead"] == 1
    row = sql.execute("select status, may_have_arrived, sent_at from interventions").fetchone()
    assert row == ("failed", True, NOW)


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (
            {"outcome": "sent", "at": "2026-06-01T06:00:01Z"},
            ("sent", 1, None, dt.datetime(2026, 6, 1, 6, 0, 1, tzinfo=dt.UTC), NOW, False),
        ),
        (
            {"outcome": "retry", "error": "busy", "next_attempt_at": "2026-06-01T06:05:00Z"},
            ("queued", 1, "busy", None, NOW + dt.timedelta(minutes=5), False),
        ),
        (
            {"outcome": "untried", "error": "busy", "next_attempt_at": "2026-06-01T06:05:00Z"},
            ("queued", 0, "busy", None, NOW + dt.timedelta(minutes=5), False),
        ),
        ({"outcome": "dead", "error": "unknown"}, ("dead", 1, "unknown", None, NOW, False)),
        ({"outcome": "may_have_arrived", "error": "?"}, ("dead", 1, "?", None, NOW, True)),
    ],
)
def test_an_outcome_is_written_once(
    done: dict[str, Any],
    expected: tuple[Any, ...],
    service: Client,
    sender: Callable[..., Sender],
    state: Callable[..., Any],
) -> None:
    (mail,) = queue(service, letter("a"))
    one = sender()
    one.ids()
    assert one.note(None, mail)
    assert one.note(None, mail)  # the answer was lost, the question is repeated
    columns = "status, attempts, last_error, sent_at, next_attempt_at, may_have_arrived"
    for _ in range(2):
        assert one.note(done | {"id": mail}) is False
        assert state(mail, columns) == expected
    assert state(mail, "claimed_by") is None


def test_an_outcome_counts_only_for_what_one_was_sending(
    service: Client, sender: Callable[..., Sender], state: Callable[..., Any]
) -> None:
    (mail,) = queue(service, letter("a"))
    one, other = sender(), sender()
    one.ids()
    one.note(sent(mail))
    assert state(mail) == "queued"
    one.note(None, mail)
    other.note(sent(mail))
    assert state(mail) == "sending"
    with pytest.raises(StoreError, match="sent, retry, untried, dead or may_have"):
        one.note(sent(mail) | {"outcome": "cancelled"})
    assert state(mail) == "sending"


def test_noting_an_outcome_keeps_the_claims_on_the_rest(
    service: Client, sender: Callable[..., Sender], sql: Any
) -> None:
    first, second, third = queue(service, letter("a"), letter("b"), letter("c"))
    one = sender()
    one.ids()
    one.note(None, first)
    sql.execute("update outbox set claimed_until = clock_timestamp() + interval '1 second'")
    assert one.note(sent(first), second)
    left = sql.execute(
        "select count(*) from outbox where id in (%s, %s)"
        " and claimed_until > clock_timestamp() + interval '20 seconds'",
        (second, third),
    ).fetchone()
    assert left == (2,)


def test_mail_that_could_not_be_tried_is_given_back(
    service: Client, sender: Callable[..., Sender], state: Callable[..., Any]
) -> None:
    being_sent, left = queue(service, letter("a"), letter("b"))
    one = sender()
    one.ids()
    one.note(None, being_sent)
    columns = "status, attempts, last_error, first_tried_at, claimed_by"
    assert one.release(None) == 1
    assert state(left, columns) == ("queued", 0, None, None, None)
    assert one.ids() == [left]
    assert one.release() == 1
    assert one.release() == 0
    assert state(left, columns) == ("queued", 0, "no server", NOW, None)
    assert state(being_sent) == "sending"
    assert sender().ids() == [left]


def test_a_supplier_that_is_removed_takes_its_mail_along(
    service: Client, sql: Any, add_supplier: Callable[..., str]
) -> None:
    ann = add_supplier()
    queue(service, letter("a", recipient_id=ann), letter("team"))
    sql.execute("delete from suppliers where id = %s", (ann,))
    assert sql.execute("select dedupe_key from outbox").fetchall() == [("team",)]


def test_a_new_template_is_in_the_audit_log_without_its_words(sql: Any) -> None:
    columns = "(name, version, audience, subject, body_text, note)"
    sql.execute(
        f"insert into message_templates {columns} values ('try_out', 3, 'team', 'S!', 'T!', 'why')"
    )
    row = sql.execute(
        "select row_key, after from audit_log where table_name = 'message_templates'"
    ).fetchone()
    sql.execute("delete from message_templates where name = 'try_out'")
    assert row[0] == "3"
    assert (row[1]["name"], row[1]["note"], row[1]["subject"]) == ("try_out", "why", "changed")
    assert "T!" not in str(row[1])
