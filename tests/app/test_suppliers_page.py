"""The supplier list as people with and without a role see it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app import services
from cs_core.io.overview import PAGE_SIZE
from tests.app.conftest import words_of
from tests.app.health_rows import add_scored_supplier

SUPPLIERS = "pages/suppliers.py"
MAIN = "cs_app/main.py"


@pytest.fixture
def cookie(add_person: Callable[..., dict[str, str]], cookie_of: Callable[..., str]) -> str:
    """An admin's."""
    return cookie_of(add_person("ada@wedsync.example", "admin"))


def counts_of(page: AppTest) -> dict[str, str]:
    """The counts by their word, without icon."""
    return {metric.label.split("] ")[-1].split(": ")[-1]: metric.value for metric in page.metric}


def names_of(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value["Supplier"])


def test_without_suppliers_the_page_says_so(cookie: str, open_page: Callable[..., AppTest]) -> None:
    page = open_page(cookie)
    assert not page.exception
    assert "No suppliers yet" in words_of(page)
    assert set(counts_of(page).values()) == {"0"}
    assert not page.dataframe


def test_before_the_first_run_the_page_says_what_to_run(
    cookie: str, open_page: Callable[..., AppTest], add_supplier: Callable[..., str]
) -> None:
    add_supplier()
    page = open_page(cookie)
    assert "Run `python daily_scoring.py`" in words_of(page)
    row = page.dataframe[0].value.iloc[0]
    assert list(row["Level"]) == ["Not scored yet"]
    assert row["Last login"] == ""


def test_one_supplier_is_shown_in_words(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    three_days_ago = datetime.now(UTC) - timedelta(days=3, minutes=1)
    add_scored_supplier(
        sql, "Rowan & Fox", 31, category="wedding_planner", last_login=three_days_ago
    )
    page = open_page(cookie)
    assert counts_of(page) == {
        "Active suppliers": "1",
        "Healthy": "0",
        "At risk": "0",
        "Critical": "1",
    }
    row = page.dataframe[0].value.iloc[0].to_dict()
    assert list(row.pop("Level")) == ["✕ Critical"]
    assert row == {
        "Supplier": "Rowan & Fox",
        "Score": 31,
        "Last login": "3 days ago",
        "Tier": "Professional",
        "Category": "Wedding planner",
    }


def test_a_supplier_that_never_logged_in_is_told_from_one_that_did(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 31)
    assert open_page(cookie).dataframe[0].value.iloc[0]["Last login"] == "never"


@pytest.mark.parametrize(
    ("score", "level"),
    [
        *((39, "✕ Critical"), (40, "! At risk")),
        *((69, "! At risk"), (70, "✓ Healthy"), (100, "✓ Healthy")),
    ],
)
def test_each_level_has_its_sign_and_word(
    cookie: str, open_page: Callable[..., AppTest], sql: Any, score: int, level: str
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", score)
    assert list(open_page(cookie).dataframe[0].value.iloc[0]["Level"]) == [level]


def test_the_worst_score_comes_first_and_no_score_last(
    cookie: str, open_page: Callable[..., AppTest], sql: Any, add_supplier: Callable[..., str]
) -> None:
    add_supplier(business_name="Unscored")
    for name, score in (("Good", 90), ("Worst", 3), ("Bad", 39), ("Middling", 55)):
        add_scored_supplier(sql, name, score)
    assert names_of(open_page(cookie)) == ["Worst", "Bad", "Middling", "Good", "Unscored"]


def test_the_address_chooses_the_level(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    for name, score in (("Worst", 3), ("Bad", 39), ("Middling", 55), ("Good", 90)):
        add_scored_supplier(sql, name, score)
    page = open_page(cookie, risk="critical")
    assert names_of(page) == ["Worst", "Bad"]
    assert "/export/health.csv?risk_level=critical" in words_of(page)


def test_choosing_a_level_puts_it_into_the_address(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    for name, score in (("Worst", 3), ("Good", 90)):
        add_scored_supplier(sql, name, score)
    page = open_page(cookie)
    page.button_group(key="level").set_value("healthy").run()
    assert page.query_params["risk"] == "healthy"
    assert names_of(page) == ["Good"]
    page.button_group(key="level").set_value("all").run()
    assert "risk" not in page.query_params
    assert names_of(page) == ["Worst", "Good"]


@pytest.mark.parametrize("risk", ["dreadful", "", "all", "total", "not_scored", "critical,healthy"])
def test_an_unknown_level_in_the_address_shows_all(
    cookie: str, open_page: Callable[..., AppTest], sql: Any, risk: str
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 31)
    page = open_page(cookie, risk=risk)
    assert not page.exception
    assert names_of(page) == ["Rowan & Fox"]


def test_a_level_without_suppliers_says_so(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 31)
    page = open_page(cookie, risk="healthy")
    assert "No supplier is on the level Healthy now." in words_of(page)
    assert not page.dataframe


def test_many_suppliers_come_page_by_page(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    for number in range(PAGE_SIZE + 2):
        add_scored_supplier(sql, f"Supplier {number:03}", 20)
    page = open_page(cookie, risk="critical")
    assert counts_of(page)["Critical"] == str(PAGE_SIZE + 2)
    assert names_of(page) == [f"Supplier {number:03}" for number in range(PAGE_SIZE)]
    page.session_state["page-critical"] = 2
    page.run()
    assert names_of(page) == ["Supplier 050", "Supplier 051"]


def test_a_page_that_is_gone_since_shows_one_that_is_there(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    for number in range(2 * PAGE_SIZE + 1):
        add_scored_supplier(sql, f"Supplier {number:03}", 20)
    page = open_page(cookie)
    page.session_state["page-all"] = 3
    page.run()
    sql.execute("delete from suppliers where business_name >= 'Supplier 070'")
    page.run()
    assert not page.exception
    assert names_of(page)


def test_churned_and_paused_suppliers_are_not_shown(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    for name, status in (("Gone", "churned"), ("Resting", "paused"), ("Trying", "trial")):
        supplier_id = add_scored_supplier(sql, name, 20)
        sql.execute("update suppliers set status = %s where id = %s", [status, supplier_id])
    page = open_page(cookie)
    assert names_of(page) == ["Trying"]
    assert counts_of(page)["Active suppliers"] == "1"


@pytest.mark.parametrize(
    "name",
    ['=HYPERLINK("http://evil.example","x")', "<script>alert(1)</script>", "Bodas 🎉", "x" * 200],
)
def test_awkward_names_are_shown_as_they_are(
    cookie: str, open_page: Callable[..., AppTest], sql: Any, name: str
) -> None:
    add_scored_supplier(sql, name, 20)
    assert names_of(open_page(cookie)) == [name]


def test_the_page_says_how_fresh_the_scores_are(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    add_scored_supplier(
        sql, "Rowan & Fox", 20, calculated_at=datetime.now(UTC) - timedelta(hours=2, minutes=1)
    )
    caption = open_page(cookie).caption[0]
    assert caption.value == "Scored 2 hours ago"
    assert "UTC" in caption.help


def test_the_page_says_when_the_daily_run_is_overdue(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20, calculated_at=datetime.now(UTC) - timedelta(days=2))
    assert "overdue" in open_page(cookie).caption[0].value


@pytest.mark.parametrize("revoked", ["function public.health_summary", "public.supplier_overview"])
def test_a_failed_fetch_says_what_happened_and_what_to_try(
    cookie: str, open_page: Callable[..., AppTest], sql: Any, revoked: str
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    right = "execute" if "function" in revoked else "select"
    sql.execute(f"revoke {right} on {revoked} from authenticated")
    try:
        page = open_page(cookie)
    finally:
        sql.execute(f"grant {right} on {revoked} to authenticated")
    assert not page.exception
    assert "The suppliers could not be loaded." in words_of(page)
    assert "Nothing was changed." in words_of(page)
    page.button[0].click().run()
    assert names_of(page) == ["Rowan & Fox"]


def test_an_analyst_sees_the_same(
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    sql: Any,
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    page = open_page(cookie_of(add_person("ann@wedsync.example", "analyst")))
    assert names_of(page) == ["Rowan & Fox"]


@pytest.mark.parametrize("script", [SUPPLIERS, MAIN])
@pytest.mark.parametrize("made_up", [None, "a" * 43])
def test_signed_out_nothing_is_shown_but_the_way_to_sign_in(
    open_page: Callable[..., AppTest], sql: Any, script: str, made_up: str | None
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    page = open_page(made_up, script, risk="critical")
    assert not page.exception
    assert "Your session has ended" in words_of(page)
    assert 'href="/sign-in' in words_of(page)
    assert 'target="_self"' in words_of(page)
    assert not page.metric
    assert not page.dataframe


@pytest.mark.parametrize("script", [SUPPLIERS, MAIN])
def test_a_supplier_of_its_own_login_sees_a_dead_end(
    open_page: Callable[..., AppTest],
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
    assert not page.metric
    assert not page.dataframe


def test_signing_out_and_losing_the_role_take_effect_on_the_next_rerun(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    page = open_page(cookie)
    assert page.dataframe
    sql.execute("delete from user_profiles")
    page.run()
    assert "No access" in words_of(page)
    assert not page.dataframe
    services.sign_out(cookie)
    page.run()
    assert "Your session has ended" in words_of(page)


def test_without_supabase_the_page_says_so(
    cookie: str, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    services.forget_clients()
    page = open_page(cookie)
    assert not page.exception
    assert "could not be loaded" in words_of(page)
    assert "Supabase does not answer" in words_of(page)


def test_the_session_state_holds_nothing_about_the_person(
    cookie: str,
    open_page: Callable[..., AppTest],
    sql: Any,
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    page = open_page(cookie)
    assert set(page.session_state) <= {"level", "page-all"}


def test_the_frame_says_who_is_signed_in_in_plain_text(
    open_page: Callable[..., AppTest],
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
