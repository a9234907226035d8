"""Test mails of a template, to oneself alone."""

from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError
from streamlit.testing.v1 import AppTest

from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings
from tests.app.settings.settings_page import ada, field
from tests.app.settings.templates.template_page import open_template, rowan, stored
from tests.support.dashboard import as_seen
from tests.support.mailbox import Mailbox

__all__ = ["ada", "open_template", "rowan"]


def test_a_test_mail_comes_to_me_alone_and_is_marked(
    open_template: Callable[..., AppTest], rowan: str, mailbox: Mailbox, sql: Any
) -> None:
    page = open_template()
    field(page, "text_input", "-subject").set_value("Draft for {{ business_name }}").run()
    page.button(key="test-mail").click().run()
    assert as_seen(page.success[0].value) == "Test mail sent to ada@wedsync.example."
    (mail,) = mailbox.read()
    assert mail["To"] == "ada@wedsync.example"
    assert mail["Subject"] == "[Test] Draft for Rowan & Fox"
    assert mail["List-Unsubscribe"] is None
    text = mail.get_body(("plain",)).get_content()
    assert text.startswith("This is a test of the template “Check in”, as it would read for")
    (token,) = sql.execute("select private.unsubscribe_token(%s)", (rowan,)).fetchone()
    for part in mail.walk():
        if not part.is_multipart():
            assert token not in part.get_content()
            assert "unsubscribe" not in part.get_content()
    assert sql.execute("select recipient_id from outbox").fetchall() == [(None,)]
    assert sql.execute("select count(*) from interventions").fetchone() == (0,)
    assert len(stored(sql)) == 1  # nothing was published by it


def test_a_subject_with_line_breaks_sent_past_the_screen_is_refused(
    ada: dict[str, str], settings: Settings, sql: Any
) -> None:
    mine = connect_person(settings, ada["access_token"])
    mail = {"subject": "Hello\r\nBcc: all@x.example", "body_text": "x"}
    with pytest.raises(APIError, match="outbox_subject_check"):
        mine.rpc("queue_test_mail", {"p_mail": mail}).execute()
    assert sql.execute("select count(*) from outbox").fetchone() == (0,)


def test_a_test_mail_that_does_not_leave_is_told(
    open_template: Callable[..., AppTest], rowan: str, mailbox: Mailbox
) -> None:
    mailbox.treat("refuse")
    page = open_template()
    page.button(key="test-mail").click().run()
    assert "The test mail to ada@wedsync.example is not sent yet." in as_seen(page.warning[0].value)
    assert "451" in as_seen(page.warning[0].value)


def test_somebody_who_is_no_admin_any_more_gets_no_test_mail(
    open_template: Callable[..., AppTest], rowan: str, mailbox: Mailbox, sql: Any
) -> None:
    page = open_template()
    sql.execute("update user_profiles set role = 'analyst'")
    page.button(key="test-mail").click().run()
    assert "Only people with the role admin" in page.info[0].value
    assert mailbox.read() == []


def test_without_a_mail_server_nothing_is_queued(
    open_template: Callable[..., AppTest], rowan: str, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_template()
    monkeypatch.delenv("CS_SMTP_URL")
    page.button(key="test-mail").click().run()
    assert "No test mail was sent. Setting CS_SMTP_URL is missing" in as_seen(page.warning[0].value)
    assert sql.execute("select count(*) from outbox").fetchone() == (0,)


def test_too_many_test_mails_are_refused(
    open_template: Callable[..., AppTest],
    rowan: str,
    mailbox: Mailbox,
    sql: Any,
    ada: dict[str, str],
) -> None:
    sql.execute(
        "insert into outbox (dedupe_key, to_address, subject, body_text, scheduled_for,"
        " next_attempt_at) select 'test/' || %s || '/' || n, 'a@b.example', 's', 't', now(),"
        " 'tomorrow' from generate_series(1, 20) n",
        (ada["id"],),
    )
    page = open_template()
    page.button(key="test-mail").click().run()
    assert "You sent yourself 20 test mails within an hour" in as_seen(page.warning[0].value)
    assert mailbox.read() == []
