"""The supplier list: what it shows, and how it is filtered and ordered."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from cs_core.io.suppliers.find import PAGE_SIZE
from tests.app.suppliers.list_page import (
    markup_of,
    names_of,
    note_figures,
    query_of,
    result_of,
    row_of,
    tiles_of,
)
from tests.support.dashboard import words_of
from tests.support.health_rows import add_scored_supplier

SUPPLIERS = "pages/suppliers.py"
MAIN = "cs_app/main.py"
Open = Callable[..., AppTest]


def test_without_suppliers_the_page_says_so(cookie: str, open_page: Open) -> None:
    page = open_page(cookie)
    assert not page.exception
    assert "No suppliers yet" in words_of(page)
    assert not names_of(page)


def test_before_the_first_run_the_page_says_what_to_run(
    cookie: str, open_page: Open, add_supplier: Callable[..., str]
) -> None:
    add_supplier()
    page = open_page(cookie)
    assert "Run `python daily_scoring.py`" in words_of(page)
    row = row_of(page)
    assert row["level"] == "Not scored yet"
    assert row["score"] == row["login"] == "–"


def test_one_supplier_is_shown_in_words(
    cookie: str, open_page: Open, sql: Any, ada: dict[str, str]
) -> None:
    login = datetime.now(UTC) - timedelta(days=3, minutes=1)
    one = add_scored_supplier(
        sql,
        "Rowan & Fox",
        31,
        category="wedding_planner",
        last_login=login,
        login_recency_points=20,
    )
    sql.execute("insert into week_changes values (%s, -27)", [one])
    sql.execute("update suppliers set monthly_revenue = 1234, owner_id = %s", [ada["id"]])
    page = open_page(cookie)
    assert result_of(page) == "1 supplier, 1 without contact in 14 days"
    row = row_of(page)
    assert "No login for 3 days" in row.pop("why")
    assert row == {
        "name": "Rowan & Fox",
        "level": "✕ Critical",
        "score": "31",
        "trend": "–",
        "change": "▼ 27",
        "login": "3 days ago",
        "tier": "Professional",
        "category": "Wedding planner",
        "revenue": "£1,234",
        "owner": "ada@wedsync.example",
        "open": "–",
    }
    assert f'href="/supplier?id={one}" target="_self"' in markup_of(page)
    assert f'title="{login.day} {login:%b %Y, %H:%M} UTC"' in markup_of(page)


@pytest.mark.parametrize(
    ("score", "level"),
    [(39, "✕ Critical"), (40, "! At risk"), (69, "! At risk"), (70, "✓ Healthy")],
)
def test_each_level_has_its_sign_and_word(
    cookie: str, open_page: Open, sql: Any, score: int, level: str
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", score)
    assert row_of(open_page(cookie))["level"] == level


def test_the_worst_score_comes_first_and_no_score_last(
    cookie: str, open_page: Open, sql: Any, add_supplier: Callable[..., str]
) -> None:
    add_supplier(business_name="Unscored")
    for name, score in (("Good", 90), ("Worst", 3), ("Bad", 39), ("Middling", 55)):
        add_scored_supplier(sql, name, score)
    page = open_page(cookie)
    assert names_of(page) == ["Worst", "Bad", "Middling", "Good", "Unscored"]
    assert "1 not scored yet" in result_of(page)


# ---- filters ----


@pytest.fixture
def four(sql: Any, ada: dict[str, str]) -> None:
    """Four suppliers of which each filter below finds one."""
    now = datetime.now(UTC)
    add_scored_supplier(sql, "Worst", 3, last_login=now - timedelta(days=20))
    add_scored_supplier(sql, "Bad", 35, "florist", last_login=now)
    add_scored_supplier(sql, "Middling", 55, last_login=now)
    add_scored_supplier(sql, "Château Good", 90, last_login=now)
    sql.execute("update suppliers set tier = 'premium', status = 'trial' where business_name='Bad'")
    sql.execute("update suppliers set owner_id = %s where business_name = 'Middling'", [ada["id"]])
    sql.execute(
        "insert into support_interactions (supplier_id, type, scheduled_for)"
        " select id, 'check_in', now() from suppliers where business_name = 'Worst'"
    )
    sql.execute(
        "insert into support_interactions (supplier_id, type, completed_at)"
        " select id, 'check_in', now() from suppliers where business_name <> 'Bad'"
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("risk=at_risk", ["Middling"]),
        ("risk=critical&risk=at_risk", ["Worst", "Bad", "Middling"]),
        ("tier=premium", ["Bad"]),
        ("category=florist", ["Bad"]),
        ("owner=me", ["Middling"]),
        ("owner=none&risk=healthy", ["Château Good"]),
        ("score=30-60", ["Bad", "Middling"]),
        ("silent=14", ["Worst"]),
        ("trial=yes", ["Bad"]),
        ("trial=no&risk=critical", ["Worst"]),
        ("call=yes", ["Worst"]),
        ("quiet=14", ["Bad"]),
        ("q=CHATEAU", ["Château Good"]),
        ("q=zzz", []),
        ("sort=name", ["Bad", "Château Good", "Middling", "Worst"]),
        ("risk=dreadful&score=9-1&silent=x&owner=you&sort=up&page=0&view=3d&other=1", None),
    ],
)
def test_the_address_filters_and_sorts(
    cookie: str, open_page: Open, four: None, query: str, names: list[str] | None
) -> None:
    page = open_page(cookie, **parse_qs(query))
    assert not page.exception
    everybody = ["Worst", "Bad", "Middling", "Château Good"]
    assert names_of(page) == (everybody if names is None else names)
    if not names and names is not None:
        assert "No active supplier has this in its name" in words_of(page)


def test_the_export_and_the_header_keep_the_filter(
    cookie: str, open_page: Open, four: None
) -> None:
    markup = markup_of(open_page(cookie, risk=["critical", "at_risk"], score="1-99"))
    kept = "risk=critical&amp;risk=at_risk&amp;score=1-99"
    assert f'href="/export/health.csv?{kept}"' in markup
    assert f'href="/suppliers?{kept}&amp;sort=name"' in markup


def test_the_export_keeps_the_order_and_has_all_pages(
    cookie: str, open_page: Open, four: None
) -> None:
    markup = markup_of(open_page(cookie, risk="critical", sort="name", view="tiles", page="2"))
    assert 'href="/export/health.csv?risk=critical&amp;sort=name"' in markup


def test_who_is_not_active_is_named_where_nobody_active_is_found(
    cookie: str, open_page: Open, four: None, add_supplier: Callable[..., str]
) -> None:
    paused = add_supplier(
        business_name="<b>Gone</b> Paused",
        status="paused",
        paused_at=datetime.now(UTC) - timedelta(days=21),
    )
    add_supplier(business_name="Gone Churned", status="churned", churned_at=None)
    add_supplier(business_name="Gone Ahead", signed_up_at=datetime.now(UTC) + timedelta(days=9))
    markup = words_of(open_page(cookie, q="gone"))
    assert "Not active" in markup
    assert f'href="/supplier?id={paused}"' in markup
    assert "<b>Gone" not in markup
    plain = re.sub("<[^>]+>", "", markup)
    assert "&lt;b&gt;Gone&lt;/b&gt; Paused (paused 21 days ago)" in plain
    assert "Gone Churned (left)" in plain
    assert "Gone Ahead (not signed up yet)" in plain
    assert "Take one away" not in markup
    assert "Take one away" in words_of(open_page(cookie, q="gone", risk="healthy"))
    assert "Not active" not in words_of(open_page(cookie, q="worst"))


def test_of_many_that_are_not_active_five_are_named(
    cookie: str, open_page: Open, four: None, add_supplier: Callable[..., str]
) -> None:
    for number in range(7):
        add_supplier(business_name=f"Gone {number}", status="paused")
    markup = words_of(open_page(cookie, q="gone"))
    assert markup.count("/supplier?id=") == 5
    assert "and more; type more of the name" in markup


def test_the_result_line_leads_to_those_without_contact(
    cookie: str, open_page: Open, four: None
) -> None:
    page = open_page(cookie, risk="critical")
    assert result_of(page) == "2 critical, 1 without contact in 14 days"
    assert 'href="/suppliers?risk=critical&amp;quiet=14"' in markup_of(page)


def test_choosing_writes_the_address_and_begins_at_the_first_page(
    cookie: str, open_page: Open, four: None
) -> None:
    page = open_page(cookie, page="3")
    page.button_group(key="levels").set_value(["critical", "healthy"]).run()
    assert query_of(page) == {"risk": ["critical", "healthy"]}
    assert names_of(page) == ["Worst", "Bad", "Château Good"]
    page.text_input(key="text").set_value("  chateau ").run()
    page.selectbox(key="sort").set_value("name").run()
    page.slider(key="score").set_value((50, 100)).run()
    assert query_of(page)["q"] == ["chateau"]
    assert query_of(page)["sort"] == ["name"]
    assert query_of(page)["score"] == ["50-"]
    assert names_of(page) == ["Château Good"]
    page.selectbox(key="silent_days").set_value(14).run()
    assert query_of(page)["silent"] == ["14"]
    assert not names_of(page)
    page.button(key="nothing-clear").click().run()
    assert query_of(page) == {"sort": ["name"]}


def test_a_chip_takes_its_filter_away(cookie: str, open_page: Open, four: None) -> None:
    page = open_page(cookie, tier="premium", call="no")
    assert [b.label for b in page.button if str(b.key).startswith("chip-")] == [
        *("Premium", "No call planned")
    ]
    page.button(key="chip-0-Premium").click().run()
    assert query_of(page) == {"call": ["no"]}
    assert names_of(page) == ["Bad", "Middling", "Château Good"]


def test_many_suppliers_come_page_by_page(cookie: str, open_page: Open, sql: Any) -> None:
    for number in range(PAGE_SIZE + 2):
        add_scored_supplier(sql, f"Supplier {number:03}", 20)
    page = open_page(cookie, risk="critical", sort="name")
    assert names_of(page) == [f"Supplier {number:03}" for number in range(PAGE_SIZE)]
    second = open_page(cookie, risk="critical", sort="name", page="2")
    assert names_of(second) == ["Supplier 050", "Supplier 051"]
    gone = open_page(cookie, risk="critical", sort="name", page="9")
    assert names_of(gone) == ["Supplier 050", "Supplier 051"]


def test_churned_and_paused_suppliers_are_not_shown(cookie: str, open_page: Open, sql: Any) -> None:
    for name, status in (("Gone", "churned"), ("Resting", "paused"), ("Trying", "trial")):
        supplier_id = add_scored_supplier(sql, name, 20)
        sql.execute("update suppliers set status = %s where id = %s", [status, supplier_id])
    assert names_of(open_page(cookie)) == ["Trying"]


@pytest.mark.parametrize("view", ["table", "tiles"])
@pytest.mark.parametrize(
    "name",
    ['=HYPERLINK("http://evil.example","x")', "<script>alert(1)</script>", "Bodas 🎉", "x" * 200],
)
def test_awkward_names_are_shown_as_they_are(
    cookie: str, open_page: Open, sql: Any, name: str, view: str
) -> None:
    add_scored_supplier(sql, name, 20)
    page = open_page(cookie, view=view)
    shown = names_of(page) if view == "table" else tiles_of(page)
    assert shown[0].startswith(name)
    assert "<script" not in markup_of(page)


def test_the_page_says_how_fresh_the_scores_are(cookie: str, open_page: Open, sql: Any) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    note_figures(sql)
    sql.execute("update daily_figures set updated_at = now() - interval '2 hours 1 minute'")
    assert "Scored 2 hours ago" in words_of(open_page(cookie))
    sql.execute("update daily_figures set updated_at = now() - interval '2 days'")
    assert "overdue" in words_of(open_page(cookie))


@pytest.mark.parametrize(
    "function", ["supplier_screen", "count_levels", "filter_choices", "last_scored"]
)
def test_a_failed_fetch_says_what_happened_and_what_to_try(
    cookie: str, open_page: Open, sql: Any, function: str
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    sql.execute(f"revoke execute on function public.{function} from authenticated")
    try:
        page = open_page(cookie)
    finally:
        sql.execute(f"grant execute on function public.{function} to authenticated")
    assert not page.exception
    assert "The suppliers could not be loaded." in words_of(page)
    assert "Nothing was changed." in words_of(page)
    page.button[0].click().run()
    assert names_of(page) == ["Rowan & Fox"]
