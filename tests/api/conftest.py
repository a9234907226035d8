"""A really running server, and programs that call its API."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import load_settings
from cs_core.io.people.sessions import sign_in
from cs_core.io.people.users import create_user
from embedded.postgres import free_port
from embedded.stack import Stack
from tests.e2e.dashboard import running_dashboard
from tests.support.health_rows import add_scored_supplier
from tests.support.stacks import running_stack


@pytest.fixture(autouse=True)
def environment(dashboard_environment: None) -> None:
    """Each test has the dashboard's settings from the running stack."""


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api") / "log"


@pytest.fixture(scope="session")
def server(stack: Stack, server_log: Path) -> Iterator[str]:
    """The address of a server with an allowance that no test uses up."""
    env = stack.env | {"CS_API_PER_MINUTE": "99999"}
    with running_dashboard(env, free_port(), server_log) as url:
        yield url


@pytest.fixture
def api(server: str, sql: Any) -> Iterator[httpx.Client]:
    """A program without a token."""
    with httpx.Client(base_url=server, timeout=30) as client:
        yield client


@pytest.fixture
def call_as(
    server: str, add_person: Callable[..., dict[str, str]]
) -> Iterator[Callable[..., httpx.Client]]:
    """A function that gives the program of a new person with a role, or without one."""
    opened: list[httpx.Client] = []

    def become(role: str | None) -> httpx.Client:
        person = add_person(f"{role}-{len(opened)}@wedsync.example", role)
        headers = {"Authorization": f"Bearer {person['access_token']}"}
        opened.append(httpx.Client(base_url=server, headers=headers, timeout=30))
        return opened[-1]

    yield become
    for client in opened:
        client.close()


@pytest.fixture
def admin(call_as: Callable[..., httpx.Client]) -> httpx.Client:
    return call_as("admin")


@pytest.fixture
def analyst(call_as: Callable[..., httpx.Client]) -> httpx.Client:
    return call_as("analyst")


@pytest.fixture
def suppliers(sql: Any) -> list[str]:
    """Seven scored suppliers, two critical, three at risk and two healthy; ids in order."""
    scores = (10, 39, 40, 55, 69, 70, 100)
    return sorted(add_scored_supplier(sql, f"Supplier with {score}", score) for score in scores)


@dataclass(frozen=True)
class World:
    """A server on a database of its own, which no test empties: it goes on sending mail.

    Parameters
    ----------
    url : str
    stack : Stack
    log : Path
        Where the server writes.
    email, password, token : str
        Of an admin.
    suppliers : list of str
        Ids of seeded suppliers.
    """

    url: str
    stack: Stack
    log: Path
    email: str
    password: str
    token: str
    suppliers: list[str]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    log = tmp_path_factory.mktemp("world") / "log"
    with running_stack() as stack:
        env = stack.env | {"CS_API_PER_MINUTE": "99999"}
        with (
            psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True) as sql,
            running_dashboard(env, free_port(), log) as url,
        ):
            # More than a page, so that there is a next one to follow.
            ids = [add_scored_supplier(sql, f"Supplier {n}", n) for n in range(101)]
            sql.execute("update suppliers set email = id || '@example.com'")
            settings = load_settings(stack.env)
            email, password = "service@wedsync.example", "a-long-password"
            create_user(connect_service(settings), email, "admin", password=password)
            _, tokens = sign_in(settings, email, password)
            yield World(url, stack, log, email, password, tokens.access_token, ids)
