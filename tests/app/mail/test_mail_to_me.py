"""Choosing digests, and stopping one by its link without being signed in."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server.rate_limit import RateLimit
from cs_app.web.stop_links import STOP_DIGEST
from cs_core.base.errors import StoreError
from tests.support.dashboard import words_of
from tests.support.health_rows import add_scored_supplier
from tests.support.today_rows import add_day, add_mover

PAGE = "pages/mail.py"
CHOICE = "select id::text, daily, weekly, hour, weekday, timezone from digest_subscriptions"


@pytest.fixture
def ann(add_person: Callable[..., dict[str, str]]) -> dict[str, str]:
    return add_person("ann@wedsync.example", "analyst")


@pytest.fixture
def page(open_page: Callable[..., AppTest], cookie_of: Any, ann: dict[str, str]) -> AppTest:
    made = open_page(cookie_of(ann), PAGE)
    assert not made.exception
    return made


def test_nobody_gets_a_digest_who_did_not_ask(page: AppTest, sql: Any) -> None:
    assert "You get none now." in words_of(page)
    assert [box.value for box in page.checkbox] == [False, False]
    assert sql.execute(CHOICE).fetchall() == []


def test_an_analyst_chooses_what_when_and_where(
    page: AppTest, sql: Any, ann: dict[str, str]
) -> None:
    page.checkbox(key="mail-daily").check()
    page.selectbox(key="mail-hour").set_value(7)
    page.selectbox(key="mail-zone").set_value("Europe/London")
    page.button[0].click().run()
    assert not page.exception
    assert sql.execute(CHOICE).fetchall() == [(ann["id"], True, False, 7, 1, "Europe/London")]
    assert "the daily digest from 07:00 on (Europe/London)" in words_of(page).replace("\\", "")
    page.checkbox(key="mail-daily").uncheck()
    page.checkbox(key="mail-weekly").check()
    page.selectbox(key="mail-weekday").set_value(5)
    page.button[0].click().run()
    assert sql.execute(CHOICE).fetchall() == [(ann["id"], False, True, 7, 5, "Europe/London")]
    assert "the weekly report on Fridays" in words_of(page)


def test_the_preview_says_what_would_come_now(page: AppTest, sql: Any) -> None:
    add_day(sql)
    add_mover(sql, "Rowan & Fox", 58, 31, "turned_critical")
    add_scored_supplier(sql, "Glasshouse", 90)
    page.toggle(key="mail-preview").set_value(True).run()
    assert not page.exception
    (mail,) = page.get("iframe")
    text = html.unescape(html.unescape(html.unescape(mail.proto.srcdoc)))
    assert "Rowan & Fox</a>: <strong>31 ▼ 27</strong>" in text
    assert "Glasshouse" not in text
    assert "1 turned critical" in words_of(page)


def test_before_the_first_run_the_preview_is_empty(page: AppTest) -> None:
    page.toggle(key="mail-preview").set_value(True).run()
    assert "nothing to say now" in words_of(page)


@pytest.fixture
def link(sql: Any, ann: dict[str, str]) -> str:
    sql.execute("insert into digest_subscriptions (id, daily) values (%s, true)", (ann["id"],))
    (token,) = sql.execute("select private.digest_token(%s, 'daily')", (ann["id"],)).fetchone()
    return f"/stop-digest?person={ann['id']}&digest=daily&token={token}"


def test_the_link_asks_first_and_one_click_from_a_mail_program_does_not(
    web: Any, sql: Any, link: str
) -> None:
    asked = web.get(link)
    assert asked.status_code == 200
    assert "Stop the daily digest" in asked.text
    assert asked.headers["Referrer-Policy"] == "no-referrer"
    assert sql.execute("select daily from digest_subscriptions").fetchone() == (True,)
    done = web.post(
        link,
        content="List-Unsubscribe=One-Click",
        headers={"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert done.status_code == 200
    assert "The daily digest is stopped" in done.text
    assert sql.execute("select daily from digest_subscriptions").fetchone() == (False,)
    assert web.post(link).status_code == 200


@pytest.mark.parametrize(
    ("old", "new"),
    [("daily&", "weekly&"), ("daily&", "hourly&"), ("token=", "token=0"), ("person=", "person=x")],
)
def test_a_link_that_was_changed_stops_nothing(
    old: str, new: str, web: Any, sql: Any, link: str
) -> None:
    answer = web.post(link.replace(old, new))
    assert answer.status_code == 404
    assert "Nothing was changed" in answer.text
    assert sql.execute("select daily from digest_subscriptions").fetchone() == (True,)


def test_guessing_is_slowed_down_and_an_outage_is_told(
    web: Any, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_given: Any) -> bool:
        raise StoreError(what="Stopping", reason="no answer")

    with monkeypatch.context() as broken:
        broken.setattr(STOP_DIGEST, "stop", fail)
        assert web.post(link).status_code == 503
    monkeypatch.setattr(STOP_DIGEST, "per_owner", RateLimit(1, 300))
    assert [web.post(link).status_code for _ in range(2)] == [200, 429]
