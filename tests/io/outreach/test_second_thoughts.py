"""What can still be done about an intervention: taking it back, trying it again, finding it."""

from typing import Any

import pytest

from cs_core.io.base.reads import run_query
from cs_core.io.mail.compose import write_due_messages
from cs_core.io.outreach.call_queue import fetch_calls
from cs_core.io.outreach.intervention_lists import ListFilter, ListPage, intervention_list_query
from cs_core.io.outreach.interventions import (
    cancel_intervention,
    intervention_counts_query,
    retry_intervention,
)
from tests.support.asked import FAR, Ask, ada, ask, audit, now, status_of, supplier
from tests.support.people import Somebody, become

__all__ = ["ada", "ask", "become", "supplier"]


def listed(client: Any, *how: Any, **more: Any) -> ListPage:
    return run_query(client, intervention_list_query(*how, **more))


def test_a_planned_call_is_taken_back_and_leaves_the_queue(
    ada: Somebody, ask: Ask, supplier: str, sql: Any
) -> None:
    made = ask("call").intervention_id
    assert cancel_intervention(ada.client, supplier, made)
    assert cancel_intervention(ada.client, supplier, made)
    assert status_of(sql, made) == ("cancelled", "by_person")
    assert fetch_calls(ada.client, FAR) == []
    assert audit(sql)[:2] == (ada.id, "interventions")
    assert ask("call").status == "planned"


@pytest.mark.parametrize("is_written", [False, True])
def test_a_mail_is_taken_back_until_it_is_being_sent(
    is_written: bool, ada: Somebody, ask: Ask, supplier: str, service: Any, sql: Any
) -> None:
    made = ask("email").intervention_id
    if is_written:
        write_due_messages(service, "http://localhost", now())
    assert cancel_intervention(ada.client, supplier, made)
    assert status_of(sql, made) == ("cancelled", "by_person")
    queued = sql.execute("select count(*) from outbox where status = 'queued'").fetchone()
    assert queued == (0,)


@pytest.mark.parametrize("status", ["sending", "sent"])
def test_it_is_too_late_for_a_mail_that_is_with_the_mail_server(
    status: str, ada: Somebody, ask: Ask, supplier: str, service: Any, sql: Any
) -> None:
    made = ask("email").intervention_id
    write_due_messages(service, "http://localhost", now())
    sql.execute(
        "update outbox set status = %s, sent_at = case when %s = 'sent' then now() end",
        (status, status),
    )
    assert not cancel_intervention(ada.client, supplier, made)
    assert status_of(sql, made) == (status, None)


def test_a_mail_that_failed_is_tried_again(
    ada: Somebody, ask: Ask, supplier: str, service: Any, sql: Any
) -> None:
    made = ask("email").intervention_id
    assert not retry_intervention(ada.client, supplier, made)
    write_due_messages(service, "http://localhost", now())
    sql.execute("update outbox set status = 'dead', last_error = 'No such mailbox'")
    (failed,) = listed(ada.client, "failed", ListFilter()).rows
    assert (failed.id, failed.last_error) == (made, "No such mailbox")
    assert retry_intervention(ada.client, supplier, made)
    assert status_of(sql, made) == ("planned", None)
    assert sql.execute("select status from outbox").fetchone() == ("queued",)
    assert audit(sql)[:2] == (ada.id, "interventions")


def test_one_that_could_not_be_written_is_written_again(
    ada: Somebody, ask: Ask, supplier: str, sql: Any
) -> None:
    made = ask("in_app").intervention_id
    sql.execute("update interventions set status = 'failed', last_error = 'Template broken'")
    assert retry_intervention(ada.client, supplier, made)
    assert status_of(sql, made) == ("planned", None)


def test_each_list_holds_its_interventions_and_is_counted(ada: Somebody, ask: Ask) -> None:
    ask("call")
    ask("call")  # finds one open already
    ask("email")
    assert run_query(ada.client, intervention_counts_query()) == {
        "scheduled": 2,
        "sent": 0,
        "failed": 0,
        "suppressed": 1,
    }
    held = listed(ada.client, "suppressed", ListFilter())
    assert (held.total, held.total_is_exact, held.rows[0].reason) == (1, True, "open_call")
    history = listed(ada.client, "history", ListFilter())
    assert history.total == 3
    assert history.rows[0].requested_by == ada.id
    assert listed(ada.client, "history", ListFilter(type="call")).total == 2
    assert (
        run_query(
            ada.client, intervention_list_query("history", ListFilter(reason="open_call"))
        ).total
        == 1
    )
    assert listed(ada.client, "history", ListFilter(person=ada.id)).total == 3
    assert (
        run_query(
            ada.client, intervention_list_query("history", ListFilter(playbook="'; --"))
        ).total
        == 0
    )
    second = run_query(
        ada.client, intervention_list_query("history", ListFilter(), page=2, page_size=2)
    )
    assert [row.id for row in second.rows] == [history.rows[2].id]
