"""What the API says when something breaks, and when somebody asks too often."""

import logging
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from cs_app.api import endpoints
from cs_app.server import clients
from cs_core.io.operations.api import SupplierPage
from tests.api.answers import HEALTH, INTERVENTIONS, error_of
from tests.support.asking import at_once

SECRET = "rowan-and-fox@example.com"


@pytest.fixture
def admin(web: Any, add_person: Callable[..., dict[str, str]]) -> Any:
    token = add_person("ada@wedsync.example", "admin")["access_token"]
    web.headers["Authorization"] = f"Bearer {token}"
    return web


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_supabase_it_is_a_503_that_says_what_may_have_happened(
    method: str, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    answer = admin.request(method, HEALTH if method == "GET" else INTERVENTIONS)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    error = error_of(answer)
    assert error["code"] == "unavailable"
    assert ("A write may have happened" in error["message"]) == (method == "POST")
    assert "127.0.0.1" not in answer.text


def test_while_supabase_says_nothing_the_process_is_alive_and_has_threads_left(
    admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=200) as silent:
        monkeypatch.setenv("SUPABASE_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(clients, "API_TIMEOUT_SECONDS", 2.0)
        clients.forget_clients()
        with ThreadPoolExecutor(80) as programs:
            waiting = [programs.submit(admin.get, HEALTH) for _ in range(60)]
            silent.accept()  # the first one waits for an answer
            assert admin.get("/healthz").status_code == 200
            assert admin.get("/export/health.csv").status_code == 303
            assert not any(one.done() for one in waiting)
            monkeypatch.setattr(clients, "API_TIMEOUT_SECONDS", 0.1)
            clients.forget_clients()
        assert {one.result().status_code for one in waiting} == {503}


def test_a_database_without_the_migrations_is_a_503_and_no_crash(
    admin: httpx.Client, sql: Any
) -> None:
    sql.execute("alter function public.api_suppliers rename to api_suppliers_hidden")
    try:
        answer = admin.get(HEALTH)
    finally:
        sql.execute("alter function public.api_suppliers_hidden rename to api_suppliers")
    assert answer.status_code == 503
    error_of(answer)


def test_a_crash_is_a_500_with_a_number_that_is_in_the_log_and_nobodys_data(
    admin: httpx.Client,
    sql: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: Any, **__: Any) -> SupplierPage:
        raise ValueError(SECRET)

    monkeypatch.setattr("cs_app.api.suppliers.fetch_suppliers", broken)
    with caplog.at_level(logging.DEBUG):
        answer = admin.get(HEALTH, params={"q": SECRET})
    assert answer.status_code == 500
    error = error_of(answer)
    assert error["code"] == "internal"
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("cs_app")]
    assert error["details"]["number"] in ours[0]
    assert "ValueError" in ours[0]
    assert SECRET not in answer.text
    assert SECRET not in "".join(ours)


def test_a_broken_set_up_is_said_and_the_key_may_be_used_again(
    admin: httpx.Client, add_supplier: Callable[..., str], sql: Any
) -> None:
    request: dict[str, Any] = {
        "json": {"supplierId": add_supplier(), "type": "call"},
        "headers": {"Idempotency-Key": "visit-1"},
    }
    sql.execute("create table kept as table outreach_rules")
    sql.execute("delete from outreach_rules")
    try:
        answer = admin.post(INTERVENTIONS, **request)
    finally:
        sql.execute("insert into outreach_rules select * from kept; drop table kept")
    assert answer.status_code == 503
    assert error_of(answer)["code"] == "not_set_up"
    assert admin.post(INTERVENTIONS, **request).status_code == 201


# ---- too often ----


@pytest.fixture
def rare(admin: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same admin where eight reads and two writes a minute are allowed."""
    monkeypatch.setenv("CS_API_PER_MINUTE", "8")
    clients.forget_clients()
    return admin


def too_often(answer: httpx.Response, most_wait: int) -> None:
    assert answer.status_code == 429
    error = error_of(answer)
    assert error["code"] == "too_many_requests"
    assert 1 <= int(answer.headers["retry-after"]) <= most_wait


def test_one_too_many_is_a_429_that_says_how_long_to_wait(rare: httpx.Client) -> None:
    for _ in range(8):
        assert rare.get(HEALTH).status_code == 200
    too_often(rare.get(HEALTH), 8)


def test_writes_have_an_allowance_of_their_own_and_nothing_is_done_beyond_it(
    rare: httpx.Client, add_supplier: Callable[..., str], sql: Any
) -> None:
    body = {"supplierId": add_supplier(), "type": "call"}
    for _ in range(2):
        assert rare.post(INTERVENTIONS, json=body).status_code == 201
    too_often(rare.post(INTERVENTIONS, json=body), 30)
    assert sql.execute("select count(*) from interventions").fetchone() == (2,)
    assert rare.get(HEALTH).status_code == 200


def test_all_server_processes_count_together_and_new_tokens_do_not_help(
    rare: httpx.Client, sql: Any, add_person: Callable[..., dict[str, str]]
) -> None:
    for _ in range(8):
        assert rare.get(HEALTH).status_code == 200
        clients.forget_clients()  # nothing is kept in the process
    too_often(rare.get(HEALTH), 8)
    other = add_person("bo@wedsync.example", "analyst")["access_token"]
    assert rare.get(HEALTH, headers={"Authorization": f"Bearer {other}"}).status_code == 200


def test_at_once_no_more_get_through(rare: httpx.Client) -> None:
    answers = at_once(*[lambda: rare.get(HEALTH)] * 16)
    assert sorted(answer.status_code for answer in answers) == [200] * 8 + [429] * 8


def test_the_allowance_comes_back_evenly(rare: httpx.Client, sql: Any) -> None:
    for _ in range(8):
        rare.get(HEALTH)
    # As if 16 seconds had gone by: time enough for two.
    sql.execute("update private.api_use set used_up_to = used_up_to - interval '16 seconds'")
    assert [rare.get(HEALTH).status_code for _ in range(3)] == [200, 200, 429]


def test_every_endpoint_that_needs_a_person_says_so_in_the_description() -> None:
    public = {endpoint.path for endpoint in endpoints.ENDPOINTS if not endpoint.needs_person}
    assert public == {"/healthz", "/readyz"}
