"""POST /api/customer-success/interventions: what is planned, sent or held back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from cs_app.api.delivery import delivery
from tests.api.asking import CALL, MAIL, admin, ask, made, supplier
from tests.support.asking import count

__all__ = ["admin", "ask", "supplier"]


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


def test_the_frequency_cap_holds_for_programs_too(ask: Callable[..., httpx.Response]) -> None:
    assert made(ask(MAIL))["success"] is True
    assert made(ask(MAIL))["reason"] == "frequency_cap"
