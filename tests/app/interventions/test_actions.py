"""What can still be done about an intervention: cancelling, trying again."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from embedded.stack import Stack
from tests.support.dashboard import words_of
from tests.support.intervention_rows import add_call, add_intervention
from tests.support.mailbox import Mailbox

PAGE = "pages/interventions.py"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_cancelling_asks_once_more(open_list: Any, sql: Any, fox: str) -> None:
    planned = add_intervention(sql, fox, scheduled_for=NOW + timedelta(days=400))
    page = open_list("admin", tab="scheduled")
    page.button(key=f"cancel-{planned}").click().run()
    assert sql.execute("select status from interventions").fetchone() == ("planned",)
    page.button(key=f"cancel-{planned}-yes").click().run()
    status = sql.execute("select status, reason from interventions").fetchone()
    assert status == ("cancelled", "by_person")


def test_a_cancelled_call_leaves_the_queue(open_list: Any, sql: Any, fox: str) -> None:
    add_call(sql, fox, due_in=timedelta(days=-1))
    (planned,) = sql.execute("select id::text from interventions").fetchone()
    page = open_list("admin", tab="scheduled")
    page.button(key=f"cancel-{planned}").click().run()
    page.button(key=f"cancel-{planned}-yes").click().run()
    assert sql.execute("select cancelled_at is null from support_interactions").fetchone() == (
        False,
    )


def test_keeping_it_keeps_it(open_list: Any, sql: Any, fox: str) -> None:
    planned = add_intervention(sql, fox, scheduled_for=NOW + timedelta(days=400))
    page = open_list("admin", tab="scheduled")
    page.button(key=f"cancel-{planned}").click().run()
    page.button(key=f"cancel-{planned}-no").click().run()
    page.button(key=f"cancel-{planned}")
    assert sql.execute("select status from interventions").fetchone() == ("planned",)


def test_what_was_asked_for_together_is_taken_back_together(
    open_list: Any, sql: Any, fox: str
) -> None:
    bulk, due_at = str(uuid.uuid4()), NOW + timedelta(days=400)
    for _ in range(2):
        add_intervention(sql, fox, scheduled_for=due_at, bulk_id=bulk)
    alone = add_intervention(sql, fox, scheduled_for=due_at)
    page = open_list("admin", tab="scheduled")
    assert words_of(page).count("(one of several)") == 2
    assert "undo-bulk" not in {button.key for button in page.button}
    page.query_params["bulk"] = bulk
    page.run()
    page.button(key="undo-bulk").click().run()
    page.button(key="undo-bulk-yes").click().run()
    left = sql.execute("select id::text from interventions where status = 'planned'").fetchall()
    assert left == [(alone,)]


@pytest.fixture
def sent_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be sent in a moment is sent at once."""
    from cs_app.contacts import actions
    from cs_app.server import sender

    monkeypatch.setattr(actions, "send_at", lambda _, only: sender.deliver(only))


@pytest.mark.usefixtures("sent_now")
def test_a_failed_message_is_tried_again(open_list: Any, sql: Any, fox: str, stack: Stack) -> None:
    failed = add_intervention(
        sql, fox, status="failed", subject="Hello", body="Hello again.", requested_by=None
    )
    with Mailbox.emptied(stack) as mailbox:
        page = open_list("admin", tab="failed")
        page.button(key=f"retry-{failed}").click().run()
        assert not page.exception
        assert mailbox.subjects() == ["Hello"]
    assert sql.execute("select status from interventions").fetchone() == ("sent",)
    assert "Nothing failed." in words_of(page)


@pytest.mark.usefixtures("sent_now")
def test_trying_one_again_sends_nothing_else_that_is_due(
    open_list: Any, sql: Any, fox: str, stack: Stack
) -> None:
    failed = add_intervention(sql, fox, status="failed", subject="Failed", body="Hello.")
    add_intervention(sql, fox, status="planned", subject="Due", body="Hello.", scheduled_for=NOW)
    with Mailbox.emptied(stack) as mailbox:
        page = open_list("admin", tab="failed")
        page.button(key=f"retry-{failed}").click().run()
        assert not page.exception
        assert mailbox.subjects() == ["Failed"]
    left = sql.execute("select subject from interventions where status = 'planned'").fetchall()
    assert left == [("Due",)]


MAYBE = {"status": "failed", "body": "Hello.", "may_have_arrived": True}


@pytest.mark.usefixtures("sent_now")
def test_what_may_have_arrived_is_sent_again_only_by_who_knows_that_it_did_not(
    open_list: Any, sql: Any, fox: str, stack: Stack
) -> None:
    error = "No answer. It may have arrived; send it again only if it did not."
    failed = add_intervention(sql, fox, subject="Maybe", last_error=error, **MAYBE)
    with Mailbox.emptied(stack) as mailbox:
        page = open_list("admin", tab="failed")
        assert "May have arrived: no answer. It may have arrived" in words_of(page)
        page.button(key=f"retry-{failed}").click().run()
        assert "It may have arrived; send it again only if it did not." in [
            words.value for words in page.markdown
        ]
        page.button(key=f"retry-{failed}-no").click().run()
        assert mailbox.subjects() == []
        assert sql.execute("select status from interventions").fetchone() == ("failed",)
        page.button(key=f"retry-{failed}").click().run()
        page.button(key=f"retry-{failed}-yes").click().run()
        assert not page.exception
        assert mailbox.subjects() == ["Maybe"]
    row = sql.execute("select status, may_have_arrived from interventions").fetchone()
    assert row == ("sent", False)


@pytest.mark.usefixtures("sent_now")
def test_trying_all_again_leaves_out_what_may_have_arrived(
    open_list: Any, sql: Any, fox: str, stack: Stack
) -> None:
    for number in (1, 2):
        add_intervention(sql, fox, status="failed", subject=f"Failed {number}", body="Hello.")
    add_intervention(sql, fox, subject="Maybe", **MAYBE)
    with Mailbox.emptied(stack) as mailbox:
        page = open_list("admin", tab="failed")
        page.button(key="retry-all").click().run()
        assert not page.exception
        assert sorted(mailbox.subjects()) == ["Failed 1", "Failed 2"]
    left = sql.execute("select subject from interventions where status = 'failed'").fetchall()
    assert left == [("Maybe",)]
