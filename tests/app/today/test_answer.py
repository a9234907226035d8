"""The first screen's answer in words, its figures, and how fresh they are."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.today.today_page import headline_of
from tests.support.dashboard import plain, words_of
from tests.support.health_rows import add_scored_supplier
from tests.support.intervention_rows import add_call
from tests.support.today_rows import add_day, add_mover, add_run, utc_today


def test_the_first_line_says_how_many_turned_critical_and_have_nothing_planned(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=3)
    ids = [
        add_mover(sql, name, 45, 31, "turned_critical", rank)
        for rank, name in enumerate(("Rowan & Fox", "Glasshouse", "Peony"), 1)
    ]
    add_call(sql, ids[0], due_in=timedelta(days=1))
    page = open_today(cookie)
    assert headline_of(page).endswith(
        "3 suppliers turned critical since yesterday; 2 have nothing planned."
    )
    assert 'href="/today?all=turned_critical"' in words_of(page)


@pytest.mark.parametrize(
    ("has_call", "words"),
    [
        (True, "1 supplier turned critical since yesterday; it has a contact planned."),
        (False, "1 supplier turned critical since yesterday; it has nothing planned."),
    ],
)
def test_one_supplier_is_told_in_the_singular(
    cookie: str, open_today: Callable[..., AppTest], sql: Any, has_call: bool, words: str
) -> None:
    add_day(sql, critical=1)
    supplier_id = add_mover(sql, "Rowan & Fox", 45, 31, "turned_critical")
    if has_call:
        add_call(sql, supplier_id, due_in=timedelta(days=1))
    assert headline_of(open_today(cookie)).endswith(words)


def test_the_person_is_greeted_by_first_name_in_plain_text(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute("update user_profiles set full_name = '<i>Ada</i> Byron'")
    page = open_today(cookie)
    assert re.match(r"Good (morning|afternoon|evening), <i>Ada</i>\.", headline_of(page))
    assert "&lt;i&gt;Ada&lt;/i&gt;" in words_of(page)


def test_the_figures_say_how_they_changed_and_are_doors(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 7, healthy=1200, at_risk=403, critical=198, revenue_at_risk=6500)
    add_day(sql, healthy=1212, at_risk=403, critical=185, revenue_at_risk=6940.4)
    page = open_today(cookie)
    said = plain(page)
    for figure in ("1,212 ▲ 12", "403 no change", "185 ▼ 13", "1,800 ▼ 1", "£6,940 ▲ £440"):
        assert figure in said
    for door in (
        "/suppliers?risk=healthy",
        "/suppliers?risk=at_risk",
        "/suppliers?risk=critical",
        "/suppliers",
        "/suppliers?risk=critical&amp;risk=at_risk&amp;sort=-revenue",
    ):
        assert f'href="{door}" target="_self"' in words_of(page)
    assert "Critical, last 2 scored days: from 198 to 185" in words_of(page)


def test_without_a_week_of_history_no_change_is_claimed(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 1, critical=3)
    add_day(sql, critical=5)
    said = plain(open_today(cookie))
    assert "▲" not in said
    assert "▼" not in said


def test_more_critical_suppliers_are_bad_news_and_more_healthy_ones_good(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 7, healthy=5, critical=5)
    add_day(sql, healthy=8, critical=9)
    words = words_of(open_today(cookie))
    assert '<span class="cs-better cs-number">▲ 3</span>' in words
    assert '<span class="cs-worse cs-number">▲ 4</span>' in words


# ============ how fresh ============


def test_the_screen_says_how_fresh_the_data_is(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    page = open_today(cookie)
    assert "Scored 2 hours ago · fresh" in plain(page)
    assert re.search(r'title="[^"]* UTC">Scored', words_of(page))
    assert not page.warning


def test_a_missed_run_is_told_with_what_to_do(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 2, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    page = open_today(cookie)
    assert "2 days old: the daily run is overdue" in page.warning[0].value
    assert "python daily_scoring.py" in page.warning[0].value
    assert "overdue" in plain(page)


def test_of_an_older_day_the_first_line_says_which(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 1, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    assert headline_of(open_today(cookie)).endswith("No supplier turned critical yesterday.")


def test_a_failed_run_is_told_with_its_reason_and_what_is_shown(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 1, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    add_run(sql, "failed", error="Supabase does not answer.\n[link](x)")
    (warning,) = open_today(cookie).warning
    assert "The daily run that began 1 hour ago failed: Supabase does not answer" in warning.value
    assert r"\[link\]\(x\)" in warning.value
    assert "What you see is from the run before." in warning.value
    assert "repeating it is safe" in warning.value


def test_a_run_that_stopped_is_told(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    add_run(sql, "running")
    assert "stopped without finishing" in open_today(cookie).warning[0].value


def test_a_run_at_work_is_told_quietly(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    add_scored_supplier(sql, "Rowan & Fox", 31)
    sql.execute("update private.run_lease set fence = 7, expires_at = now() + interval '1 hour'")
    add_run(sql, "running", fence=7, suppliers_scored=1200)
    page = open_today(cookie)
    assert "a daily run is at work, 1,200 suppliers so far" in plain(page)
    assert not page.warning


# ============ levels ============


def test_the_chart_of_levels_says_in_words_what_it_shows(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 89, healthy=10, at_risk=4, critical=3)
    add_day(sql, healthy=12, at_risk=3, critical=7)
    (chart,) = open_today(cookie).get("vega_lite_chart")
    assert chart.proto.alt == (
        "Suppliers on each level over 90 days: "
        "Healthy from 10 to 12, At risk from 4 to 3, Critical from 3 to 7."
    )


def test_a_new_scorecard_is_named_beside_what_changed(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 31)
    add_day(sql, 1, critical=3)
    add_day(sql, critical=9)
    sql.execute(
        "insert into scorecards (version, definition)"
        " select 2, jsonb_set(definition, '{thresholds,critical_below}', '50') from scorecards"
    )
    for days_ago, version in ((1, 1), (0, 2)):
        day = utc_today() - timedelta(days=days_ago)
        add_run(sql, "done", score_date=day, scorecard_version=version)
    told = words_of(open_today(cookie))
    assert "The scorecard changed today: a part of what changed since is the new rules" in told
