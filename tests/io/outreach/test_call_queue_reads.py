"""The call queue, and what else people note about a supplier."""

import datetime as dt
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.base.errors import StoreError
from cs_core.io.base.reads import run_query
from cs_core.io.outreach.call_queue import (
    QueueCounts,
    add_note,
    claim_call,
    count_calls,
    fetch_calls,
    queue_counts_query,
    release_call,
    snooze_call,
)
from cs_core.io.outreach.calls import log_outcome
from cs_core.io.outreach.intervention_lists import (
    ListFilter,
    ListPage,
    intervention_list_query,
    reopen_call,
)
from cs_core.io.outreach.interventions import cancel_intervention, retry_intervention
from cs_core.io.outreach.owners import assign_owner
from cs_core.io.suppliers.timeline import fetch_timeline
from tests.support.asked import FAR, Ask, ada, ask, audit, now, status_of, supplier
from tests.support.people import Somebody, become

__all__ = ["ada", "ask", "become", "supplier"]


def listed(client: Any, *how: Any, **more: Any) -> ListPage:
    return run_query(client, intervention_list_query(*how, **more))


def test_a_call_in_the_queue_says_all_that_the_caller_needs(
    ada: Somebody, ask: Ask, supplier: str
) -> None:
    made = ask("call", note="Wants to talk about invoices")
    (call,) = fetch_calls(ada.client, FAR)
    assert (call.supplier_id, call.business_name, call.phone) == (
        supplier,
        "The Glasshouse",
        "0123",
    )
    assert call.reasons == ("Asked for by admin@example.com: Wants to talk about invoices",)
    assert (call.intervention_id, call.claimed_by) == (made.intervention_id, None)
    assert call.scheduled_for is not None
    assert fetch_calls(ada.client, call.scheduled_for) == []
    assert (count_calls(ada.client, FAR), count_calls(ada.client, call.scheduled_for)) == (1, 0)


def test_a_call_that_a_playbook_planned_names_it(ada: Somebody, ask: Ask, sql: Any) -> None:
    ask("call")
    sql.execute(
        'update interventions set cause = \'{"reasons": [{"playbook": "silent_after_set_up",'
        ' "drivers": [{"fact": "no login for 9 days"}]}]}\''
    )
    (call,) = fetch_calls(ada.client, FAR)
    assert call.reasons == ("Silent after set-up: no login for 9 days",)


def test_the_newest_reason_of_a_call_comes_first_and_older_ones_say_of_when(
    ada: Somebody, ask: Ask, sql: Any
) -> None:
    ask("call")
    seen = (("silent_after_set_up", 16, "no login"), ("became_critical", 30, "no data yet"))
    reasons = [
        {"playbook": playbook, "on": f"2026-06-{day}", "drivers": [{"fact": fact}]}
        for playbook, day, fact in seen
    ]
    sql.execute("update interventions set cause = %s", (json.dumps({"reasons": reasons}),))
    told = ("Became critical", "Silent after set-up: no login, as of 16 Jun")
    (call,) = fetch_calls(ada.client, FAR, today=dt.date(2026, 6, 30))
    assert call.reasons == told
    (call,) = fetch_calls(ada.client, FAR, today=dt.date(2026, 7, 1))
    assert call.reasons == (f"{told[0]}, as of 30 Jun", told[1])


def test_the_queue_of_an_owner_holds_the_calls_to_their_suppliers(
    ada: Somebody, ask: Ask, supplier: str, add_supplier: Callable[..., str]
) -> None:
    other = add_supplier()
    ask("call")
    ask("call", supplier_id=other)
    assert assign_owner(ada.client, [supplier], ada.id) == 1
    assert [call.supplier_id for call in fetch_calls(ada.client, FAR, ada.id)] == [supplier]
    assert [call.supplier_id for call in fetch_calls(ada.client, FAR, "none")] == [other]
    assert (count_calls(ada.client, FAR, ada.id), count_calls(ada.client, FAR)) == (1, 2)


def test_of_two_who_claim_a_call_one_has_it_and_the_other_is_told_who(
    ada: Somebody, ask: Ask, supplier: str, become: Callable[[str], Somebody], sql: Any
) -> None:
    ask("call")
    bo = become("admin 2")
    (call,) = fetch_calls(ada.client, FAR)
    got: list[bool] = []

    def claim(somebody: Somebody) -> None:
        got.append(claim_call(somebody.client, supplier, call.id).is_mine)

    both = [threading.Thread(target=claim, args=(each,)) for each in (ada, bo)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(got) == [False, True]
    owner = fetch_calls(ada.client, FAR)[0].claimed_by
    loser = bo if owner == ada.id else ada
    told = claim_call(loser.client, supplier, call.id)
    assert (told.is_mine, told.is_open, told.claimed_by) == (False, True, owner)
    assert told.claimed_by_name in ("admin@example.com", "admin-2@example.com")
    assert not release_call(loser.client, supplier, call.id)
    assert claim_call(loser.client, supplier, call.id, take_over=True).is_mine
    assert audit(sql)[:2] == (loser.id, "support_interactions")
    assert release_call(loser.client, supplier, call.id)
    assert fetch_calls(ada.client, FAR)[0].claimed_by is None


def test_a_call_that_is_made_cannot_be_claimed_or_put_off(
    ada: Somebody, ask: Ask, supplier: str
) -> None:
    ask("call")
    (call,) = fetch_calls(ada.client, FAR)
    assert log_outcome(ada.client, supplier, call.id, "reached", now())
    told = claim_call(ada.client, supplier, call.id)
    assert (told.is_mine, told.is_open) == (False, False)
    assert not snooze_call(ada.client, supplier, call.id, "Later", now() + dt.timedelta(days=1))
    assert claim_call(ada.client, supplier, str(uuid.uuid4())).is_open is False


def test_a_call_that_is_put_off_comes_back_later_with_the_reason(
    ada: Somebody, ask: Ask, supplier: str, sql: Any
) -> None:
    made = ask("call")
    (call,) = fetch_calls(ada.client, FAR)
    claim_call(ada.client, supplier, call.id)
    later = (now() + dt.timedelta(days=9)).replace(microsecond=0)
    assert snooze_call(ada.client, supplier, call.id, " On holiday ", later)
    (call,) = fetch_calls(ada.client, FAR)
    assert (call.scheduled_for, call.snoozed_reason) == (later, "On holiday")
    assert call.claimed_by is None
    (planned,) = listed(ada.client, "scheduled", ListFilter()).rows
    assert (planned.id, planned.scheduled_for) == (made.intervention_id, later)
    actor, table, after = audit(sql)
    assert (actor, table) == (ada.id, "support_interactions")
    assert "On holiday" not in str(after)


@pytest.mark.parametrize(
    ("reason", "days", "message"),
    [
        ("", 1, "up to 500 characters"),
        ("x" * 501, 1, "up to 500 characters"),
        ("Later", -1, "within the next 90 days"),
        ("Later", 91, "within the next 90 days"),
    ],
)
def test_putting_off_needs_a_reason_and_a_time(
    reason: str, days: int, message: str, ada: Somebody, ask: Ask, supplier: str
) -> None:
    ask("call")
    (call,) = fetch_calls(ada.client, FAR)
    with pytest.raises(StoreError, match=message):
        snooze_call(ada.client, supplier, call.id, reason, now() + dt.timedelta(days=days))
    assert fetch_calls(ada.client, FAR) == [call]


def test_who_noted_the_outcome_made_the_call(ada: Somebody, ask: Ask, supplier: str) -> None:
    ask("call")
    (call,) = fetch_calls(ada.client, FAR)
    log_outcome(ada.client, supplier, call.id, "reached", now(), "Had a good talk")
    (entry,) = fetch_timeline(ada.client, supplier, kinds=("call",))
    assert (entry.facts["outcome"], entry.facts["by_name"]) == ("reached", "admin@example.com")
    assert listed(ada.client, "sent", ListFilter()).rows[0].status == "done"


def test_an_outcome_can_be_taken_back_for_ten_minutes_whenever_the_call_was_made(
    ada: Somebody, ask: Ask, supplier: str, sql: Any
) -> None:
    ask("call")
    (call,) = fetch_calls(ada.client, FAR)
    log_outcome(ada.client, supplier, call.id, "reached", now() - dt.timedelta(days=3))
    assert reopen_call(ada.client, supplier, call.id)
    assert fetch_calls(ada.client, FAR) == [call]
    assert not reopen_call(ada.client, supplier, call.id)
    log_outcome(ada.client, supplier, call.id, "reached", now())
    sql.execute("update support_interactions set noted_at = noted_at - interval '11 minutes'")
    assert not reopen_call(ada.client, supplier, call.id)


def test_a_call_that_nobody_asked_for_is_cancelled_as_it_is_taken_back(
    ada: Somebody, ask: Ask, supplier: str, sql: Any
) -> None:
    made = ask("call").intervention_id
    (call,) = fetch_calls(ada.client, FAR)
    log_outcome(ada.client, supplier, call.id, "reached", now())
    assert reopen_call(ada.client, supplier, call.id, and_cancel=True)
    assert fetch_calls(ada.client, FAR) == []
    assert status_of(sql, made) == ("cancelled", "by_person")
    assert audit(sql)[:2] == (ada.id, "interventions")


def test_the_queue_is_counted_with_whose_hands_it_is_in(
    ada: Somebody,
    ask: Ask,
    add_supplier: Callable[..., str],
    become: Callable[[str], Somebody],
) -> None:
    bo = become("admin 2")
    for each in (ada, bo, None):
        other = add_supplier()
        ask("call", supplier_id=other)
        (call,) = [one for one in fetch_calls(ada.client, FAR) if one.supplier_id == other]
        if each:
            claim_call(each.client, other, call.id)
    last = max(one.scheduled_for for one in fetch_calls(ada.client, FAR) if one.scheduled_for)
    assert run_query(ada.client, queue_counts_query(FAR, last)) == QueueCounts(3, 0, 1, 1)
    assert run_query(bo.client, queue_counts_query(FAR, FAR)) == QueueCounts(3, 3, 1, 1)
    assert run_query(ada.client, queue_counts_query(FAR, FAR, ada.id)) == QueueCounts(0, 0, 0, 0)


def test_a_note_is_kept_once_and_its_text_is_not_in_the_log(
    ada: Somebody, supplier: str, sql: Any
) -> None:
    key = str(uuid.uuid4())
    assert add_note(ada.client, supplier, "Call 0123 after six", key) == key
    assert add_note(ada.client, supplier, "Call 0123 after six", key) == key
    (entry,) = fetch_timeline(ada.client, supplier, kinds=("note",))
    assert entry.facts == {"text": "Call 0123 after six", "by_name": "admin@example.com"}
    actor, table, after = audit(sql)
    assert (actor, table, "0123" in str(after)) == (ada.id, "supplier_notes", False)
    for text in ("  ", "x" * 5001):
        with pytest.raises(StoreError, match="1 to 5,000 characters"):
            add_note(ada.client, supplier, text)
    with pytest.raises(StoreError, match="no such supplier"):
        add_note(ada.client, str(uuid.uuid4()), "x")


def test_suppliers_change_hands_and_the_log_knows(
    ada: Somebody, supplier: str, become: Callable[[str], Somebody], sql: Any
) -> None:
    bo = become("analyst")
    assert assign_owner(ada.client, [supplier, supplier, str(uuid.uuid4())], bo.id) == 1
    assert audit(sql) == (ada.id, "suppliers", {"owner_id": bo.id})
    assert assign_owner(ada.client, [supplier], bo.id) == 0
    assert assign_owner(ada.client, [supplier], None) == 1
    stranger = become("stranger")
    with pytest.raises(StoreError, match="admin or analyst"):
        assign_owner(ada.client, [supplier], stranger.id)


@pytest.mark.parametrize("name", ["analyst", "supplier", "stranger"])
def test_others_act_on_nothing(
    name: str,
    ada: Somebody,
    ask: Ask,
    supplier: str,
    become: Callable[[str], Somebody],
    sql: Any,
) -> None:
    made = ask("call").intervention_id
    (call,) = fetch_calls(ada.client, FAR)
    other = become(name).client
    tomorrow = now() + dt.timedelta(days=1)
    attempts: list[Callable[[], Any]] = [
        lambda: claim_call(other, supplier, call.id),
        lambda: release_call(other, supplier, call.id),
        lambda: snooze_call(other, supplier, call.id, "Later", tomorrow),
        lambda: cancel_intervention(other, supplier, made),
        lambda: retry_intervention(other, supplier, made),
        lambda: add_note(other, supplier, "x"),
        lambda: assign_owner(other, [supplier], None),
    ]
    before = sql.execute("select count(*) from audit_log").fetchone()
    for attempt in attempts:
        with pytest.raises(StoreError, match="Only an admin may do this"):
            attempt()
    assert sql.execute("select count(*) from audit_log").fetchone() == before
    assert fetch_calls(ada.client, FAR) == [call]
    if name == "analyst":
        assert fetch_calls(other, FAR) == [call]
    else:
        assert fetch_calls(other, FAR) == []
