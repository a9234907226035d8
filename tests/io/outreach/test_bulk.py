"""Many at once: the preview says exactly what happens then, and it can be undone."""

import datetime as dt
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.base.errors import StoreError, UsageError
from cs_core.io.base.reads import run_query
from cs_core.io.mail.compose import write_due_messages
from cs_core.io.outreach import bulk
from cs_core.io.outreach.bulk import preview_bulk, run_bulk
from cs_core.io.outreach.bulk_state import fetch_bulk, newest_bulk_query, undo_bulk
from cs_core.io.outreach.requests import NotAnAdmin, request_intervention
from cs_core.outreach.requests import ContactRequest, RequestError
from cs_core.suppliers.filter import SupplierFilter
from tests.support.people import Somebody, become

__all__ = ["become"]


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def ada(become: Callable[[str], Somebody]) -> Somebody:
    """An admin."""
    return become("admin")


def mail(ada: Somebody, **fields: Any) -> ContactRequest:
    given = {"subject": "Hello", "message": "How are you?"} | fields
    return ContactRequest("", "email", ada.id, "", **given)


def planned(sql: Any) -> set[str]:
    rows = sql.execute("select supplier_id::text from interventions where status = 'planned'")
    return {supplier for (supplier,) in rows}


def test_of_three_the_one_that_opted_out_and_the_one_just_written_to_are_left_alone(
    ada: Somebody, service: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    well = add_supplier(business_name="Well", email="w@example.com")
    out = add_supplier(business_name="Out", email="o@example.com", email_opt_out=True)
    lately = add_supplier(business_name="Lately", email="l@example.com")
    request_intervention(
        service,
        ContactRequest(lately, "email", ada.id, "before", subject="Hi", message="Hi"),
        now(),
    )
    preview = preview_bulk(ada.client, [well, out, lately], "email", now())
    assert (preview.will_contact, preview.suppressed) == (1, {"opt_out": 1, "frequency_cap": 1})
    assert [one.business_name for one in preview.first] == ["Well"]
    assert [one.business_name for one in preview.first_suppressed["opt_out"]] == ["Out"]
    assert planned(sql) == {lately}

    progress: list[int] = []
    done = run_bulk(
        service, preview.supplier_ids, mail(ada), str(uuid.uuid4()), now(), progress.append
    )
    assert (done.planned, done.suppressed) == (1, preview.suppressed)
    assert planned(sql) == {lately, well}
    assert sum(progress) == 3


@pytest.mark.parametrize("type", ["email", "call", "in_app"])
@pytest.mark.parametrize("overrides_cap", [False, True])
def test_the_preview_is_what_happens(
    type: str,
    overrides_cap: bool,
    ada: Somebody,
    service: Any,
    sql: Any,
    add_supplier: Callable[..., str],
) -> None:
    rng = random.Random(4)
    ids = [
        add_supplier(
            email=rng.choice((None, "nobody", "x@example.com", "y@example.com")),
            email_opt_out=rng.random() < 0.2,
            timezone=rng.choice(("UTC", "Europe/London", "Asia/Tokyo")),
        )
        for _ in range(70)
    ]
    for number, supplier in enumerate(rng.sample(ids, 30)):
        kind = rng.choice(("email", "call"))
        words = {"subject": "Hi", "message": "Hi"} if kind == "email" else {}
        before = ContactRequest(supplier, kind, ada.id, f"before {number}", **words)
        request_intervention(service, before, now())
    asked = [*ids, str(uuid.uuid4())]
    was_planned = planned(sql)
    preview = preview_bulk(ada.client, asked, type, now(), overrides_cap=overrides_cap)
    assert planned(sql) == was_planned
    words = {} if type == "call" else {"subject": "Hello", "message": "How are you?"}
    request = ContactRequest("", type, ada.id, "", overrides_cap=overrides_cap, **words)
    bulk_id = str(uuid.uuid4())
    done = run_bulk(service, preview.supplier_ids, request, bulk_id, now())
    assert (done.planned, done.suppressed) == (preview.will_contact, preview.suppressed)
    assert sum(preview.suppressed.values()) + preview.will_contact == 71
    rows = sql.execute(
        "select supplier_id::text, reason from interventions where bulk_id = %s", (bulk_id,)
    ).fetchall()
    for supplier, reason in rows:
        named = preview.first if reason is None else preview.first_suppressed[reason]
        assert len(named) == 50 or supplier in {one.supplier_id for one in named}
    again = run_bulk(service, preview.supplier_ids, request, bulk_id, now())
    assert again == done.__class__(bulk_id, done.planned, done.suppressed, again.send_at)
    assert len(rows) == 70


def test_a_bulk_that_was_cut_off_is_completed_by_running_it_again(
    ada: Somebody,
    service: Any,
    sql: Any,
    add_supplier: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    ids = [add_supplier(email="x@example.com") for _ in range(7)]
    key = str(uuid.uuid4())

    def stop_after_two_chunks(done: int, seen: list[int] = []) -> None:  # noqa: B006
        seen.append(done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_bulk(service, ids, mail(ada), key, now(), stop_after_two_chunks)
    assert len(planned(sql)) == 4
    later = now() + dt.timedelta(minutes=3)
    assert run_bulk(service, ids, mail(ada), key, later).planned == 7
    assert sql.execute("select count(*) from interventions").fetchone() == (7,)


def test_a_bulk_is_undone_until_it_is_sent(
    ada: Somebody, service: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    ids = [add_supplier(email="x@example.com") for _ in range(4)]
    key, start = str(uuid.uuid4()), now()
    done = run_bulk(service, ids, mail(ada), key, start)
    assert done.send_at == start + dt.timedelta(seconds=60)
    write_due_messages(service, "http://localhost", start)
    assert sql.execute("select count(*) from outbox").fetchone() == (0,)
    write_due_messages(service, "http://localhost", done.send_at)
    sql.execute(
        "update outbox set status = 'sent', sent_at = now()"
        " where id = (select id from outbox order by id limit 1)"
    )
    undone = undo_bulk(ada.client, key)
    assert (undone.undone, undone.too_late) == (3, 1)
    again = undo_bulk(ada.client, key)
    assert (again.undone, again.too_late) == (0, 1)
    assert planned(sql) == set()
    # What failed reached nobody, unless nobody knows.
    failed = (
        "update interventions set status = 'failed', may_have_arrived = %s where status = 'sent'"
    )
    sql.execute(failed, (False,))
    assert undo_bulk(ada.client, key).too_late == 0
    sql.execute(failed.replace("'sent'", "'failed'"), (True,))
    assert undo_bulk(ada.client, key).too_late == 1
    logged = sql.execute("select count(*) from audit_log where actor_id = %s", (ada.id,))
    assert logged.fetchone() == (3,)


def test_ones_newest_bulk_is_found_while_something_of_it_waits(
    ada: Somebody,
    become: Callable[[str], Somebody],
    service: Any,
    sql: Any,
    add_supplier: Callable[..., str],
) -> None:
    def newest(somebody: Somebody) -> Any:
        return run_query(somebody.client, newest_bulk_query(somebody.id))

    ids = [add_supplier(email="x@example.com") for _ in range(3)]
    ids.append(add_supplier(email="x@example.com", email_opt_out=True))
    before, key = str(uuid.uuid4()), str(uuid.uuid4())
    assert (newest(ada), fetch_bulk(ada.client, key)) == (None, None)
    start = now()
    calls = ContactRequest("", "call", ada.id, "")
    run_bulk(service, ids, calls, before, start - dt.timedelta(minutes=5))
    done = run_bulk(service, ids, mail(ada), key, start)
    state = newest(ada)
    assert (state.bulk_id, state.type, state.begun_at) == (key, "email", start)
    assert (state.planned, state.waiting, state.suppressed) == (3, 3, {"opt_out": 1})
    assert state.due_at == done.send_at
    assert newest(become("admin 2")) is None
    sql.execute(
        "update interventions set status = 'sent', sent_at = now() where supplier_id = %s"
        " and type = 'email'",
        (ids[0],),
    )
    assert (newest(ada).planned, newest(ada).waiting) == (3, 2)
    undo_bulk(ada.client, key)
    assert (newest(ada).bulk_id, newest(ada).due_at) == (before, None)
    sql.execute("update interventions set created_at = created_at - interval '56 minutes'")
    assert newest(ada) is None
    state = fetch_bulk(ada.client, key)
    assert (state.planned, state.waiting) == (1, 0)


def test_the_next_of_a_filter_are_those_that_were_not_in_it_yet(
    ada: Somebody, add_supplier: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = {add_supplier(email="x@example.com") for _ in range(7)}
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 3)
    already: tuple[str, ...] = ()
    for left_out in (4, 1, 0):
        preview = preview_bulk(ada.client, SupplierFilter(), "in_app", now(), already=already)
        assert preview.left_out == left_out
        assert not set(already) & set(preview.supplier_ids)
        already += preview.supplier_ids
    assert set(already) == ids


def test_calls_of_a_bulk_come_into_the_queue_and_leave_it_again(
    ada: Somebody, service: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    ids = [add_supplier(), add_supplier(timezone="Asia/Tokyo")]
    key = str(uuid.uuid4())
    run_bulk(service, ids, ContactRequest("", "call", ada.id, ""), key, now())
    hours = sql.execute(
        "select to_char(c.scheduled_for at time zone s.timezone, 'HH24:MI')"
        " from support_interactions c join suppliers s on s.id = c.supplier_id"
    ).fetchall()
    assert hours == [("10:00",), ("10:00",)]
    assert undo_bulk(ada.client, key).undone == 2
    open_calls = "select count(*) from support_interactions where cancelled_at is null"
    assert sql.execute(open_calls).fetchone() == (0,)


def test_a_filter_names_whom_a_bulk_is_for_and_one_bulk_has_its_limit(
    ada: Somebody,
    add_supplier: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    service: Any,
) -> None:
    ids = {add_supplier(tier="premium", email="x@example.com") for _ in range(5)}
    add_supplier(tier="starter", email="x@example.com")
    preview = preview_bulk(ada.client, SupplierFilter(tiers=("premium",)), "email", now())
    assert (set(preview.supplier_ids), preview.left_out) == (ids, 0)
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 3)
    preview = preview_bulk(ada.client, SupplierFilter(tiers=("premium",)), "email", now())
    assert (len(preview.supplier_ids), preview.left_out) == (3, 2)
    with pytest.raises(UsageError, match="At most 3 suppliers"):
        preview_bulk(ada.client, list(ids), "email", now())
    with pytest.raises(UsageError, match="At most 3 suppliers"):
        run_bulk(service, list(ids), mail(ada), str(uuid.uuid4()), now())


def test_what_is_wrong_with_the_request_is_told_before_anybody_is_contacted(
    ada: Somebody, service: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    ids = [add_supplier(email="x@example.com")]
    with pytest.raises(RequestError):
        run_bulk(service, ids, mail(ada, message=None), str(uuid.uuid4()), now())
    assert planned(sql) == set()


@pytest.mark.parametrize("name", ["analyst", "supplier", "stranger"])
def test_only_admins_run_and_undo_a_bulk(
    name: str,
    ada: Somebody,
    service: Any,
    sql: Any,
    add_supplier: Callable[..., str],
    become: Callable[[str], Somebody],
) -> None:
    ids, key = [add_supplier(email="x@example.com")], str(uuid.uuid4())
    other = become(name)
    with pytest.raises(NotAnAdmin):
        run_bulk(service, ids, mail(other), key, now())
    run_bulk(service, ids, mail(ada), key, now())
    with pytest.raises(StoreError, match="Only an admin may do this"):
        undo_bulk(other.client, key)
    assert planned(sql) == set(ids)
