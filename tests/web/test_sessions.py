"""The session record: sealed, refreshed once, and ended at once."""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from supabase import Client

from cs_core.base.errors import StoreError
from cs_core.io.base.client import connect_service
from cs_core.io.base.config import Settings
from cs_core.io.people import sessions
from cs_core.io.people.sessions import end_session, read_session


def count(sql: Any, table: str) -> int:
    return int(sql.execute(f"select count(*) from {table}").fetchone()[0])


def test_any_process_serves_the_session(
    settings: Settings, ada: dict[str, str], cookie_of: Callable[..., str]
) -> None:
    cookie = cookie_of(ada)
    found = read_session(settings, connect_service(settings), cookie)
    assert found is not None
    assert (found.user_id, found.email, found.role) == (ada["id"], ada["email"], "admin")
    assert found.access_token == ada["access_token"]


def test_the_row_holds_neither_the_cookie_nor_a_token(
    sql: Any, ada: dict[str, str], cookie_of: Callable[..., str]
) -> None:
    cookie = cookie_of(ada)
    row = sql.execute("select to_jsonb(w) from private.web_sessions w").fetchone()[0]
    assert row["id_hash"] == hashlib.sha256(cookie.encode()).hexdigest()
    for secret in (cookie, ada["access_token"], ada["refresh_token"]):
        assert secret not in json.dumps(row)


def test_the_row_alone_cannot_be_opened(
    sql: Any, ada: dict[str, str], cookie_of: Callable[..., str]
) -> None:
    cookie, other = cookie_of(ada), cookie_of(ada)
    id_hash = hashlib.sha256(cookie.encode()).hexdigest()
    (sealed,) = sql.execute(
        "select sealed from private.web_sessions where id_hash = %s", [id_hash]
    ).fetchone()
    assert sessions._unseal(id_hash, sealed) is None
    assert sessions._unseal(other, sealed) is None
    assert sessions._unseal(cookie, sealed[:-8] + "AAAAAAA=") is None
    opened = sessions._unseal(cookie, sealed)
    assert opened is not None
    assert opened.access_token == ada["access_token"]


def test_a_row_put_under_another_cookie_is_no_session(
    settings: Settings,
    service: Client,
    sql: Any,
    ada: dict[str, str],
    cookie_of: Callable[..., str],
) -> None:
    cookie = cookie_of(ada)
    mine = "A" * 43
    sql.execute(
        "update private.web_sessions set id_hash = %s",
        [hashlib.sha256(mine.encode()).hexdigest()],
    )
    assert read_session(settings, service, mine) is None
    assert read_session(settings, service, cookie) is None


def test_signing_out_ends_the_session_for_every_process(
    settings: Settings,
    service: Client,
    sql: Any,
    ada: dict[str, str],
    cookie_of: Callable[..., str],
) -> None:
    cookie = cookie_of(ada)
    end_session(settings, service, cookie)
    assert read_session(settings, connect_service(settings), cookie) is None
    assert count(sql, "private.web_sessions") == 0


def test_signing_out_uses_up_the_refresh_token(
    settings: Settings, service: Client, ada: dict[str, str], cookie_of: Callable[..., str]
) -> None:
    end_session(settings, service, cookie_of(ada))
    later = cookie_of(ada, left_seconds=-1)
    assert read_session(settings, service, later) is None


def test_a_session_ends_after_its_lifetime(
    settings: Settings,
    service: Client,
    sql: Any,
    ada: dict[str, str],
    cookie_of: Callable[..., str],
) -> None:
    cookie = cookie_of(ada)
    (lifetime,) = sql.execute(
        "select extract(epoch from expires_at - created_at)::int from private.web_sessions"
    ).fetchone()
    assert lifetime == 12 * 3600
    sql.execute("update private.web_sessions set expires_at = now()")
    assert read_session(settings, service, cookie) is None


def test_a_role_is_given_and_taken_at_once(
    settings: Settings,
    service: Client,
    sql: Any,
    ada: dict[str, str],
    cookie_of: Callable[..., str],
) -> None:
    cookie = cookie_of(ada)

    def role() -> str | None:
        found = read_session(settings, service, cookie)
        assert found is not None
        return found.role

    assert role() == "admin"
    sql.execute("update user_profiles set role = 'analyst'")
    assert role() == "analyst"
    sql.execute("delete from user_profiles")
    assert role() is None


def test_a_deleted_account_has_no_session(
    settings: Settings, service: Client, ada: dict[str, str], cookie_of: Callable[..., str]
) -> None:
    cookie = cookie_of(ada)
    service.auth.admin.delete_user(ada["id"])
    assert read_session(settings, service, cookie) is None


@pytest.mark.parametrize(("left_seconds", "refreshed"), [(70, False), (50, True), (-1, True)])
def test_tokens_are_refreshed_when_less_than_a_minute_is_left(
    settings: Settings,
    service: Client,
    sql: Any,
    ada: dict[str, str],
    cookie_of: Callable[..., str],
    left_seconds: float,
    refreshed: bool,
) -> None:
    cookie = cookie_of(ada, left_seconds)
    before = count(sql, "auth.refresh_tokens")
    assert read_session(settings, service, cookie) is not None
    assert (count(sql, "auth.refresh_tokens") > before) is refreshed


def test_exactly_one_of_many_processes_refreshes_and_all_get_the_result(
    settings: Settings, sql: Any, ada: dict[str, str], cookie_of: Callable[..., str]
) -> None:
    cookie = cookie_of(ada, left_seconds=-1)
    before = count(sql, "auth.refresh_tokens")
    start = threading.Barrier(8)

    def one_process(_number: int) -> str:
        own = connect_service(settings)
        start.wait()
        found = read_session(settings, own, cookie)
        assert found is not None
        return found.access_token

    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(one_process, range(8)))
    assert len(tokens) == 1
    assert count(sql, "auth.refresh_tokens") == before + 1


def test_a_late_winner_of_the_claim_does_not_use_the_old_token_again(
    settings: Settings,
    service: Client,
    sql: Any,
    ada: dict[str, str],
    cookie_of: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cookie = cookie_of(ada, left_seconds=-1)
    before = count(sql, "auth.refresh_tokens")
    claim = sessions._claim_refresh

    def another_process_was_faster(client: Client, its_cookie: str) -> bool:
        monkeypatch.setattr(sessions, "_claim_refresh", claim)
        assert read_session(settings, connect_service(settings), its_cookie) is not None
        return claim(client, its_cookie)

    monkeypatch.setattr(sessions, "_claim_refresh", another_process_was_faster)
    assert read_session(settings, service, cookie) is not None
    assert count(sql, "auth.refresh_tokens") == before + 1


def test_while_another_refreshes_the_last_seconds_of_a_token_are_used(
    settings: Settings, service: Client, ada: dict[str, str], cookie_of: Callable[..., str]
) -> None:
    cookie = cookie_of(ada, left_seconds=30)
    assert sessions._claim_refresh(service, cookie)
    started = time.monotonic()
    found = read_session(settings, service, cookie)
    assert found is not None
    assert found.access_token == ada["access_token"]
    assert time.monotonic() - started < 5


def test_a_refused_refresh_ends_the_session(
    settings: Settings,
    service: Client,
    sql: Any,
    ada: dict[str, str],
    cookie_of: Callable[..., str],
) -> None:
    cookie = cookie_of(ada, left_seconds=-1, refresh_token="revoked")
    assert read_session(settings, service, cookie) is None
    assert count(sql, "private.web_sessions") == 0


def test_a_refresh_that_gets_no_answer_leaves_the_session_for_later(
    settings: Settings,
    service: Client,
    sql: Any,
    ada: dict[str, str],
    cookie_of: Callable[..., str],
) -> None:
    cookie = cookie_of(ada, left_seconds=-1)
    with pytest.raises(StoreError):
        read_session(replace(settings, supabase_url="http://127.0.0.1:9"), service, cookie)
    sql.execute("update private.web_sessions set refreshing_until = '-infinity'")  # 10 s later
    assert read_session(settings, service, cookie) is not None


@pytest.mark.parametrize("cookie", [None, "", "short", "a" * 44, "a" * 42 + "!", "a" * 42 + "\n"])
def test_what_cannot_be_a_cookie_is_not_even_looked_up(
    settings: Settings, cookie: str | None
) -> None:
    nowhere = connect_service(replace(settings, supabase_url="http://127.0.0.1:9"))
    assert read_session(settings, nowhere, cookie) is None


def test_tokens_do_not_show_up_in_logs(
    settings: Settings, service: Client, ada: dict[str, str], cookie_of: Callable[..., str]
) -> None:
    found = read_session(settings, service, cookie_of(ada))
    assert ada["access_token"] not in repr(found)
    tokens = sessions.Tokens(ada["access_token"], ada["refresh_token"], 0)
    assert ada["access_token"] not in repr(tokens)
