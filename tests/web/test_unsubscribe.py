"""Stopping our mails, as suppliers and mail providers do it."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from cs_app.server import clients
from cs_app.server.rate_limit import RateLimit
from cs_app.web.stop_links import UNSUBSCRIBE
from cs_core.mail.messages import unsubscribe_link
from embedded.postgres import free_port
from embedded.stack import Stack
from tests.e2e.dashboard import running_dashboard

ONE_CLICK = {
    "content": "List-Unsubscribe=One-Click",
    "headers": {"Content-Type": "application/x-www-form-urlencoded"},
}


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UNSUBSCRIBE, "per_owner", RateLimit(20, 300))
    monkeypatch.setattr(UNSUBSCRIBE, "per_address", RateLimit(600, 300))


@pytest.fixture
def supplier(add_supplier: Callable[..., str]) -> str:
    return add_supplier(email="rowan@example.com")


@pytest.fixture
def token(sql: Any, supplier: str) -> str:
    return sql.execute("select private.unsubscribe_token(%s)", (supplier,)).fetchone()[0]


@pytest.fixture
def link(supplier: str, token: str) -> str:
    return unsubscribe_link("", supplier, token)


@pytest.fixture
def opted_out(sql: Any, supplier: str) -> Callable[[], bool]:
    """A function that tells whether the supplier gets no more mails."""
    query = "select email_opt_out from suppliers where id = %s"
    return lambda: sql.execute(query, (supplier,)).fetchone()[0]


def test_opening_the_link_asks_and_changes_nothing(
    web: Any, link: str, opted_out: Callable[[], bool]
) -> None:
    page = web.get(link)
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert "Stop these mails" in page.text
    assert not opted_out()


def test_the_button_stops_the_mails(web: Any, link: str, opted_out: Callable[[], bool]) -> None:
    form = re.search(r'<form method="post" action="([^"]+)">', web.get(link).text)
    assert form
    # As browsers send it from a page that passes on no Referer.
    answer = web.post(
        unescape(form[1]), headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    )
    assert answer.status_code == 200
    assert "You will get no more of these mails" in answer.text
    assert opted_out()


def test_a_mail_provider_stops_them_in_one_click(
    web: Any, link: str, opted_out: Callable[[], bool]
) -> None:
    answer = web.post(link, content=ONE_CLICK["content"], headers=ONE_CLICK["headers"])
    assert answer.status_code == 200
    assert opted_out()


def test_it_works_from_another_site_too(web: Any, link: str, opted_out: Callable[[], bool]) -> None:
    headers = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}
    assert web.post(link, headers=headers).status_code == 200
    assert opted_out()


def test_stopping_twice_says_the_same(web: Any, link: str) -> None:
    assert web.post(link).text == web.post(link).text


def test_mail_that_waits_is_cancelled(web: Any, link: str, supplier: str, sql: Any) -> None:
    sql.execute(
        "insert into outbox (dedupe_key, recipient_id, to_address, subject, body_text,"
        " unsubscribe_url, scheduled_for, next_attempt_at)"
        " values ('k', %s, 'rowan@example.com', 's', 'b', 'https://x/', now(), now())",
        (supplier,),
    )
    web.post(link)
    assert sql.execute("select status from outbox").fetchone() == ("cancelled",)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "?supplier={supplier}",
        "?token={token}",
        "?supplier={supplier}&token={token:.15}",
        "?supplier={supplier:.20}&token={token}",
        "?supplier=%00&token=%00",
        "?supplier={supplier}&token={token}%00",
        "?supplier=' or 1=1&token=x",
    ],
)
def test_a_cut_link_is_a_polite_404(
    web: Any, supplier: str, token: str, opted_out: Callable[[], bool], method: str, query: str
) -> None:
    address = "/unsubscribe" + query.format(supplier=supplier, token=token)
    answer = web.request(method, address)
    assert answer.status_code == 404
    assert "nothing was changed" in answer.text
    assert "reply to the mail" in answer.text
    assert not opted_out()


def test_another_suppliers_token_stops_nothing(
    web: Any,
    supplier: str,
    opted_out: Callable[[], bool],
    add_supplier: Callable[..., str],
    sql: Any,
) -> None:
    other = add_supplier()
    (token,) = sql.execute("select private.unsubscribe_token(%s)", (other,)).fetchone()
    answer = web.post(unsubscribe_link("", supplier, token))
    assert answer.status_code == 404
    assert not opted_out()


def test_a_supplier_that_does_not_exist_gets_the_same_answer_as_a_wrong_token(
    web: Any, supplier: str
) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    answers = [web.post(unsubscribe_link("", who, "f" * 32)) for who in (supplier, nobody)]
    assert answers[0].status_code == answers[1].status_code == 404
    assert answers[0].text == answers[1].text


def test_the_address_goes_to_nobody_else(web: Any, link: str) -> None:
    for answer in (web.get(link), web.post(link), web.get("/unsubscribe")):
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "https://" not in answer.text


def test_attempts_for_one_supplier_are_limited(
    web: Any, supplier: str, link: str, opted_out: Callable[[], bool]
) -> None:
    for _ in range(20):
        assert web.post(unsubscribe_link("", supplier, "f" * 32)).status_code == 404
    answer = web.post(link)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "300"
    assert not opted_out()


def test_attempts_from_one_address_are_limited(
    web: Any, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UNSUBSCRIBE, "per_address", RateLimit(1, 300))
    assert [web.post(link).status_code for _ in range(2)] == [200, 429]


def test_a_large_body_does_no_harm(web: Any, link: str) -> None:
    assert web.post(link, content=b"x" * 1_000_000).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_do_nothing(
    web: Any, link: str, opted_out: Callable[[], bool], method: str
) -> None:
    web.request(method, link)
    assert not opted_out()


def test_without_supabase_the_page_says_so_and_offers_another_try(
    web: Any, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    clients.forget_clients()
    answer = web.post(link)
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text
    assert f'href="{link.replace("&", "&amp;")}"' in answer.text


def test_the_real_server_takes_it_and_its_log_does_not_hold_the_token(
    stack: Stack, link: str, token: str, opted_out: Callable[[], bool], tmp_path: Path
) -> None:
    log = tmp_path / "dashboard.log"
    with running_dashboard(stack.env, free_port(), log) as url:
        assert "Stop these mails" in httpx.get(url + link).text
        answer = httpx.post(url + link, content=ONE_CLICK["content"], headers=ONE_CLICK["headers"])
        assert answer.status_code == 200
        assert httpx.post(url + link.replace("token=", "token=x")).status_code == 404
    assert opted_out()
    assert token not in log.read_text()
