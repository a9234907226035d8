"""The supplier list as people with and without a role see it."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from tests.app.suppliers.list_page import (
    markup_of,
    names_of,
)
from tests.support.dashboard import words_of
from tests.support.health_rows import add_scored_supplier

SUPPLIERS = "pages/suppliers.py"
MAIN = "cs_app/main.py"
Open = Callable[..., AppTest]


def test_an_analyst_sees_the_same_and_no_action(open_page: Open, analyst: str, sql: Any) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    page = open_page(analyst)
    assert names_of(page) == ["Rowan & Fox"]
    assert "/export/health.csv" in markup_of(page)
    assert [box.key for box in page.checkbox] == ["view-shared"]
    keys = [str(button.key) for button in page.button]
    assert not [key for key in keys if key.startswith(("bulk", "select"))]


@pytest.mark.parametrize("script", [SUPPLIERS, MAIN])
@pytest.mark.parametrize("made_up", [None, "a" * 43])
def test_signed_out_nothing_is_shown_but_the_way_to_sign_in(
    open_page: Open, sql: Any, script: str, made_up: str | None
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    page = open_page(made_up, script, risk="critical")
    assert not page.exception
    assert "Your session has ended" in words_of(page)
    assert 'href="/sign-in' in words_of(page)
    assert "Rowan" not in words_of(page)


@pytest.mark.parametrize("script", [SUPPLIERS, MAIN])
def test_a_supplier_of_its_own_login_sees_a_dead_end(
    open_page: Open,
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    sql: Any,
    script: str,
) -> None:
    person = add_person("rowan@fox.example")
    supplier_id = add_scored_supplier(sql, "Rowan & Fox", 20)
    sql.execute("update suppliers set user_id = %s where id = %s", [person["id"], supplier_id])
    page = open_page(cookie_of(person), script)
    assert not page.exception
    assert "No access" in words_of(page)
    assert 'action="/sign-out"' in words_of(page)
    assert "Rowan" not in words_of(page)


def test_signing_out_and_losing_the_role_take_effect_on_the_next_rerun(
    cookie: str, open_page: Open, sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    page = open_page(cookie)
    assert names_of(page)
    sql.execute("delete from user_profiles")
    page.run()
    assert "No access" in words_of(page)
    assert not names_of(page)
    clients.sign_out(cookie)
    page.run()
    assert "Your session has ended" in words_of(page)


def test_without_supabase_the_page_says_so(
    cookie: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    page = open_page(cookie)
    assert not page.exception
    assert "could not be loaded" in words_of(page)
    assert "Supabase does not answer" in words_of(page)


def test_the_session_state_holds_nothing_about_the_person(
    cookie: str, open_page: Open, sql: Any, ada: dict[str, str]
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    page = open_page(cookie)
    held = repr({key: page.session_state[key] for key in page.session_state})
    for secret in (cookie, ada["id"], ada["email"], ada["access_token"]):
        assert secret not in held


def test_the_frame_says_who_is_signed_in_in_plain_text(
    open_page: Open,
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    sql: Any,
) -> None:
    person = add_person("ada@wedsync.example", "admin")
    sql.execute("update user_profiles set full_name = '<b>Ada</b>'")
    page = open_page(cookie_of(person), MAIN)
    assert not page.exception
    assert "&lt;b&gt;Ada&lt;/b&gt;" in words_of(page)
    assert "admin" in words_of(page)
    assert person["access_token"] not in words_of(page)
