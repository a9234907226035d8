"""A really running server, and programs that call its API."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from embedded.postgres import free_port
from embedded.stack import Stack
from tests.app.health_rows import add_scored_supplier
from tests.e2e.dashboard import running_dashboard

HEALTH = "/api/customer-success/health"
INTERVENTIONS = "/api/customer-success/interventions"


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


def error_of(answer: httpx.Response) -> dict[str, Any]:
    """The error in an answer, after checking that it has the one shape all errors have."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert set(body) == {"error"}
    error = body["error"]
    assert set(error) == {"code", "message", "details"}
    assert error["message"].endswith(".")
    return dict(error)


def fields_of(answer: httpx.Response) -> dict[str, str]:
    """Which fields an answer finds fault with: field -> what it says of it."""
    assert answer.status_code == 422, answer.text
    error = error_of(answer)
    assert error["code"] == "invalid_fields"
    return {one["field"]: one["problem"] for one in error["details"]["fields"]}


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """A function that asks again until something is so, for what happens after an answer."""

    def wait(is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < deadline, "it did not happen within 20 seconds"
            time.sleep(0.05)

    return wait
