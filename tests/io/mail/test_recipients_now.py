"""What waits goes to who and where a supplier is as it leaves, not as it was queued."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.client import call
from cs_core.io.mail.outbox import SendResult, send_due_mail
from embedded.stack import Stack
from tests.support.letters import NOW, Sender, letter, queue
from tests.support.mailbox import Mailbox, states
from tests.support.outreach_world import whom

LINK = "https://success.example.com/unsubscribe?supplier=1&token={token}"


@pytest.fixture
def mailbox(stack: Stack, sql: Any) -> Iterator[Mailbox]:
    """An empty mailbox, and an empty outbox."""
    with Mailbox.emptied(stack) as made:
        yield made


@pytest.fixture
def ann(add_supplier: Callable[..., str]) -> str:
    return add_supplier(email="ann@old.example")


def to_ann(ann: str, key: str = "ann") -> dict[str, Any]:
    return letter(key, recipient_id=ann, to_address="ann@old.example", unsubscribe_url=LINK)


def test_a_supplier_that_moved_is_written_to_at_its_new_address(
    mailbox: Mailbox, service: Client, sql: Any, ann: str
) -> None:
    queue(service, to_ann(ann))
    sql.execute("update suppliers set email = ' ann@new.example '")
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(sent=1)
    assert whom(mailbox.read()) == ["ann@new.example"]
    assert states(sql, "to_address") == ["ann@new.example"]


GONE = {
    "paused": ("update suppliers set status = 'paused', paused_at = '2026-05-31'", "supplier_left"),
    "churned": ("update suppliers set status = 'churned'", "supplier_left"),
    "opted out": ("update suppliers set email_opt_out = true", "opt_out"),
    "without an address": ("update suppliers set email = null", "no_address"),
    "with an address that is none": ("update suppliers set email = 'ann'", "no_address"),
}


@pytest.mark.parametrize(("change", "reason"), GONE.values(), ids=GONE.keys())
def test_who_is_gone_is_not_written_to(
    change: str, reason: str, mailbox: Mailbox, service: Client, sql: Any, ann: str
) -> None:
    queue(service, to_ann(ann), letter("team"))
    sql.execute(change)
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(sent=1)
    assert mailbox.subjects() == ["About team"]
    assert states(sql, "status, last_error") == [("cancelled", reason), ("sent", None)]


@pytest.mark.parametrize(("change", "reason"), GONE.values(), ids=GONE.keys())
def test_nor_is_who_goes_between_claim_and_sending(
    change: str, reason: str, service: Client, sql: Any, ann: str
) -> None:
    (mail,) = queue(service, to_ann(ann))
    sender = Sender(service)
    assert sender.ids() == [mail]
    sql.execute(change)
    assert sender.note(upcoming=mail) is False
    assert states(sql, "status, last_error") == [("cancelled", reason)]


def test_who_moves_between_claim_and_sending_is_written_to_by_the_next_claim(
    service: Client, sql: Any, ann: str
) -> None:
    (mail,) = queue(service, to_ann(ann))
    sender = Sender(service)
    sender.ids()
    sql.execute("update suppliers set email = 'ann@new.example'")
    assert sender.note(upcoming=mail) is False
    (again,) = sender.claim()["mails"]
    assert again["to_address"] == "ann@new.example"
    assert sender.note(upcoming=mail) is True


def test_a_mail_that_died_and_is_sent_again_weeks_later_goes_where_the_supplier_is_then(
    mailbox: Mailbox, service: Client, sql: Any, ann: str
) -> None:
    mailbox.treat("reject")
    (mail,) = queue(service, to_ann(ann))
    assert send_due_mail(service, mailbox.settings, NOW) == SendResult(dead=1)
    mailbox.treat("accept")
    sql.execute("update suppliers set email = 'ann@new.example'")
    later = NOW + timedelta(days=21)
    call(service, "Retry", "retry_mail", {"p_ids": [mail], "p_now": later.isoformat()})
    assert send_due_mail(service, mailbox.settings, later) == SendResult(sent=1)
    assert whom(mailbox.read()) == ["ann@new.example"]


def test_what_cannot_leave_holds_up_no_batch(
    mailbox: Mailbox, service: Client, sql: Any, ann: str
) -> None:
    queue(service, *(to_ann(ann, f"a{n}") for n in range(7)))
    (last,) = queue(service, letter("z", scheduled_for=NOW.isoformat()))
    sql.execute("update suppliers set status = 'churned'")
    assert Sender(service).ids(limit=2) == [last]
    assert states(sql, "status").count("cancelled") == 7
