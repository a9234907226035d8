"""Who moved, on the first screen."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.today.today_page import names_in, section
from tests.support.dashboard import words_of
from tests.support.health_rows import NO_COUNTS, insert
from tests.support.intervention_rows import add_call
from tests.support.today_rows import add_day, add_milestone, add_mover, utc_today


def test_who_turned_critical_is_shown_with_reason_and_plan(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=2)
    planned = add_mover(
        sql, "Rowan & Fox", 58, 31, "turned_critical", 1, monthly_revenue=59, clients_known=7
    )
    add_call(sql, planned, due_in=timedelta(days=1))
    waiting = add_mover(sql, "Glasshouse", 44, 20, "turned_critical", 2, monthly_revenue=29)
    html = section(open_today(cookie), "turned_critical")
    assert names_in(html) == ["Glasshouse", "Rowan & Fox"]  # who has no call first
    assert f'href="/supplier?id={waiting}" target="_self"' in html
    said = unescape(re.sub(r"<[^>]+>", " ", html))
    assert re.search(r"Rowan & Fox\s+✕\s+Critical\s+31\s+▼ 27", said)
    assert "£59" in said
    assert "Call planned" in said
    assert "No call, never contacted" in said


def test_drops_and_recoveries_are_shown_with_their_reason(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    long_ago = datetime.now(UTC) - timedelta(days=30)
    add_mover(sql, "Rowan & Fox", 80, 48, "drop", last_login=long_ago, login_recency_points=0)
    add_mover(sql, "Glasshouse", 20, 72, "recovery", login_recency_points=30)
    page = open_today(cookie)
    drops, recoveries = section(page, "drops"), section(page, "recoveries")
    assert names_in(drops) == ["Rowan & Fox"]
    assert "▼ 32" in drops
    assert "No login for 30 days" in drops
    assert names_in(recoveries) == ["Glasshouse"]
    assert "▲ 52" in recoveries
    assert ">Was critical</div>" in recoveries  # what it was 7 days ago is not known


def test_a_recovery_says_what_it_regained(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, 7)
    add_day(sql, healthy=1)
    ensure = "select private.ensure_history_partitions(%s, %s)"
    week_ago = utc_today() - timedelta(days=7)
    sql.execute(ensure, [week_ago, utc_today()])
    back = add_mover(sql, "Glasshouse", 20, 72, "recovery", login_recency_points=30)
    then = NO_COUNTS | {"supplier_id": back, "score_date": week_ago, "as_of": week_ago}
    then |= {"health_score": 20, "risk_level": "critical", "login_recency_points": 0}
    insert(sql, "customer_health", then | {"tier": "professional", "scorecard_version": 1})
    recoveries = section(open_today(cookie), "recoveries")
    assert ">Was critical; login recency +30</div>" in recoveries


def heads_of(page: AppTest, *anchors: str) -> list[str]:
    """The headings of lists as one reads them."""
    found = [section(page, anchor).partition("</h2>")[0] for anchor in anchors]
    return [" ".join(unescape(re.sub(r"<[^>]+>", "", head)).split()) for head in found]


def test_the_heading_says_since_when_and_in_which_order(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    def head() -> str:
        return heads_of(open_today(cookie), "turned_critical")[0]

    add_day(sql, critical=2)
    first = add_mover(sql, "Rowan & Fox", 58, 31, "turned_critical", 1, monthly_revenue=59)
    assert head() == "Turned critical since yesterday"
    add_mover(sql, "Glasshouse", 44, 20, "turned_critical", 2, monthly_revenue=29)
    assert head() == "Turned critical since yesterday · most revenue first"
    add_call(sql, first, due_in=timedelta(days=1))
    assert head() == ("Turned critical since yesterday · without a call first, then most revenue")


def test_that_drops_leave_out_who_turned_critical_is_told(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=1)
    page = open_today(cookie)
    assert heads_of(page, "drops", "recoveries") == [
        "Biggest drops in 7 days",
        "Recoveries in 7 days",
    ]
    assert "No score fell by 5 points or more" in section(page, "drops")
    add_mover(sql, "Rowan & Fox", 58, 31, "turned_critical")
    page = open_today(cookie)
    assert heads_of(page, "drops") == ["Biggest drops in 7 days, besides those above"]
    assert "No other score fell by 5 points or more" in section(page, "drops")


def test_a_long_list_is_cut_and_its_count_opens_all_of_it(
    cookie: str, open_today: Callable[..., AppTest], sql: Any
) -> None:
    add_day(sql, critical=12)
    for rank in range(1, 13):
        add_mover(sql, f"Supplier {rank:02}", 45, 31, "turned_critical", rank)
    html = section(open_today(cookie), "turned_critical")
    assert len(names_in(html)) == 8
    assert '<a class="cs-link cs-more" href="/today?all=turned_critical"' in html
    assert "All 12" in html
    whole = section(open_today(cookie, all="turned_critical"), "turned_critical")
    assert len(names_in(whole)) == 12
    assert "Show fewer" in whole


@pytest.mark.parametrize("asked", ["", "everything", "<b>"])
def test_an_unknown_list_in_the_address_is_dropped(
    cookie: str, open_today: Callable[..., AppTest], sql: Any, asked: str
) -> None:
    add_day(sql, critical=1)
    add_mover(sql, "Rowan & Fox", 45, 31, "turned_critical")
    assert "Show fewer" not in words_of(open_today(cookie, all=asked))


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x>', "x" * 200, "Bodas 🎉"]
)
def test_awkward_names_are_plain_text(
    cookie: str, open_today: Callable[..., AppTest], sql: Any, name: str
) -> None:
    add_day(sql, critical=1)
    supplier_id = add_mover(sql, name, 45, 31, "turned_critical")
    add_call(sql, supplier_id, due_in=-timedelta(days=3))
    add_milestone(sql, supplier_id, "first_client")
    page = open_today(cookie)
    assert names_in(words_of(page)) == [name] * 3
    assert "<script>" not in words_of(page)
    assert "<img" not in words_of(page)
