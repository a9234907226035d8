"""People and runs at once: one request stays one, the cap holds, one call is open."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.client import connect_service
from cs_core.io.outreach.requests import Requested
from tests.support.asking import Asking, at_once, count
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import DAY, World, whom
from tests.support.runs import Sql

NOW = morning_of("2026-06-10")


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    """An empty world on a morning in June."""
    return World(add_supplier, add_events, sql, NOW)


@pytest.fixture
def ask(service: Client, add_person: Any) -> Asking:
    """Asks as an admin on this morning."""
    return Asking(service, add_person("admin@wedsync.example", "admin")["id"], NOW)


@pytest.mark.parametrize("kind", ["email", "call"])
def test_eight_at_once_with_one_key_are_one_request(
    kind: str, world: World, ask: Asking, sql: Sql, settings: Any
) -> None:
    ash = world.silent("Ash")
    asking = [
        partial(ask, ash, client=connect_service(settings), type=kind, idempotency_key="k")
        for _ in range(8)
    ]
    answers = at_once(*asking)
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert count(sql) == 1


@pytest.mark.parametrize("scored_before", [True, False], ids=["known", "new"])
def test_a_person_and_a_run_at_once_keep_to_the_cap_and_open_one_call(
    scored_before: bool, world: World, ask: Asking, team: Team, sql: Sql, score: Any, settings: Any
) -> None:
    suppliers = [world.silent(f"S{number}") for number in range(24)]
    if scored_before:
        score(NOW - DAY)
    people = [connect_service(settings) for _ in range(3)]

    def person(number: int) -> Callable[[], Any]:
        def job() -> list[Requested]:
            return [
                ask(supplier, client=people[number], **how)
                for supplier in suppliers[number::3]
                for how in ({}, {"type": "call"})
            ]

        return job

    at_once(lambda: team.decide(NOW, page_size=2), *map(person, range(3)))
    team.send(NOW)
    mails = whom(team.new_mails())
    assert len(mails) == len(set(mails)) == 24
    for supplier in suppliers:
        assert len(team.made(supplier, type="email")) == 1
        assert len(team.made(supplier, type="call")) == 1
    assert count(sql, "support_interactions") == 24
