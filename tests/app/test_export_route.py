"""The CSV download is guarded like a page and holds what the screen shows."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from cs_app import services
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


def test_an_unknown_level_is_named(signed_in: Callable[..., Any], sql: Any) -> None:
    answer = signed_in("admin").get("/export/health.csv?risk_level=<b>")
    assert answer.status_code == 400
    assert "critical, at_risk, healthy" in answer.text
    assert "<b>" not in answer.text


def test_signed_out_the_download_leads_to_sign_in(web: Any, sql: Any) -> None:
    answer = web.get("/export/health.csv?risk_level=critical")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fsuppliers%3Frisk%3Dcritical"


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
