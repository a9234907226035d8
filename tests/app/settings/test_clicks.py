"""What a click in the settings does where the page on screen was drawn for somebody who has left.

A click comes before the page asks who is looking, and the page may be hours old.
"""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.settings import scorecard as settings_scorecard
from tests.support.dashboard import words_of
from tests.support.health_rows import add_scored_supplier
from tests.support.mailbox import Mailbox
from tests.support.supplier_rows import add_known_supplier


def click_when_signed_out(page: AppTest, key: str, sql: Any) -> None:
    """Sign out in another tab, then click in this one."""
    sql.execute("delete from private.web_sessions")
    page.button(key=key).click().run()
    assert page.title[-1].value == "Your session has ended"


def test_who_is_signed_out_discards_nothing(
    open_settings: Callable[..., AppTest], sql: Any
) -> None:
    page = open_settings("scorecard")
    (bound,) = [one for one in page.number_input if str(one.key).endswith("critical_below")]
    bound.set_value(45.0).run()
    click_when_signed_out(page, "discard", sql)
    assert sql.execute("select what from settings_drafts").fetchall() == [("scorecard",)]


def test_who_is_signed_out_sends_no_test_mail(
    open_settings: Callable[..., AppTest], sql: Any, mailbox: Mailbox
) -> None:
    add_known_supplier(sql)
    page = open_settings("templates", template="check_in")
    click_when_signed_out(page, "test-mail", sql)
    assert sql.execute("select count(*) from outbox").fetchone() == (0,)
    assert mailbox.read() == []


def test_who_is_signed_out_sends_no_invitation_again(
    open_settings: Callable[..., AppTest], sql: Any, mailbox: Mailbox
) -> None:
    page = open_settings("people")
    page.button(key="people-invite").click().run()
    page.text_input(key="invite-email").set_value("grace@wedsync.example").run()
    page.button(key="people-sure").click().run()
    (grace,) = sql.execute("select id::text from auth.users where email like 'grace%'").fetchone()
    assert len(mailbox.read()) == 1
    click_when_signed_out(page, f"again-{grace}", sql)
    assert len(mailbox.read()) == 1


def test_who_is_signed_out_scores_nobody(
    open_settings: Callable[..., AppTest], sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    monkeypatch.setattr(settings_scorecard, "start_rescoring", begun.append)
    add_scored_supplier(sql, "Elm", 37)
    sql.execute("insert into scorecards (version, definition) select 2, definition from scorecards")
    page = open_settings("scorecard")
    assert "made with an older version" in words_of(page)
    click_when_signed_out(page, "rescore-all", sql)
    assert begun == []
