"""The first screen refreshes itself when something changed, and only then."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from cs_app.today.screen import current_fingerprint, fetch_screen
from cs_app.ui.refresh import is_other
from tests.support.health_rows import add_scored_supplier
from tests.support.intervention_rows import add_call
from tests.support.today_rows import add_day, add_mover, add_run


@pytest.fixture
def looks_other(
    cookie: str, open_today: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], bool]:
    """A function that tells whether the screen, drawn when it was made, would look other now."""
    open_today(cookie)  # the cookie stays with the browser
    client = clients.person_client(
        clients.current_session(cookie).access_token  # type: ignore[union-attr]
    )
    seen, _ = fetch_screen(client, None).fingerprint

    def look(client: Any) -> Any:
        return current_fingerprint(client, None)[0]  # whatever the hour

    return lambda: is_other("admin", look, seen)


def test_nothing_new_draws_nothing_anew(looks_other: Callable[[], bool]) -> None:
    assert not looks_other()


@pytest.mark.parametrize("event", ["a run ends", "a call is planned", "a score moves"])
def test_what_others_do_draws_the_screen_anew(
    looks_other: Callable[[], bool], sql: Any, event: str
) -> None:
    if event == "a run ends":
        add_run(sql, "done")
    elif event == "a call is planned":
        add_call(sql, add_scored_supplier(sql, "Rowan & Fox", 31), due_in=-timedelta(days=3))
    else:
        add_day(sql, critical=1)
        add_mover(sql, "Rowan & Fox", 80, 48, "drop")
    assert looks_other()


def test_losing_the_role_and_signing_out_draw_the_screen_anew(
    looks_other: Callable[[], bool], sql: Any, cookie: str
) -> None:
    sql.execute("update user_profiles set role = 'analyst'")
    assert looks_other()
    sql.execute("update user_profiles set role = 'admin'")
    assert not looks_other()
    clients.sign_out(cookie)
    assert looks_other()


def test_while_the_database_is_away_the_screen_stays(
    looks_other: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    assert not looks_other()


def test_a_screen_that_shows_nothing_new_still_notices_that_the_session_ended(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    open_today(cookie)
    assert not is_other("admin", lambda _: None, None)
    sql.execute("update user_profiles set role = 'analyst'")
    assert is_other("admin", lambda _: None, None)
    assert not is_other("analyst", lambda _: None, None)
    clients.sign_out(cookie)
    assert is_other("analyst", lambda _: None, None)
