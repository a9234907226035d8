"""POST /api/customer-success/interventions: what is planned, held back, repeated or refused."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from cs_app.api.delivery import delivery
from tests.api.answers import INTERVENTIONS, error_of, fields_of
from tests.run.asking import at_once, count

CALL = {"type": "call"}
MAIL = {"type": "email", "template": "check_in"}


@pytest.fixture
def supplier(add_supplier: Callable[..., str]) -> str:
    return add_supplier(email="rowan@example.com", contact_name="Rowan Ash")


@pytest.fixture
def admin(web: Any, add_person: Callable[..., dict[str, str]]) -> Iterator[httpx.Client]:
    """The program of an admin; what it had sent is out before the test ends."""
    token = add_person("ada@wedsync.example", "admin")["access_token"]
    web.headers["Authorization"] = f"Bearer {token}"
    yield web
    assert delivery.wait(30)


@pytest.fixture
def ask(admin: httpx.Client, supplier: str) -> Callable[..., httpx.Response]:
    """A function that asks for a contact of the supplier, as the admin."""

    def post(
        body: dict[str, Any], key: str | None = None, token: str | None = None
    ) -> httpx.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return admin.post(INTERVENTIONS, json={"supplierId": supplier} | body, headers=headers)

    return post


def made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return dict(answer.json())


def test_a_call_is_put_into_the_queue(ask: Callable[..., httpx.Response], sql: Any) -> None:
    answer = made(ask(CALL | {"message": "Asked for\na call back", "callType": "onboarding_call"}))
    assert set(answer) == {"success", "interventionId", "status", "scheduledFor"}
    assert (answer["success"], answer["status"]) == (True, "planned")
    due = datetime.fromisoformat(answer["scheduledFor"])
    assert due > datetime.now(UTC)
    row = sql.execute("select id::text, type, call_type, status, scheduled_for from interventions")
    assert row.fetchall() == [(answer["interventionId"], "call", "onboarding_call", "planned", due)]
    (cause,) = sql.execute("select cause from interventions").fetchone()
    assert cause["reasons"][0]["note"] == "Asked for\na call back"


def test_a_message_in_quiet_hours_waits_until_they_end_and_says_until_when(
    ask: Callable[..., httpx.Response], sql: Any
) -> None:
    sql.execute("update suppliers set timezone = 'UTC'")
    now = datetime.now(UTC)
    end = (now + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    begin = now - timedelta(hours=3)
    hours = {"quiet_hours": {"from": f"{begin:%H:00}", "until": f"{end:%H:00}"}}
    sql.execute(
        "insert into outreach_rules (version, definition)"
        " select version + 1, definition || %s from outreach_rules order by version desc limit 1",
        (json.dumps(hours),),
    )
    answer = made(ask(MAIL))
    assert (answer["success"], answer["status"]) == (True, "planned")
    assert datetime.fromisoformat(answer["scheduledFor"]) == end
    assert delivery.wait(30)
    assert sql.execute("select status from interventions").fetchall() == [("planned",)]
    assert count(sql, "outbox") == 0


def test_a_second_call_joins_the_one_that_is_open(
    ask: Callable[..., httpx.Response], sql: Any
) -> None:
    first, second = made(ask(CALL)), made(ask(CALL))
    assert second == first | {
        "interventionId": second["interventionId"],
        "status": "suppressed",
        "reason": "open_call",
    }
    assert count(sql, "support_interactions") == 1


def sent_mail(sql: Any) -> list[Any]:
    return sql.execute(
        "select subject, status from interventions where status <> 'planned'"
    ).fetchall()


def test_a_mail_leaves_soon_after_the_answer(
    ask: Callable[..., httpx.Response],
    sql: Any,
) -> None:
    words = {"type": "email", "subject": "Your calendar", "message": "Shall we look at it?"}
    assert made(ask(words))["success"] is True
    assert delivery.wait(30)
    assert sent_mail(sql) == [("Your calendar", "sent")]


def test_words_without_a_subject_get_one(ask: Callable[..., httpx.Response], sql: Any) -> None:
    made(ask({"type": "in_app", "message": "There is a new calendar."}))
    assert delivery.wait(30)
    assert sent_mail(sql) == [("A message from WedSync", "sent")]
    shown = sql.execute("select title, body from in_app_messages").fetchall()
    assert shown == [("A message from WedSync", "There is a new calendar.")]


@pytest.mark.parametrize("opted_out", [True, False])
def test_what_a_rule_holds_back_is_no_success_and_says_why(
    opted_out: bool, ask: Callable[..., httpx.Response], sql: Any
) -> None:
    column, value, reason = (
        ("email_opt_out", True, "opt_out") if opted_out else ("email", None, "no_address")
    )
    sql.execute(f"update suppliers set {column} = %s", (value,))
    answer = made(ask(MAIL))
    assert answer.pop("interventionId")
    assert answer == {"success": False, "status": "suppressed", "reason": reason}
    assert sql.execute("select status, reason from interventions").fetchall() == [
        ("suppressed", reason)
    ]


def test_the_frequency_cap_holds_for_programs_too(
    ask: Callable[..., httpx.Response], sql: Any
) -> None:
    assert made(ask(MAIL))["success"] is True
    assert made(ask(MAIL))["reason"] == "frequency_cap"


# ---- idempotency ----


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
    ask: Callable[..., httpx.Response], admin: httpx.Client, supplier: str, sql: Any
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
    ask: Callable[..., httpx.Response], sql: Any
) -> None:
    assert ask(MAIL | {"template": "no_such_template"}, key="visit-1").status_code == 422
    assert ask(CALL | {"supplierId": str(uuid.uuid4())}, key="visit-1").status_code == 404
    assert made(ask(MAIL, key="visit-1"))["success"] is True


def test_keys_of_two_people_never_meet(
    ask: Callable[..., httpx.Response],
    add_person: Callable[..., dict[str, str]],
    sql: Any,
) -> None:
    first = made(ask(CALL, key="visit-1"))
    token = add_person("bo@wedsync.example", "admin")["access_token"]
    other = ask(CALL, key="visit-1", token=token)
    assert made(other)["interventionId"] != first["interventionId"]


def test_without_a_key_each_request_is_its_own(
    ask: Callable[..., httpx.Response], sql: Any
) -> None:
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


# ---- what is refused ----


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


def test_a_supplier_that_does_not_exist_is_a_404(
    ask: Callable[..., httpx.Response], sql: Any
) -> None:
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


def test_a_body_over_the_limit_is_a_413_announced_or_not(
    admin: httpx.Client, supplier: str
) -> None:
    def chunks() -> Any:
        for _ in range(9):
            yield b" " * 32 * 1024

    headers = {"Content-Type": "application/json"}
    for content in (b" " * (256 * 1024 + 1), chunks()):
        answer = admin.post(INTERVENTIONS, content=content, headers=headers)
        assert answer.status_code == 413
        error = error_of(answer)
        assert error["details"] == {"mostBytes": 256 * 1024}


def test_the_longest_message_fits_however_it_is_written(
    ask: Callable[..., httpx.Response], admin: httpx.Client, supplier: str
) -> None:
    body = {"supplierId": supplier, "type": "in_app", "message": "\U0001f490" * 20_000}
    escaped = json.dumps(body)
    assert len(escaped) > 240_000
    headers = {"Content-Type": "application/json"}
    made(admin.post(INTERVENTIONS, content=escaped, headers=headers))
