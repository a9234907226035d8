"""Asking for a contact once more: with the same Idempotency-Key nothing happens twice."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cs_app.api.delivery import delivery
from tests.api.answers import INTERVENTIONS, error_of, fields_of
from tests.api.asking import CALL, MAIL, admin, ask, made, supplier
from tests.support.asking import at_once, count

__all__ = ["admin", "ask", "supplier"]


def test_a_repeat_with_the_key_gets_the_first_answer_whatever_happened_since(
    ask: Callable[..., httpx.Response], sql: Any
) -> None:
    first = ask(CALL, key="visit-1")
    sql.execute("update support_interactions set scheduled_for = scheduled_for + interval '1 day'")
    sql.execute("update interventions set status = 'cancelled', scheduled_for = null")
    for _ in range(2):
        assert made(ask(CALL, key="visit-1")) == made(first)
    assert count(sql) == 1


@pytest.mark.parametrize("body", [CALL, MAIL])
def test_a_repeat_after_a_server_died_before_it_answered_does_nothing_twice(
    body: dict[str, Any], ask: Callable[..., httpx.Response], sql: Any
) -> None:
    first = made(ask(body, key="visit-1"))
    assert delivery.wait(30)
    # What is left where it was planned, and the server ended before it kept the answer.
    sql.execute("update private.api_answers set answer = null")
    again = made(ask(body, key="visit-1"))
    assert again["interventionId"] == first["interventionId"]
    assert again["success"] is True
    assert count(sql, "interventions") == 1


def test_a_key_that_a_server_claimed_before_it_died_is_no_obstacle(
    ask: Callable[..., httpx.Response], sql: Any
) -> None:
    first = made(ask(CALL, key="visit-1"))
    sql.execute("delete from support_interactions")
    sql.execute("delete from interventions")
    sql.execute("update private.api_answers set answer = null")
    again = made(ask(CALL, key="visit-1"))
    assert again["status"] == "planned"
    assert again["interventionId"] != first["interventionId"]
    assert count(sql, "interventions") == 1


def test_spaces_and_order_of_the_body_do_not_make_it_another(
    ask: Callable[..., httpx.Response], admin: httpx.Client, supplier: str
) -> None:
    first = made(ask(CALL, key="visit-1"))
    body = json.dumps({"type": "call", "message": None, "supplierId": supplier}, indent=4)
    headers = {"Idempotency-Key": "visit-1", "Content-Type": "application/json; charset=utf-8"}
    assert made(admin.post(INTERVENTIONS, content=body, headers=headers)) == first


def test_twelve_repeats_at_once_make_one_intervention(
    ask: Callable[..., httpx.Response], sql: Any
) -> None:
    answers = at_once(*[lambda: ask(MAIL, key="visit-1")] * 12)
    assert len({answer.text for answer in answers}) == 1
    assert made(answers[0])["success"] is True
    assert count(sql) == 1


def test_a_key_used_for_something_else_is_refused_and_nothing_is_done(
    ask: Callable[..., httpx.Response], add_supplier: Callable[..., str], sql: Any
) -> None:
    made(ask(CALL, key="visit-1"))
    for other in (CALL | {"message": "x"}, MAIL, CALL | {"supplierId": add_supplier()}):
        answer = ask(other, key="visit-1")
        assert answer.status_code == 409
        error = error_of(answer)
        assert error["code"] == "key_used_before"
        assert error["details"]["fields"][0]["field"] == "Idempotency-Key"
    assert count(sql) == 1


def test_a_key_whose_request_was_refused_may_be_used_again(
    ask: Callable[..., httpx.Response],
) -> None:
    assert ask(MAIL | {"template": "no_such_template"}, key="visit-1").status_code == 422
    assert ask(CALL | {"supplierId": str(uuid.uuid4())}, key="visit-1").status_code == 404
    assert made(ask(MAIL, key="visit-1"))["success"] is True


def test_keys_of_two_people_never_meet(
    ask: Callable[..., httpx.Response],
    add_person: Callable[..., dict[str, str]],
) -> None:
    first = made(ask(CALL, key="visit-1"))
    token = add_person("bo@wedsync.example", "admin")["access_token"]
    other = ask(CALL, key="visit-1", token=token)
    assert made(other)["interventionId"] != first["interventionId"]


def test_without_a_key_each_request_is_its_own(ask: Callable[..., httpx.Response]) -> None:
    assert made(ask(CALL))["interventionId"] != made(ask(CALL))["interventionId"]


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_a_wrong_key_is_named(key: str, admin: httpx.Client, supplier: str) -> None:
    body = json.dumps({"supplierId": supplier} | CALL)
    headers = [(b"Idempotency-Key", key.encode()), (b"Content-Type", b"application/json")]
    answer = admin.post(INTERVENTIONS, content=body, headers=headers)
    assert "255" in fields_of(answer)["Idempotency-Key"]


def test_two_keys_are_one_too_many(admin: httpx.Client, supplier: str, sql: Any) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = admin.post(INTERVENTIONS, json={"supplierId": supplier} | CALL, headers=headers)
    assert "once" in fields_of(answer)["Idempotency-Key"]
    assert count(sql) == 0
