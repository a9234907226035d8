"""The call queue: what is due, what came of a call, and a call just being made."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from supabase import Client

from cs_core.base.errors import UsageError
from cs_core.base.vocabulary import OUTCOMES
from cs_core.io.base.client import connect_person
from cs_core.io.outreach.calls import fetch_due_calls, log_outcome
from embedded.stack import Stack
from tests.support.asking import Asking
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import DAY, World
from tests.support.runs import Sql

NOW = morning_of("2026-06-10")


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    """An empty world on a morning in June."""
    return World(add_supplier, add_events, sql, NOW)


@pytest.fixture
def ash(world: World, team: Team) -> str:
    """A supplier with a planned check-in."""
    supplier = world.silent("Ash", email=None)
    team.decide(NOW)
    return supplier


def only_call(client: Client) -> dict[str, Any]:
    (call,) = fetch_due_calls(client, NOW + 30 * DAY)
    return call


def test_a_call_is_in_the_queue_until_it_is_made(
    ash: str, team: Team, service: Client, sql: Sql
) -> None:
    call = only_call(service)
    assert (call["supplier_id"], call["type"]) == (ash, "check_in")
    assert fetch_due_calls(service, NOW) == []
    assert log_outcome(service, ash, call["id"], "reached", NOW, "All is well.") is True
    assert fetch_due_calls(service, NOW + 30 * DAY) == []
    assert [c["status"] for c in team.contacts(ash, type="call")] == ["done"]
    row = sql.execute("select outcome, notes, completed_at from support_interactions").fetchone()
    assert row == ("reached", "All is well.", NOW)


def test_a_call_is_made_once_and_the_first_outcome_stays(
    ash: str, service: Client, sql: Sql
) -> None:
    call = only_call(service)
    assert log_outcome(service, ash, call["id"], "left_message", NOW)
    assert log_outcome(service, ash, call["id"], "reached", NOW + DAY) is False
    assert sql.execute("select outcome, completed_at from support_interactions").fetchone() == (
        "left_message",
        NOW,
    )


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_is_taken_and_no_other(outcome: str, ash: str, service: Client) -> None:
    call = only_call(service)
    with pytest.raises(UsageError, match="no outcome 'busy'"):
        log_outcome(service, ash, call["id"], "busy", NOW)
    assert log_outcome(service, ash, call["id"], outcome, NOW)


def test_a_call_that_was_made_is_not_cancelled_later(
    ash: str, team: Team, service: Client, add_events: Any, sql: Sql
) -> None:
    log_outcome(service, ash, only_call(service)["id"], "reached", NOW)
    add_events((ash, "login", None, "2026-06-10T12:00:00Z"))
    team.run("2026-06-11")
    sql.execute("update suppliers set status = 'churned', churned_at = '2026-06-11T12:00Z'")
    team.run("2026-06-12")
    assert [c["status"] for c in team.contacts(ash, type="call")] == ["done"]
    assert sql.execute("select cancelled_at from support_interactions").fetchone() == (None,)


def test_a_cancelled_call_cannot_be_made(
    ash: str, team: Team, service: Client, add_events: Any
) -> None:
    call = only_call(service)
    add_events((ash, "login", None, "2026-06-10T12:00:00Z"))
    team.run("2026-06-11")
    assert log_outcome(service, ash, call["id"], "reached", NOW + DAY) is False
    (row,) = team.made(ash, type="call")
    assert (row["status"], row["reason"]) == ("cancelled", "recovered")


def test_an_admin_makes_a_call_as_themselves_and_an_analyst_does_not(
    ash: str, team: Team, service: Client, settings: Any, add_person: Any
) -> None:
    call = only_call(service)
    made = {}
    for role in ("analyst", "admin"):
        person = add_person(f"{role}@wedsync.example", role)
        client = connect_person(settings, person["access_token"])
        assert only_call(client) == call
        made[role] = log_outcome(client, ash, call["id"], "reached", NOW)
        status = "done" if role == "admin" else "planned"
        assert [c["status"] for c in team.contacts(ash, type="call")] == [status]
    assert made == {"analyst": False, "admin": True}


def test_after_a_call_was_made_another_can_be_planned(
    ash: str, team: Team, service: Client, add_person: Any
) -> None:
    log_outcome(service, ash, only_call(service)["id"], "no_answer", NOW)
    ask = Asking(service, add_person("admin@wedsync.example", "admin")["id"], NOW)
    assert ask(ash, type="call").status == "planned"
    assert len(team.made(ash, type="call")) == 2


def test_a_call_that_is_just_being_made_is_not_taken_back_and_nobody_is_in_the_way(
    ash: str, team: Team, stack: Stack, service: Client, sql: Sql
) -> None:
    call = only_call(service)
    with ThreadPoolExecutor(1) as work, psycopg.connect(stack.env["SUPABASE_DB_URL"]) as admin:
        # The entry first, then the intervention behind it, as the trigger does.
        admin.execute("select from support_interactions where id = %s for update", (call["id"],))
        closing = work.submit(
            sql.execute,
            "select private.close_calls(%s, array[%s]::uuid[], 'recovered')",
            (NOW, call["intervention_id"]),
        )
        with psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True) as watcher:
            while not watcher.execute("select 1 from pg_locks where not granted").fetchone():
                assert not closing.done()
        admin.execute(
            "update support_interactions set completed_at = %s, outcome = 'reached' where id = %s",
            (NOW, call["id"]),
        )
    assert closing.result().rowcount == 1
    assert [c["status"] for c in team.contacts(ash, type="call")] == ["done"]
    assert sql.execute("select cancelled_at from support_interactions").fetchone() == (None,)
