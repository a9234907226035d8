"""The interventions as people with and without a role see them, and when they cannot be read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from tests.support.dashboard import words_of
from tests.support.intervention_rows import add_call, add_intervention

PAGE = "pages/interventions.py"
MAIN = "cs_app/main.py"
Open = Callable[..., AppTest]


@pytest.fixture
def contacts(sql: Any, fox: str) -> None:
    """A call that is due and an e-mail that failed, both for Rowan & Fox."""
    add_call(sql, fox, due_in=-timedelta(days=2))
    add_intervention(sql, fox, status="failed", subject="Hello")


@pytest.mark.parametrize("tab", ["", "failed", "history"])
@pytest.mark.parametrize("made_up", [None, "a" * 43])
def test_signed_out_nothing_is_shown_but_the_way_back_to_this_list(
    open_page: Open, contacts: None, tab: str, made_up: str | None
) -> None:
    page = open_page(made_up, PAGE, **{"tab": tab} if tab else {})
    assert not page.exception
    assert "Your session has ended" in words_of(page)
    assert "Rowan" not in words_of(page)
    assert not page.button


@pytest.mark.parametrize("script", [PAGE, MAIN])
def test_a_supplier_of_its_own_login_sees_a_dead_end(
    open_page: Open,
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    contacts: None,
    script: str,
) -> None:
    page = open_page(cookie_of(add_person("rowan@fox.example")), script)
    assert not page.exception
    assert "No access" in words_of(page)
    assert "Rowan" not in words_of(page)


@pytest.mark.parametrize(
    ("tab", "function"),
    [
        ("", "call_queue(timestamptz, text, integer)"),
        ("failed", "find_interventions(text, jsonb, integer, integer)"),
        ("history", "count_interventions()"),
    ],
)
def test_a_failed_fetch_says_what_happened_and_what_to_try(
    cookie: str, open_page: Open, sql: Any, contacts: None, tab: str, function: str
) -> None:
    sql.execute(f"revoke execute on function public.{function} from authenticated")
    try:
        page = open_page(cookie, PAGE, **{"tab": tab} if tab else {})
    finally:
        sql.execute(f"grant execute on function public.{function} to authenticated")
    assert not page.exception
    assert "The interventions could not be loaded." in words_of(page)
    assert "Nothing was changed." in words_of(page)
    (again,) = [button for button in page.button if button.label == "Try again"]
    again.click().run()
    assert "Rowan &amp; Fox" in words_of(page)


def test_signing_out_takes_effect_on_the_next_rerun(
    cookie: str, open_page: Open, contacts: None
) -> None:
    page = open_page(cookie, PAGE)
    assert "Rowan &amp; Fox" in words_of(page)
    clients.sign_out(cookie)
    page.run()
    assert "Your session has ended" in words_of(page)
    assert "Rowan" not in words_of(page)
