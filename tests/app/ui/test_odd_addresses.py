"""Addresses that nobody's click makes: a page and a download say what is wrong, or leave it out."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from cs_app.ui.page_address import is_uuid, read_day
from tests.api.answers import error_of
from tests.support.dashboard import words_of

ID = "0b9f8a52-6f0e-4a52-9d6b-2f4f3a1f7c11"
# Python refuses to read so many digits as a number.
DIGITS = "1" * 5000


def test_a_period_of_thousands_of_digits_is_no_period(
    open_page: Callable[..., AppTest], analyst: str, sql: Any
) -> None:
    page = open_page(analyst, "pages/milestones.py", days=DIGITS)
    assert not page.exception
    assert "in the last 30 days" in words_of(page)


def test_days_of_thousands_of_digits_are_refused(web: Any, analyst: str, sql: Any) -> None:
    web.cookies.set(clients.COOKIE, analyst)
    answer = web.get(f"/export/scores.csv?id={ID}&days=0000{DIGITS}")
    assert answer.status_code == 400
    assert "that many days" in answer.text


def test_a_filter_of_the_audit_log_that_is_given_twice_is_refused(
    web: Any, cookie: str, sql: Any
) -> None:
    web.cookies.set(clients.COOKIE, cookie)
    answer = web.get("/export/audit.csv?table=suppliers&table=outbox")
    assert answer.status_code == 400
    assert "table more than once" in answer.text


@pytest.mark.parametrize(
    ("text", "is_day"),
    [("2000-01-01", True), ("1999-12-31", False), ("2200-12-31", True), ("2201-01-01", False)],
)
def test_a_day_of_an_address_is_of_these_centuries(text: str, is_day: bool) -> None:
    assert (read_day(text) is not None) == is_day
    assert read_day(f"{text}x") is None


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (ID, True),
        (ID.upper(), True),
        (f"{{{ID}}}", False),
        (ID.replace("-", ""), False),
        ("", False),
    ],
)
def test_an_id_of_an_address_is_written_in_one_way(text: str, is_one: bool) -> None:
    assert is_uuid(text) == is_one


def test_a_write_from_what_is_no_address_is_refused_as_json(web: Any) -> None:
    answer = web.post("/api/customer-success/interventions", headers={"Origin": "http://["})
    assert error_of(answer)["code"] == "cross_site_request"


@pytest.mark.parametrize("address", ["/suppliers?risk=critical", "/export/health.csv?tier=pro"])
def test_while_the_database_is_silent_another_try_keeps_the_filter(
    address: str, web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    web.cookies.set(clients.COOKIE, "a" * 43)
    answer = web.get(address)
    assert answer.status_code == 503
    assert f'href="{address}"' in answer.text


def test_while_the_database_is_silent_another_try_leads_to_no_other_site(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    web.cookies.set(clients.COOKIE, "a" * 43)
    answer = web.get("http://localhost:8501//evil.example/today")
    assert answer.status_code == 503
    assert "evil.example" not in answer.text
