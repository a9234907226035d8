"""Several reads in one request: the same answers, the same rights, and a mark of their change."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from supabase import Client

from cs_core.base.errors import StoreError
from cs_core.io.base.reads import Query, fingerprint, run_queries, run_query
from cs_core.io.outreach.call_queue import call_count_query, calls_query
from cs_core.io.outreach.intervention_lists import ListFilter, intervention_list_query
from cs_core.io.score.movers import movers_query
from cs_core.io.score.today import calls_made_query, milestones_query, today_query
from cs_core.io.suppliers.find import filter_choices_query, suppliers_query, suppliers_screen_query
from cs_core.suppliers.filter import SupplierFilter
from tests.support.people import Somebody, become

__all__ = ["become"]
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
QUESTIONS: tuple[Query[Any], ...] = (
    today_query(),
    movers_query(10),
    calls_query(dt.datetime(2099, 1, 1, tzinfo=dt.UTC)),
    call_count_query(dt.datetime(2099, 1, 1, tzinfo=dt.UTC), "none"),
    calls_made_query(LONG_AGO),
    milestones_query(LONG_AGO, milestone_type="first_client", celebrated=False),
    suppliers_query(SupplierFilter(text='o\'rowan & "fox"')),
    suppliers_screen_query(
        SupplierFilter(tiers=("standard", "premium")), "score", 1, 5, 7, with_history=True
    ),
    filter_choices_query(),
    intervention_list_query("history", ListFilter(type="call")),
)


def plain(function: str, **arguments: Any) -> Query[Any]:
    return Query("Asking", function, arguments, lambda found: found)


@pytest.fixture
def filled(add_supplier: Callable[..., str], sql: Any) -> str:
    """A supplier with a milestone and an open call; returns its id."""
    supplier = add_supplier(business_name='O\'Rowan & "Fox"', email="rowan@example.com")
    sql.execute(
        "insert into success_milestones (supplier_id, milestone_type, achieved_at)"
        " values (%s, 'first_client', now())",
        [supplier],
    )
    sql.execute(
        "insert into support_interactions (supplier_id, type, scheduled_for)"
        " values (%s, 'check_in', now())",
        [supplier],
    )
    return supplier


@pytest.fixture
def client(filled: str, become: Callable[[str], Somebody]) -> Client:
    return become("analyst").client


def test_questions_asked_together_get_the_answers_they_get_alone(client: Client) -> None:
    together = run_queries(client, "Asking", *QUESTIONS).found
    assert list(together) == [run_query(client, question) for question in QUESTIONS]
    found = dict(zip((question.function for question in QUESTIONS), together, strict=True))
    assert found["find_suppliers"].total == 1
    assert len(found["call_queue"]) == len(found["recent_milestones"]) == 1


def test_lists_of_texts_ids_and_nothing_arrive_as_they_were_given(
    client: Client, filled: str
) -> None:
    timeline = plain(
        "supplier_timeline",
        p_supplier=filled,
        p_before=None,
        p_before_id=None,
        p_limit=9,
        p_kinds=["milestone", 'a "kind", {with} signs'],
    )
    ended = plain("ended_calls", p_suppliers=[], p_calls=[])
    (entries, none), _ = (
        (found := run_queries(client, "Asking", timeline, ended)).found,
        found.fingerprint,
    )
    assert [entry["kind"] for entry in entries] == ["milestone"]
    assert none == {}


def test_the_mark_stays_until_an_answer_changes(client: Client, sql: Any, filled: str) -> None:
    mark = run_queries(client, "Asking", *QUESTIONS).fingerprint
    assert fingerprint(client, "Looking", *QUESTIONS) == mark
    sql.execute("update support_interactions set completed_at = now()")
    assert fingerprint(client, "Looking", *QUESTIONS) != mark


def test_nothing_that_writes_or_is_hidden_can_be_asked_for(client: Client, sql: Any) -> None:
    for function in ("claim_call", "add_note", "people", "pg_sleep", "no_such"):
        with pytest.raises(StoreError, match="There is nothing to read called"):
            run_query(
                client, plain("run_queries", p_calls=[{"function": function, "arguments": {}}])
            )
    with pytest.raises(StoreError, match="permission denied"):
        run_queries(client, "Asking", plain("time_zones_of", p_suppliers=[]))
    with pytest.raises(StoreError):
        run_queries(client, "Asking", plain("today", p_drop="'); drop table runs; --"))
    assert sql.execute("select count(*) from runs").fetchone() == (0,)


@pytest.mark.parametrize("kind", ["supplier", "stranger"])
def test_who_is_not_staff_asks_nothing(
    filled: str, become: Callable[[str], Somebody], kind: str
) -> None:
    with pytest.raises(StoreError, match="Only admins and analysts may ask"):
        run_queries(become(kind).client, "Asking", *QUESTIONS)


def test_questions_do_not_multiply(client: Client) -> None:
    one = {"function": "today", "arguments": {}}
    for function in ("run_queries", "fingerprint"):
        nested = plain(function, p_calls=[one])
        with pytest.raises(StoreError, match=f"There is nothing to read called {function}"):
            run_queries(client, "Asking", nested)
    with pytest.raises(StoreError, match="At most 20 questions"):
        run_query(client, plain("run_queries", p_calls=[one] * 21))
