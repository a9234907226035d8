"""/healthz and /readyz: what monitoring is told, and what it is not."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from cs_app.api.probes import newest_run
from cs_app.server import clients
from tests.api.answers import error_of


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    newest_run.forget()
    yield
    newest_run.forget()


@pytest.fixture
def add_run(sql: Any) -> Any:
    """A function that adds a daily run that began so many hours ago."""

    def add(hours: float, status: str = "done", error: str | None = None) -> None:
        sql.execute(
            "insert into runs (kind, as_of, score_date, fence, status, started_at, finished_at,"
            " suppliers_scored, error) select 'daily', at, at::date, 0, %s, at,"
            " case when %s <> 'running' then at end, 5, %s"
            " from (select now() - %s * interval '1 hour' as at) t",
            (status, status, error, hours),
        )

    return add


def test_the_process_is_alive_whatever_the_database_does(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    answer = web.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_without_a_run_yet(web: Any, sql: Any) -> None:
    answer = web.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "lastRun": None})


def test_ready_tells_how_old_the_newest_run_is(web: Any, add_run: Any) -> None:
    add_run(30)
    add_run(5)
    run = web.get("/readyz").json()["lastRun"]
    assert set(run) == {"status", "startedAt", "finishedAt", "ageHours"}
    assert (run["status"], run["ageHours"]) == ("done", pytest.approx(5, abs=0.02))


@pytest.mark.parametrize(
    ("hours", "status", "most", "ready"),
    [
        (5, "done", 6, True),
        (7, "done", 6, False),
        (5, "failed", 6, False),
        (5, "running", 6, False),  # it holds no lease: it was killed
    ],
)
def test_a_missing_run_makes_it_not_ready_only_for_who_asks(
    hours: float, status: str, most: int, ready: bool, web: Any, add_run: Any
) -> None:
    add_run(hours, status, "password=hunter2" if status == "failed" else None)
    assert web.get("/readyz").status_code == 200
    answer = web.get(f"/readyz?max_run_age_hours={most}")
    assert answer.status_code == (200 if ready else 503)
    if not ready:
        assert error_of(answer)["code"] == "no_recent_run"
        assert "hunter2" not in answer.text


def test_there_has_to_be_a_run_for_who_asks(web: Any, sql: Any) -> None:
    assert web.get("/readyz?max_run_age_hours=24").status_code == 503


def test_without_supabase_it_is_not_ready_and_says_no_address(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    answer = web.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"
    assert error_of(answer)["code"] == "unavailable"
    assert "127.0.0.1" not in answer.text


def test_a_database_that_takes_the_call_and_says_nothing_is_given_up_on(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("SUPABASE_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(clients, "PROBE_TIMEOUT_SECONDS", 0.2)
        clients.forget_clients()
        assert web.get("/readyz").status_code == 503
        # Once: whoever asks has no patience for a second try.
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_many_probes_ask_the_database_once(web: Any, add_run: Any, sql: Any) -> None:
    assert web.get("/readyz").json()["lastRun"] is None
    add_run(5)
    assert web.get("/readyz").json()["lastRun"] is None
    newest_run.forget()
    assert web.get("/readyz").json()["lastRun"] is not None


@pytest.mark.parametrize("query", ["max_run_age_hours=0", "max_run_age_hours=x", "age=1"])
def test_a_wrong_parameter_is_named(query: str, web: Any, sql: Any) -> None:
    answer = web.get(f"/readyz?{query}")
    assert answer.status_code == 422
    assert error_of(answer)["details"]["fields"][0]["field"] == query.partition("=")[0]
