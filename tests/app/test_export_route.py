"""The CSV download is guarded like a page and holds what the screen shows."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from cs_app import services
from cs_core.errors import StoreError
from cs_core.io.filtered_export import export_filtered
from cs_core.supplier_filter import SupplierFilter
from tests.app.health_rows import add_scored_supplier


@pytest.fixture
def signed_in(
    web: Any, add_person: Callable[..., dict[str, str]], cookie_of: Callable[..., str]
) -> Callable[..., Any]:
    def sign_in(role: str | None) -> Any:
        person = add_person("someone@wedsync.example", role)
        web.cookies.set(services.COOKIE, cookie_of(person))
        return web

    return sign_in


@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_staff_download_every_supplier(signed_in: Callable[..., Any], sql: Any, role: str) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    add_scored_supplier(sql, "The Glasshouse", 80)
    answer = signed_in(role).get("/export/health.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    named = re.fullmatch(
        r'attachment; filename="health-\d{4}-\d\d-\d\d\.csv"',
        answer.headers["content-disposition"],
    )
    assert named
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["business_name"] for row in rows} == {"Rowan & Fox", "The Glasshouse"}


def test_the_download_keeps_the_filter(signed_in: Callable[..., Any], sql: Any) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    add_scored_supplier(sql, "The Glasshouse", 80)
    text = signed_in("admin").get("/export/health.csv?risk_level=critical").text
    assert "Rowan & Fox" in text
    assert "Glasshouse" not in text


def names_in(answer: Any) -> list[str]:
    rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    return [row["business_name"] for row in rows]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("risk=critical&risk=at_risk", ["Ash", "Birch"]),
        ("category=florist", ["Birch"]),
        ("tier=premium", ["Cédar"]),
        ("score=50-", ["Birch", "Cédar"]),
        ("q=cedar", ["Cédar"]),
        ("owner=me", ["Ash"]),
        ("silent=7", ["Ash", "Birch", "Cédar"]),
        ("trial=yes", []),
        ("risk=critical&page=7&sort=name&view=tiles&other=1", ["Ash"]),
    ],
)
def test_the_download_takes_the_parameters_of_the_list(
    signed_in: Callable[..., Any], sql: Any, query: str, names: list[str]
) -> None:
    add_scored_supplier(sql, "Cédar", 90)
    add_scored_supplier(sql, "Birch", 55, "florist")
    add_scored_supplier(sql, "Ash", 20)
    web = signed_in("analyst")
    sql.execute("update suppliers set tier = 'premium' where business_name = 'Cédar'")
    sql.execute(
        "update suppliers set owner_id = (select id from user_profiles) where business_name='Ash'"
    )
    answer = web.get(f"/export/health.csv?{query}")
    assert answer.status_code == 200
    assert names_in(answer) == names


def test_more_than_one_answer_holds_come_all_the_same(service: Any, sql: Any) -> None:
    for score in (0, 10, 39, 40, 70, 100):
        add_scored_supplier(sql, f"Score {score}", score)
    lines = list(export_filtered(service, SupplierFilter(tiers=("professional",)), most=3))
    assert [line.split(",")[1] for line in lines[1:]] == [
        f"Score {score}" for score in (0, 10, 39, 40, 70, 100)
    ]


def test_a_file_that_cannot_be_whole_fails(service: Any, sql: Any) -> None:
    for _ in range(3):
        add_scored_supplier(sql, "Rowan & Fox", 20)
    with pytest.raises(StoreError, match="filter for fewer"):
        list(export_filtered(service, SupplierFilter(score_to=50), most=2))


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("risk_level=<b>", "a risk level other than critical, at_risk or healthy"),
        ("risk=critical&risk=dreadful", "a risk level"),
        ("score=9-1", "that range of scores"),
        ("owner=you", "that owner"),
        ("silent=x&trial=maybe", "that many days without a login, trial other than yes or no"),
    ],
)
def test_a_filter_that_is_none_is_named_and_not_left_out(
    signed_in: Callable[..., Any], sql: Any, query: str, named: str
) -> None:
    answer = signed_in("admin").get(f"/export/health.csv?{query}")
    assert answer.status_code == 400
    assert named in answer.text
    assert "<b>" not in answer.text


def test_signed_out_the_download_leads_to_sign_in(web: Any, sql: Any) -> None:
    answer = web.get("/export/health.csv?risk_level=critical&tier=premium")
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        "/sign-in?next=%2Fsuppliers%3Frisk%3Dcritical%26tier%3Dpremium"
    )


def test_without_a_role_nothing_is_downloaded(signed_in: Callable[..., Any], sql: Any) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    answer = signed_in(None).get("/export/health.csv")
    assert answer.status_code == 403
    assert "Rowan" not in answer.text


def test_a_failed_download_is_a_page_and_not_half_a_file(
    signed_in: Callable[..., Any], sql: Any
) -> None:
    web = signed_in("admin")
    sql.execute("revoke select on public.supplier_overview from authenticated")
    try:
        answer = web.get("/export/health.csv")
    finally:
        sql.execute("grant select on public.supplier_overview to authenticated")
    assert answer.status_code == 503
    assert "content-disposition" not in answer.headers
    assert "Nothing was changed" in answer.text


def test_there_is_no_other_download(web: Any, sql: Any) -> None:
    assert web.get("/export/secrets.csv").status_code == 404
