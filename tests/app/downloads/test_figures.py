"""What charts and small tables show can be downloaded: days, movers, a supplier's scores."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from tests.support.dashboard import words_of
from tests.support.scored import DAY, add_score, note_days, open_history

FILES = ("days.csv", "moves.csv", "scores.csv?id=00000000-0000-0000-0000-000000000000")


@pytest.fixture
def fetch(web: Any, analyst: str) -> Callable[[str], list[dict[str, str]]]:
    """A function that downloads a file as an analyst and gives its rows."""

    def rows(name: str) -> list[dict[str, str]]:
        web.cookies.set(clients.COOKIE, analyst)
        answer = web.get(f"/export/{name}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))

    return rows


@pytest.fixture
def fallen(sql: Any, add_supplier: Callable[..., str]) -> str:
    """A supplier whose score fell from 80 to 20 in a week, among steady ones."""
    open_history(sql)
    days = [DAY - timedelta(days=back) for back in (8, 7, 1, 0)]
    fallen = add_supplier(business_name="=Rowan & Fox", monthly_revenue=100)
    other = add_supplier(business_name="Steady", monthly_revenue=9)
    for day, score in zip(days, (80, 80, 45, 20), strict=True):
        add_score(sql, fallen, day, score)
        add_score(sql, other, day, 90)
    note_days(sql, *days)
    return fallen


def test_each_day_of_the_chart_is_a_row(fetch: Any, fallen: str) -> None:
    rows = fetch("days.csv")
    assert [list(row.values()) for row in rows[-2:]] == [
        ["2026-06-29", "0", "1", "1", "2", "100.0"],
        ["2026-06-30", "1", "0", "1", "2", "100.0"],
    ]
    assert len(rows) == 4
    assert list(rows[0]) == [
        *("score_date", "critical", "at_risk", "healthy", "total", "revenue_at_risk")
    ]


def test_days_older_than_the_chart_are_not_in_the_file(fetch: Any, fallen: str, sql: Any) -> None:
    sql.execute(
        "insert into daily_figures select score_date - 90 + n, 1, 1, 1, 1, scores, now()"
        " from daily_figures, generate_series(0, 1) n where score_date = %s",
        (DAY,),
    )
    assert fetch("days.csv")[0]["score_date"] == "2026-04-02"


def test_who_moved_is_in_the_file(fetch: Any, fallen: str) -> None:
    (row,) = fetch("moves.csv")
    assert (row["list"], row["score_date"], row["business_name"]) == (
        *("drops", "2026-06-30", "'=Rowan & Fox"),
    )
    assert (row["previous_score"], row["health_score"], row["change"]) == ("80", "20", "-60")
    assert (row["monthly_revenue"], row["has_open_call"]) == ("100.0", "false")
    assert row["supplier_id"] == fallen


def test_the_scores_of_one_supplier_are_a_file(fetch: Any, fallen: str) -> None:
    rows = fetch(f"scores.csv?id={fallen}")
    assert [(row["score_date"], row["health_score"], row["risk_level"]) for row in rows] == [
        ("2026-06-22", "80", "healthy"),
        ("2026-06-23", "80", "healthy"),
        ("2026-06-29", "45", "at_risk"),
        ("2026-06-30", "20", "critical"),
    ]
    assert {row["supplier_id"] for row in rows} == {fallen}
    assert (rows[-1]["login_recency_points"], rows[-1]["features_core"]) == ("8", "6")
    assert rows[-1]["form_completion_points"] == ""
    assert len(fetch(f"scores.csv?id={fallen}&days=7")) == 2


@pytest.mark.parametrize("query", ["", "id=x", "id={0}&id={0}", "id={0}&days=0", "id={0}&days=9e9"])
def test_scores_of_nobody_are_refused(web: Any, analyst: str, query: str) -> None:
    web.cookies.set(clients.COOKIE, analyst)
    answer = web.get(f"/export/scores.csv?{query.format('0' * 8 + '-0000-0000-0000-' + '0' * 12)}")
    assert answer.status_code == 400


@pytest.mark.parametrize("name", FILES)
def test_signed_out_or_without_a_role_nothing_is_downloaded(
    web: Any,
    name: str,
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    fallen: str,
) -> None:
    assert web.get(f"/export/{name}").status_code == 303
    web.cookies.set(clients.COOKIE, cookie_of(add_person("x@wedsync.example", None)))
    assert web.get(f"/export/{name}").status_code == 403


def test_the_screens_lead_to_the_files(
    analyst: str, open_today: Callable[..., AppTest], open_page: Callable[..., AppTest], fallen: str
) -> None:
    today = words_of(open_today(analyst))
    assert 'href="/export/days.csv"' in today
    assert 'href="/export/moves.csv"' in today
    supplier = words_of(open_page(analyst, "pages/supplier.py", id=fallen, days="30"))
    assert f'href="/export/scores.csv?id={fallen}&amp;days=30"' in supplier
