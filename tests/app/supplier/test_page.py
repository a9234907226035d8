"""The page of one supplier, as people with and without a role see it."""

import re
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.supplier.score import measure_lines
from cs_app.supplier.wording import trend_in_words
from cs_core.io.suppliers.one import DayScore
from tests.support.dashboard import words_of
from tests.support.defaults import DEFAULT_SCORECARD
from tests.support.supplier_rows import SUPPLIER, add_38, add_day, add_known_supplier

Open = Callable[..., AppTest]


@pytest.fixture
def rowan(sql: Any) -> str:
    """A supplier with a score of 38, 63 a week ago, 60 a month ago."""
    supplier_id = add_known_supplier(sql)
    add_38(sql, supplier_id)
    for days_ago, score, login in ((31, 60, 34.0), (7, 63, 37.5), (0, 38, 12.5)):
        add_day(sql, supplier_id, days_ago, score, login_recency_points=login)
    return supplier_id


def all_words(page: AppTest) -> str:
    texts = [element.value for element in page.get("text")]
    return "\n".join([words_of(page), *texts, *(button.label for button in page.button)])


def visible(page: AppTest) -> str:
    """What can be read, without the styles and tags around it."""
    return re.sub(r"<style>.*?</style>|<[^>]*>", " ", all_words(page), flags=re.DOTALL)


@pytest.mark.parametrize("query", [{}, {"id": ""}, {"id": "rowan"}, {"id": "' or 1=1"}])
def test_without_an_id_the_page_leads_to_the_list(
    cookie: str, open_page: Open, query: dict[str, str]
) -> None:
    page = open_page(cookie, SUPPLIER, **query)
    assert not page.exception
    assert 'href="/suppliers"' in words_of(page)
    assert not page.button


def test_an_unknown_supplier_is_told_politely(cookie: str, open_page: Open) -> None:
    page = open_page(cookie, SUPPLIER, id=str(uuid.uuid4()))
    assert not page.exception
    assert "There is no such supplier" in words_of(page)


def test_the_page_answers_how_it_stands_why_and_what_to_do(
    cookie: str, open_page: Open, rowan: str
) -> None:
    page = open_page(cookie, SUPPLIER, id=rowan)
    assert not page.exception
    words = all_words(page)
    for said in (
        "Rowan &amp; Fox",
        "✕ Critical",
        "Falling fast: ▼ 25 in 7 days, ▼ 22 in 30 days",
        "What costs the most points: no login for 9 days; 2 of 6 core features used",
        "It lost 25 points in 7 days, all of them on login recency (37.5 to 12.5).",
        "Maya Rowan",
        'href="tel:+447700900107"',
        'href="mailto:maya@rowan.example"',
        "£59 a month",
        "nobody yet",
        "No login for 9 days: send a re-engagement e-mail with tips",
        "Send the tips by e-mail",
    ):
        assert said in words, said
    for internal in ("at_risk", "login_recency", rowan, "None", "null"):
        assert internal not in visible(page)


def test_the_measures_show_points_figures_and_what_has_no_data(
    cookie: str, open_page: Open, rowan: str
) -> None:
    words = words_of(open_page(cookie, SUPPLIER, id=rowan))
    assert "12.5 of 37.5" in words
    assert "10.4 of 31.3" in words
    assert "1 of 2 clients active in the last 30 days" in words
    assert words.count("no data yet") >= 2
    assert "No data on form completion and journey performance" in words


def test_the_possible_points_of_what_counts_sum_to_100() -> None:
    row: dict[str, Any] = dict.fromkeys(
        (
            *("features_used", "features_core", "clients_active", "clients_known"),
            *("forms_sent", "forms_completed", "steps_due", "steps_completed"),
        ),
        1,
    )
    row |= {"days_since_login": None, "forms_sent": 0}
    row |= {f"{name}_points": 3.0 for name in ("login_recency", "feature_adoption")}
    row |= {"client_activity_points": 1.0, "journey_performance_points": 10 / 0.9}
    row |= {"form_completion_points": None}
    lines = measure_lines(row, DEFAULT_SCORECARD)
    assert sum(line.possible_points for line in lines if line.points is not None) == pytest.approx(
        100
    )
    (left_out,) = [line for line in lines if line.points is None]
    assert (left_out.words, left_out.fact) == ("Form completion", "no data yet")


@pytest.mark.parametrize(("since", "then"), [("", 63), ("7", 63), ("30", 60), ("12", 63)])
def test_the_change_is_split_into_measures_that_add_up(
    cookie: str, open_page: Open, rowan: str, since: str, then: int
) -> None:
    page = open_page(cookie, SUPPLIER, id=rowan, since=since)
    (table,) = [e.proto.body for e in page.get("html") if "<table" in e.proto.body]
    assert f"from {then} to 38" in table
    cells = table.split('<td class="number">')
    changes = [cell.split("<")[0] for cell in cells if cell[:1] in "▲▼"]
    steps = [Decimal(c[2:]) * (1 if c[0] == "▲" else -1) for c in changes]
    assert steps[-1] == 38 - then
    assert sum(steps[:-1]) == 38 - then


def test_choosing_spans_puts_them_into_the_address(
    cookie: str, open_page: Open, rowan: str
) -> None:
    page = open_page(cookie, SUPPLIER, id=rowan)
    page.button_group(key="change-days").set_value(30).run()
    page.button_group(key="trend-days").set_value(365).run()
    assert page.query_params["since"] == "30"
    assert page.query_params["days"] == "365"
    page.button_group(key="change-days").set_value(7).run()
    assert "since" not in page.query_params
    assert not page.exception


def test_a_supplier_that_was_never_scored_has_a_page(
    cookie: str, open_page: Open, sql: Any
) -> None:
    page = open_page(cookie, SUPPLIER, id=add_known_supplier(sql))
    assert not page.exception
    words = all_words(page)
    assert "Not scored yet" in words
    assert "The next daily run gives it a score." in words
    assert "Known after the first score." in words
    assert "Maya Rowan" in words
    assert "Rescore now" in words


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"status": "churned", "churned_at": "2026-02-01T00:00:00Z"}, "Left WedSync"),
        ({"status": "paused", "paused_at": "2026-02-01T00:00:00Z"}, "Paused since"),
    ],
)
def test_a_supplier_that_left_or_paused_is_told_so(
    cookie: str, open_page: Open, sql: Any, columns: dict[str, str], said: str
) -> None:
    supplier_id = add_known_supplier(sql, **columns)
    add_38(sql, supplier_id)
    page = open_page(cookie, SUPPLIER, id=supplier_id)
    assert not page.exception
    words = all_words(page)
    assert said in words
    assert "Its last score stays as it was." in words
    assert "Rescore now" not in words
    assert "Send the tips by e-mail" not in words


def test_an_analyst_sees_everything_and_no_action(
    analyst: str, open_page: Open, rowan: str
) -> None:
    page = open_page(analyst, SUPPLIER, id=rowan)
    assert not page.exception
    words = words_of(page)
    assert "Critical" in words
    assert "12.5 of 37.5" in words
    assert [button.label for button in page.button] == []


def test_awkward_names_are_shown_as_they_are(cookie: str, open_page: Open, sql: Any) -> None:
    name = '<script>alert(1)</script> *$x$* :red[a] "b"'
    supplier_id = add_known_supplier(sql, business_name=name, contact_name=name, phone=name)
    add_38(sql, supplier_id)
    add_day(sql, supplier_id, 0, 38)
    page = open_page(cookie, SUPPLIER, id=supplier_id)
    assert not page.exception
    assert "<script" not in words_of(page)
    assert "&lt;script&gt;" in words_of(page)


def test_little_known_about_a_supplier_is_no_error(cookie: str, open_page: Open, sql: Any) -> None:
    empty = dict.fromkeys(("contact_name", "email", "phone", "category", "onboarded_at"))
    supplier_id = add_known_supplier(sql, **empty | {"category": ""})
    page = open_page(cookie, SUPPLIER, id=supplier_id)
    assert not page.exception
    assert "not known" in words_of(page)


def test_a_failed_fetch_says_what_happened(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    for function in ("supplier_360(uuid)", "score_history(uuid, integer)"):
        sql.execute(f"revoke execute on function public.{function} from authenticated")
        try:
            page = open_page(cookie, SUPPLIER, id=rowan)
        finally:
            sql.execute(f"grant execute on function public.{function} to authenticated")
        assert not page.exception
        assert "The supplier could not be loaded." in words_of(page)


def test_signed_out_nothing_is_shown(open_page: Open, rowan: str) -> None:
    page = open_page(None, SUPPLIER, id=rowan)
    assert "Your session has ended" in words_of(page)
    assert "Rowan" not in words_of(page)


def test_a_suppliers_own_login_sees_a_dead_end(
    open_page: Open,
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    sql: Any,
    rowan: str,
) -> None:
    person = add_person("rowan@fox.example")
    sql.execute("update suppliers set user_id = %s where id = %s", [person["id"], rowan])
    page = open_page(cookie_of(person), SUPPLIER, id=rowan)
    assert "No access" in words_of(page)
    assert "Critical" not in visible(page)


def scores(*pairs: tuple[int, int]) -> list[DayScore]:
    today = date(2026, 11, 22)
    return [DayScore(today - timedelta(days=ago), score, "healthy", 1, {}) for ago, score in pairs]


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (scores((0, 50)), "New: no score of 7 days ago to compare with"),
        (scores((6, 40), (0, 50)), "New: no score of 7 days ago to compare with"),
        (scores((7, 50), (0, 50)), "Steady: no change in 7 days"),
        (scores((7, 48), (0, 50)), "Steady: ▲ 2 in 7 days"),
        (scores((7, 47), (0, 50)), "Rising: ▲ 3 in 7 days"),
        (scores((7, 59), (0, 50)), "Falling: ▼ 9 in 7 days"),
        (scores((7, 60), (0, 50)), "Falling fast: ▼ 10 in 7 days"),
        (scores((10, 60), (0, 50)), "Falling fast: ▼ 10 in 7 days"),
        (scores((11, 60), (0, 50)), "New: no score of 7 days ago to compare with"),
        (scores((30, 20), (7, 50), (0, 50)), "Steady: no change in 7 days, ▲ 30 in 30 days"),
    ],
)
def test_the_trend_in_words(history: list[DayScore], said: str) -> None:
    assert trend_in_words(history) == said
