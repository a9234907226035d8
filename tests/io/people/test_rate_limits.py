"""Attempts are counted in the database, and forgotten in time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from supabase import Client

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import Settings
from cs_core.io.people.rate_limits import SLOTS, Limit, forget, take

TWO = Limit("sign_in/account", 2, 300)


@pytest.fixture
def later(sql: Any) -> Callable[[int], None]:
    """A function that lets time pass for what was tried so far."""

    def pass_by(seconds: int) -> None:
        sql.execute(
            "update private.attempts set ends_at = ends_at - make_interval(secs => %(by)s),"
            " made_at = array("
            "   select made - make_interval(secs => %(by)s) from unnest(made_at) made)",
            {"by": seconds},
        )

    return pass_by


def test_the_attempt_over_the_limit_is_refused_until_the_oldest_is_over(
    service: Client, later: Callable[[int], None]
) -> None:
    assert take(service, (TWO, "ada"))
    later(100)
    assert take(service, (TWO, "ada"))
    assert not take(service, (TWO, "ada"))
    later(199)
    assert not take(service, (TWO, "ada"))
    later(1)
    assert take(service, (TWO, "ada"))
    assert not take(service, (TWO, "ada"))


def test_two_server_processes_count_together(settings: Settings, sql: Any) -> None:
    one, other = connect_service(settings), connect_service(settings)
    assert take(one, (TWO, "ada"))
    assert take(other, (TWO, "ada"))
    assert not take(one, (TWO, "ada"))
    assert not take(other, (TWO, "ada"))
    forget(other, (TWO, "ada"))
    assert take(one, (TWO, "ada"))


def test_of_many_at_once_no_more_are_allowed(settings: Settings, sql: Any) -> None:
    ten = Limit("sign_in/name", 10, 300)
    clients = [connect_service(settings) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: take(clients[n % 4], (ten, "ada")), range(40)))
    assert sum(found) == 10


def test_keys_and_limits_do_not_share_a_count(service: Client, sql: Any) -> None:
    one, other = Limit("one", 1, 300), Limit("other", 1, 300)
    assert take(service, (one, "ada"), (other, "ada"))
    assert take(service, (one, "grace"))
    assert not take(service, (one, "ada"))


def test_behind_a_limit_that_refuses_nothing_is_counted(service: Client, sql: Any) -> None:
    one, two = Limit("one", 1, 300), Limit("two", 2, 300)
    assert take(service, (one, "x"), (two, "y"))
    assert not take(service, (one, "x"), (two, "y"))
    assert take(service, (two, "y"))


def test_what_no_longer_counts_is_deleted_by_the_next_attempt(
    service: Client, sql: Any, later: Callable[[int], None]
) -> None:
    for key in ("ada", "grace"):
        take(service, (TWO, key))
    later(301)
    take(service, (TWO, "bob"))
    assert sql.execute("select count(*) from private.attempts").fetchone() == (1,)


def test_an_address_can_not_be_told_from_what_is_kept(service: Client, sql: Any) -> None:
    take(service, (TWO, "ada@wedsync.example 192.0.2.7"))
    (kept,) = sql.execute("select to_jsonb(a) from private.attempts a").fetchone()
    assert set(kept) == {"kind", "slot", "made_at", "ends_at"}
    # One of so few that thousands of addresses share it.
    assert 0 <= kept["slot"] < SLOTS < 2**20


def test_people_have_no_right_to_the_counts(sql: Any) -> None:
    """What others get of the functions is asked in test_access."""
    rights = sql.execute(
        "select r from unnest(array['anon', 'authenticated']) r"
        " where has_table_privilege(r, 'private.attempts', 'select, insert, update, delete')"
    ).fetchall()
    assert rights == []
