"""Asking for a contact wrongly: what is refused, and how it is told."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.api.answers import INTERVENTIONS, error_of, fields_of
from tests.api.asking import CALL, MAIL, admin, ask, made, supplier
from tests.support.asking import count

__all__ = ["admin", "ask", "supplier"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, {"type": "call, email or in_app", "message": "template"}),
        ({"type": "fax", "message": "x"}, {"type": "call, email or in_app"}),
        ({"type": None, "message": "x"}, {"type": "call, email or in_app"}),
        ({"type": "email"}, {"message": "template"}),
        (MAIL | {"message": "x"}, {"message": "does not go"}),
        (MAIL | {"template": "no_such_template"}, {"template": "check_in"}),
        (MAIL | {"template": "critical_digest"}, {"template": "check_in"}),
        (MAIL | {"template": "No!"}, {"template": "lower-case"}),
        (MAIL | {"template": 5}, {"template": "text"}),
        ({"type": "email", "message": "\u200f \n"}, None),
        ({"type": "email", "message": "\x00\x1b \n"}, {"message": "empty"}),
        ({"type": "email", "message": "x" * 20_001}, {"message": "20,001 characters"}),
        ({"type": "email", "message": "x", "subject": "\n"}, {"subject": "empty"}),
        ({"type": "email", "message": "x", "subject": "x" * 201}, {"subject": "201"}),
        ({"type": "email", "message": "x", "callType": "check_in"}, {"callType": "leave it out"}),
        (CALL | {"template": "check_in"}, {"template": "leave it out"}),
        (CALL | {"callType": "chat"}, {"callType": "'check_in'"}),
        (CALL | {"message": "x" * 2001}, {"message": "2,001 characters"}),
        (CALL | {"supplierId": "5"}, {"supplierId": "UUID"}),
        (CALL | {"supplierId": None}, {"supplierId": "text"}),
        (CALL | {"supplier_id": "5"}, {"supplier_id": "did you mean"}),
        (CALL | {"colour": "red"}, {"colour": "is not known"}),
        (CALL | {"y" * 300: 1}, {"y" * 100: "is not known"}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_each_wrong_field_is_named_with_what_to_do_and_nothing_is_done(
    body: dict[str, Any],
    wrong: dict[str, str] | None,
    ask: Callable[..., httpx.Response],
    sql: Any,
) -> None:
    answer = ask(body)
    if wrong is None:  # a mark of direction is to be seen by nobody, and still a letter
        made(answer)
        return
    problems = fields_of(answer)
    assert set(problems) == set(wrong), problems
    for field, words in wrong.items():
        assert words in problems[field]
    assert count(sql) == 0


def test_a_supplier_that_does_not_exist_is_a_404(ask: Callable[..., httpx.Response]) -> None:
    answer = ask(CALL | {"supplierId": str(uuid.uuid4())})
    assert answer.status_code == 404
    error = error_of(answer)
    assert error["code"] == "supplier_not_found"
    assert error["details"]["fields"][0]["field"] == "supplierId"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe{\x00}",
        b'{"type": "call"} x',
        b'{"message": "\\ud800"}',
        b"[" * 100_000,
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_json_is_a_400(content: bytes, admin: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    answer = admin.post(INTERVENTIONS, content=content, headers=headers)
    assert answer.status_code == 400
    assert error_of(answer)["code"] == "malformed_json"


@pytest.mark.parametrize("content", [b"[]", b"null", b"5", b'"call"', b'[{"type": "call"}]'])
def test_json_that_is_no_object_is_named(content: bytes, admin: httpx.Client) -> None:
    answer = admin.post(
        INTERVENTIONS, content=content, headers={"Content-Type": "application/json"}
    )
    assert fields_of(answer) == {"body": "must be a JSON object"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_what_is_not_declared_as_json_is_a_415(
    headers: dict[str, str], admin: httpx.Client
) -> None:
    answer = admin.post(INTERVENTIONS, content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert "Content-" in error_of(answer)["message"]


def test_a_body_over_the_limit_is_a_413_announced_or_not(admin: httpx.Client) -> None:
    def chunks() -> Any:
        for _ in range(9):
            yield b" " * 32 * 1024

    headers = {"Content-Type": "application/json"}
    for content in (b" " * (256 * 1024 + 1), chunks()):
        answer = admin.post(INTERVENTIONS, content=content, headers=headers)
        assert answer.status_code == 413
        error = error_of(answer)
        assert error["details"] == {"mostBytes": 256 * 1024}


def test_the_longest_message_fits_however_it_is_written(admin: httpx.Client, supplier: str) -> None:
    body = {"supplierId": supplier, "type": "in_app", "message": "\U0001f490" * 20_000}
    escaped = json.dumps(body)
    assert len(escaped) > 240_000
    headers = {"Content-Type": "application/json"}
    made(admin.post(INTERVENTIONS, content=escaped, headers=headers))
