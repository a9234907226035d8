"""The CSV download is guarded like a page and holds what the screen shows."""

import csv
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from cs_app.server import clients
from cs_core.io.export.suppliers import export_filtered
from cs_core.suppliers.filter import SORTS, SupplierFilter
from tests.support.health_rows import add_scored_supplier, insert
from tests.support.intervention_rows import add_intervention


@pytest.fixture
def signed_in(
    web: Any, add_person: Callable[..., dict[str, str]], cookie_of: Callable[..., str]
) -> Callable[..., Any]:
    def sign_in(role: str | None) -> Any:
        person = add_person("someone@wedsync.example", role)
        web.cookies.set(clients.COOKIE, cookie_of(person))
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


def rows_in(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def names_in(answer: Any) -> list[str]:
    return [row["business_name"] for row in rows_in(answer.content.decode())]


def add_paying(sql: Any, name: str, score: int, revenue: int) -> str:
    supplier = add_scored_supplier(sql, name, score)
    sql.execute("update suppliers set monthly_revenue = %s where id = %s", (revenue, supplier))
    return supplier


def add_unscored(sql: Any, name: str) -> None:
    values = {"id": str(uuid.uuid4()), "business_name": name, "signed_up_at": "2026-01-01"}
    insert(sql, "suppliers", values)


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


def test_the_file_is_in_the_order_on_screen_page_after_page(service: Any, sql: Any) -> None:
    from cs_core.io.suppliers.find import find_suppliers

    for number, score in enumerate((0, 10, 39, 40, 70, 100)):
        add_paying(sql, f"Supplier {number * 5 % 6}", score, number * 7 % 5)
    add_unscored(sql, "Supplier 2b")
    orders = set()
    for sort in SORTS:
        seen = [row.business_name for row in find_suppliers(service, SupplierFilter(), sort).rows]
        text = "".join(export_filtered(service, SupplierFilter(), sort, page_size=3))
        assert [row["business_name"] for row in rows_in(text)] == seen
        assert len(seen) == 7
        orders.add(tuple(seen))
    assert len(orders) > 4


def test_who_moves_while_the_file_is_read_is_in_it_once(service: Any, sql: Any) -> None:
    for score in (0, 10, 20, 30):
        add_scored_supplier(sql, f"Score {score}", score)
    lines = export_filtered(service, SupplierFilter(levels=("critical",)), page_size=2)
    begun = [next(lines) for _ in range(3)]
    sql.execute("update current_health set health_score = 100 - health_score, risk_level='healthy'")
    names = [row["business_name"] for row in rows_in("".join([*begun, *lines]))]
    assert names == ["Score 0", "Score 10", "Score 20", "Score 30"]


def test_without_a_score_a_supplier_is_in_the_file_as_it_is_on_screen(
    signed_in: Callable[..., Any], sql: Any
) -> None:
    add_scored_supplier(sql, "Ash", 20)
    add_unscored(sql, "Birch")
    web = signed_in("analyst")
    rows = rows_in(web.get("/export/health.csv").content.decode())
    assert [(row["business_name"], row["health_score"]) for row in rows] == [
        ("Ash", "20"),
        ("Birch", ""),
    ]
    assert names_in(web.get("/export/health.csv?risk=critical")) == ["Ash"]


def test_the_file_has_the_columns_of_the_screen(signed_in: Callable[..., Any], sql: Any) -> None:
    ash = add_paying(sql, "Ash", 20, 129)
    web = signed_in("analyst")
    sql.execute("update user_profiles set full_name = '=Ann'")
    sql.execute("update suppliers set owner_id = (select id from user_profiles)")
    sql.execute("insert into week_changes values (%s, -12)", (ash,))
    add_intervention(sql, ash)
    add_intervention(sql, ash, status="sent")
    (row,) = rows_in(web.get("/export/health.csv").content.decode())
    assert list(row)[-4:] == [
        *("monthly_revenue", "owner", "score_change_7_days", "planned_interventions")
    ]
    assert list(row.values())[-4:] == ["129", "'=Ann", "-12", "1"]
    sql.execute("update user_profiles set full_name = null")
    (row,) = rows_in(web.get("/export/health.csv").content.decode())
    assert row["owner"] == "Somebody"


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sort=name", ["Ash", "Birch", "Cédar"]),
        ("sort=-score", ["Ash", "Cédar", "Birch"]),
        ("sort=-score&score=-80", ["Cédar", "Birch"]),
        ("", ["Birch", "Cédar", "Ash"]),
    ],
)
def test_the_download_keeps_the_order(
    signed_in: Callable[..., Any], sql: Any, query: str, names: list[str]
) -> None:
    for name, score in (("Ash", 90), ("Cédar", 60), ("Birch", 20)):
        add_scored_supplier(sql, name, score)
    assert names_in(signed_in("analyst").get(f"/export/health.csv?{query}")) == names


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("risk_level=<b>", "a risk level other than critical, at_risk or healthy"),
        ("risk=critical&risk=dreadful", "a risk level"),
        ("score=9-1", "that range of scores"),
        ("owner=you", "that owner"),
        ("sort=up", "that order"),
        ("sort=name&sort=login", "that order"),
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
    answer = web.get("/export/health.csv?risk_level=critical&tier=premium&sort=name")
    assert answer.status_code == 303
    assert answer.headers["location"] == (
        "/sign-in?next=%2Fsuppliers%3Frisk%3Dcritical%26tier%3Dpremium%26sort%3Dname"
    )


def test_without_a_role_nothing_is_downloaded(signed_in: Callable[..., Any], sql: Any) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    answer = signed_in(None).get("/export/health.csv")
    assert answer.status_code == 403
    assert "Rowan" not in answer.text


def test_a_failed_download_is_a_page_and_not_half_a_file(
    signed_in: Callable[..., Any], sql: Any
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
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
