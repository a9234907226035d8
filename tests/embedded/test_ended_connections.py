"""Postgres ends connections in the middle of queries: the API server outlives it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from supabase import Client

from cs_core.base.errors import StoreError
from cs_core.io.base.client import call, connect_service
from cs_core.io.base.config import load_settings
from tests.embedded.test_stack import Running, folder, up

pytestmark = pytest.mark.slow

__all__ = ["folder", "up"]

NAP = """
create function public.nap() returns void language sql as 'select pg_sleep(60)';
grant execute on function public.nap() to service_role;
"""
ENDED = "Napping failed: PostgresError: terminating connection due to administrator command."
NAPPING = "from pg_stat_activity where wait_event = 'PgSleep'"


@pytest.fixture
def stack(up: Any) -> Running:
    running: Running = up()
    running.sql(NAP)
    return running


def nap(client: Client, found: list[Exception]) -> None:
    try:
        call(client, "Napping", "nap", {}, tries=1)
    except StoreError as error:
        found.append(error)


@pytest.mark.parametrize("how_many", [1, 12])  # 12: all that the server has open at most
def test_queries_that_are_ended_fail_alone_and_at_once(stack: Running, how_many: int) -> None:
    client = connect_service(load_settings(stack.env), timeout_seconds=30)
    server, found = stack.child("node"), list[Exception]()
    naps = [threading.Thread(target=nap, args=(client, found)) for _ in range(how_many)]
    for one in naps:
        one.start()
    while stack.sql(f"select count(*) {NAPPING}") != [(how_many,)]:
        pass
    stack.sql(f"select pg_terminate_backend(pid) {NAPPING}")
    for one in naps:
        one.join()
    assert [str(error) for error in found] == [ENDED] * how_many
    assert server.is_running()
    ask_often(client)


def test_connections_that_are_ended_while_nobody_uses_them_are_opened_anew(stack: Running) -> None:
    client = connect_service(load_settings(stack.env), timeout_seconds=30)
    ask_often(client)
    idle = "from pg_stat_activity where state = 'idle' and application_name = 'postgres.js'"
    (ended,) = stack.sql(f"select count(pg_terminate_backend(pid)) {idle}")
    assert ended[0] > 0
    while stack.sql(f"select count(*) {idle}") != [(0,)]:
        pass
    # One that is written while the server does not know yet is lost; it is asked again, as always.
    ask_often(connect_service(load_settings(stack.env), timeout_seconds=5), tries=2)


def ask_often(client: Client, tries: int = 1) -> None:
    """Ask more often than the server has connections, several at once."""
    with ThreadPoolExecutor(6) as pool:
        ask = partial(call, client, "Asking", "last_scored", {}, tries=tries)
        asked = [pool.submit(ask) for _ in range(40)]
    assert [one.result()["scored_at"] for one in asked] == [None] * 40
