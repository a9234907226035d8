"""What the HTTP API asks of the database: who calls, first answers, pages."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from supabase import Client

from cs_core.io.operations.api import claim_key, keep_answer, release_key
from tests.support.asking import at_once
from tests.support.health_rows import add_scored_supplier
from tests.support.people import Somebody, become

__all__ = ["become"]

ONE, OTHER = "1" * 64, "2" * 64


def enter(client: Client, per_minute: int = 100, kind: str = "read") -> dict[str, Any]:
    answer = client.rpc("enter_api", {"p_kind": kind, "p_per_minute": per_minute}).execute().data
    return dict(answer)


@pytest.mark.parametrize(
    ("name", "role"),
    [("admin", "admin"), ("analyst", "analyst"), ("supplier", None), ("stranger", None)],
)
def test_the_caller_is_told_their_own_role(
    name: str, role: str | None, become: Callable[[str], Somebody], add_supplier: Any, sql: Any
) -> None:
    add_supplier()
    somebody = become(name)
    assert enter(somebody.client) == {"user_id": somebody.id, "role": role, "wait_seconds": 0}
    counted = sql.execute("select user_id::text from private.api_use").fetchall()
    assert counted == ([(somebody.id,)] if role else [])


def test_nobody_gives_back_what_they_used(become: Callable[[str], Somebody], sql: Any) -> None:
    client = become("analyst").client
    assert [enter(client, 2)["wait_seconds"] > 0 for _ in range(3)] == [False, False, True]
    for trick in (-5, 0, 10**9):
        enter(client, trick)
    assert enter(client, 2)["wait_seconds"] > 0


def test_waiting_is_told_in_whole_seconds_and_enough_of_them(
    become: Callable[[str], Somebody], sql: Any
) -> None:
    client = become("analyst").client
    enter(client, 1)
    assert 55 <= enter(client, 1)["wait_seconds"] <= 60
    sql.execute("update private.api_use set used_up_to = now() + interval '0.001 seconds'")
    assert enter(client, 1)["wait_seconds"] <= 1


@pytest.fixture
def person(sql: Any) -> str:
    user = str(uuid.uuid4())
    sql.execute("insert into auth.users (id, email) values (%s, 'ada@example.com')", (user,))
    return user


def test_a_key_gives_its_first_answer_and_stands_for_one_thing(
    service: Client, person: str
) -> None:
    assert claim_key(service, person, "k", ONE).answer is None
    assert claim_key(service, person, "k", ONE).is_same
    assert keep_answer(service, person, "k", {"n": 1}) == {"n": 1}
    assert keep_answer(service, person, "k", {"n": 2}) == {"n": 1}
    again = claim_key(service, person, "k", ONE)
    assert (again.is_same, again.answer) == (True, {"n": 1})
    assert not claim_key(service, person, "k", OTHER).is_same


def test_only_a_key_without_an_answer_is_released(service: Client, person: str) -> None:
    claim_key(service, person, "k", ONE)
    release_key(service, person, "k")
    assert claim_key(service, person, "k", OTHER).is_same
    keep_answer(service, person, "k", {"n": 1})
    release_key(service, person, "k")
    assert not claim_key(service, person, "k", ONE).is_same


def test_of_two_at_once_one_claims_the_key(service: Client, person: str) -> None:
    claims = at_once(
        *[lambda one=one: claim_key(service, person, "k", one) for one in (ONE, OTHER) * 4]
    )
    assert sum(claim.is_same for claim in claims) == 4


def test_answers_are_forgotten_after_thirty_days(service: Client, person: str, sql: Any) -> None:
    for key in ("old", "new"):
        claim_key(service, person, key, ONE)
    sql.execute(
        "update private.api_answers set created_at = now() - case idempotency_key"
        " when 'old' then interval '30 days 1 second' else interval '29 days' end"
    )
    claim_key(service, person, "another", ONE)
    left = sql.execute("select idempotency_key from private.api_answers order by 1").fetchall()
    assert left == [("another",), ("new",)]


def test_a_page_begins_after_the_key_of_the_one_before(sql: Any) -> None:
    for n in range(300):
        add_scored_supplier(sql, f"Supplier {n}", n % 101)
    sql.execute("analyze suppliers; analyze current_health")  # many enough for another plan
    middle = sql.execute("select id from suppliers order by id offset 150 limit 1").fetchone()[0]
    for arguments in ("'{}', %s, 10, false", '\'{"levels": ["critical"]}\', %s, 10, false'):
        ids = sql.execute(f"select api_suppliers({arguments})", (middle,)).fetchone()[0]
        assert len(ids["rows"]) == 10
        assert all(row["id"] > str(middle) for row in ids["rows"])
