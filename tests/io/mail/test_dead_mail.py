"""Mail that is given up, and mail that a person sends again."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from supabase import Client

from cs_core.io.base.client import call
from tests.support.letters import NOW, Sender, letter, queue


def test_three_days_after_its_first_try_a_mail_is_dead(
    service: Client, sender: Callable[..., Sender], state: Callable[..., Any]
) -> None:
    tried, untried = queue(service, letter("a"), letter("b"))
    one = sender()
    assert one.ids(limit=1) == [min(tried, untried)]
    tried, untried = sorted((tried, untried))
    one.release()
    end = NOW + dt.timedelta(days=3)
    assert one.ids(now=end) == [tried, untried]
    one.release(None)
    answer = one.claim(now=end + dt.timedelta(microseconds=1))
    assert ([mail["id"] for mail in answer["mails"]], answer["dead"]) == ([untried], 1)
    assert state(tried, "status, attempts, may_have_arrived, last_error") == (
        "dead",
        0,
        False,
        "It could not be sent for three days. no server",
    )


def test_mail_that_is_sent_again_begins_anew(
    service: Client, sender: Callable[..., Sender], state: Callable[..., Any]
) -> None:
    (mail,) = queue(service, letter("a"))
    one = sender()
    one.ids()
    one.note(None, mail)
    one.note({"id": mail, "outcome": "dead", "error": "x", "at": NOW.isoformat()})
    later = NOW + dt.timedelta(days=30)
    assert call(service, "Retrying", "retry_mail", {"p_ids": [mail], "p_now": later.isoformat()})
    columns = "status, attempts, first_tried_at, scheduled_for, next_attempt_at"
    assert state(mail, columns) == ("queued", 0, None, later, later)
    assert one.ids(now=later) == [mail]


def test_all_dead_mail_is_sent_again_but_what_may_have_arrived(
    service: Client, sql: Any, sender: Callable[..., Sender], state: Callable[..., Any]
) -> None:
    refused, unknown, waiting = queue(service, letter("a"), letter("b"), letter("c"))
    one = sender()
    one.ids()
    for mail, outcome in ((refused, "dead"), (unknown, "may_have_arrived")):
        one.note(None, mail)
        one.note({"id": mail, "outcome": outcome, "at": NOW.isoformat()})
    assert call(service, "Retrying", "retry_mail", {"p_ids": None, "p_now": NOW.isoformat()}) == 1
    assert [state(mail) for mail in (refused, unknown, waiting)] == ["queued", "dead", "queued"]
