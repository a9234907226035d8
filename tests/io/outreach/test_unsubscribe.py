"""Unsubscribing: the token that is believed, and what is not sent any more."""

import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from supabase import Client

from cs_core.io.base.client import call
from tests.support.letters import LINK, Sender, letter, queue


def unsubscribe(client: Client, supplier: str, token: str) -> bool:
    arguments = {"p_supplier": supplier, "p_token": token}
    return bool(call(client, "Unsubscribing", "unsubscribe", arguments))


def token_of(sql: Any, supplier: str) -> str:
    return str(sql.execute("select private.unsubscribe_token(%s)", (supplier,)).fetchone()[0])


def test_the_right_token_opts_a_supplier_out_and_cancels_its_queued_mail(
    service: Client, sql: Any, add_supplier: Callable[..., str], state: Callable[..., Any]
) -> None:
    ann, bea = add_supplier(), add_supplier()
    tips, bill, other = queue(
        service,
        letter("tips", recipient_id=ann, unsubscribe_url=LINK),
        letter("bill", recipient_id=ann),
        letter("other", recipient_id=bea, unsubscribe_url=LINK),
    )
    assert unsubscribe(service, ann, token_of(sql, ann))
    assert unsubscribe(service, ann, token_of(sql, ann))
    assert state(tips, "status, last_error") == ("cancelled", "opt_out")
    assert (state(bill), state(other)) == ("queued", "queued")
    out = sql.execute("select id::text from suppliers where email_opt_out").fetchall()
    assert out == [(ann,)]


@pytest.mark.parametrize("change", [lambda t: "0" * 32, lambda t: "", lambda t: t[:-1], str.upper])
def test_a_wrong_token_changes_nothing(
    change: Callable[[str], str], service: Client, sql: Any, add_supplier: Callable[..., str]
) -> None:
    ann, bea = add_supplier(), add_supplier()
    token = token_of(sql, ann)
    assert len(token) == 32
    if change(token) != token:  # a token of digits alone has no upper case
        assert not unsubscribe(service, ann, change(token))
    assert not unsubscribe(service, ann, token_of(sql, bea))
    assert not unsubscribe(service, str(uuid.uuid4()), token)
    assert sql.execute("select count(*) from suppliers where email_opt_out").fetchone() == (0,)


def test_each_database_has_a_secret_of_its_own(sql: Any) -> None:
    (secret,) = sql.execute("select secret from private.outreach_secret").fetchone()
    assert len(secret) == 32
    with pytest.raises(psycopg.errors.UniqueViolation):
        sql.execute("insert into private.outreach_secret (secret) values (%s)", (secret,))


@pytest.mark.parametrize("mark", ["{token}", "%7Btoken%7D"])
def test_the_token_is_in_the_mail_that_leaves_and_in_nothing_people_read(
    mark: str,
    service: Client,
    sql: Any,
    add_supplier: Callable[..., str],
    sender: Callable[..., Sender],
) -> None:
    ann = add_supplier(email="ann@x.example")
    link = LINK.replace("{token}", mark)
    queue(service, letter("a", recipient_id=ann, unsubscribe_url=link), letter("b"))
    links = {mail["unsubscribe_url"] for mail in sender().claim()["mails"]}
    assert links == {LINK.replace("{token}", token_of(sql, ann)), None}
    rows = sql.execute("select to_jsonb(o)::text from outbox o").fetchall()
    assert token_of(sql, ann) not in str(rows)


def test_who_opts_out_between_queue_and_send_gets_nothing(
    service: Client,
    sql: Any,
    add_supplier: Callable[..., str],
    sender: Callable[..., Sender],
    state: Callable[..., Any],
) -> None:
    before, between = add_supplier(email="a@x.example"), add_supplier(email="b@x.example")
    early, late, bill = queue(
        service,
        letter("early", recipient_id=before, unsubscribe_url=LINK),
        letter("late", recipient_id=between, unsubscribe_url=LINK),
        letter("bill", recipient_id=before),
    )
    sql.execute("update suppliers set email_opt_out = true where id = %s", (before,))
    one = sender()
    assert set(one.ids()) == {late, bill}
    sql.execute("update suppliers set email_opt_out = true where id = %s", (between,))
    assert not one.note(None, late)
    assert one.note(None, bill)
    for mail in (early, late):
        assert state(mail, "status, last_error, claimed_by") == ("cancelled", "opt_out", None)
