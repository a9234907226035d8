"""What operators read and do in the database: runs asked for, mail that died, the audit log."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from supabase import Client

from cs_core.base.errors import StoreError
from cs_core.io.base.client import call
from tests.support.letters import letter, queue
from tests.support.people import Somebody, become

__all__ = ["become"]

NOW = dt.datetime(2026, 6, 1, 6, tzinfo=dt.UTC)


@pytest.fixture
def admin(become: Callable[[str], Somebody], sql: Any) -> Somebody:
    made = become("admin")
    sql.execute("truncate audit_log")  # that she was made an admin
    return made


def kill(sql: Any, mail: str, *, may_have_arrived: bool = False) -> None:
    sql.execute(
        "update outbox set status = 'dead', attempts = 3, last_error = 'no such mailbox',"
        " may_have_arrived = %s where id = %s",
        (may_have_arrived, mail),
    )


def test_a_run_is_asked_for_once_however_many_press(
    admin: Somebody, become: Callable[[str], Somebody], sql: Any
) -> None:
    other = become("admin 2")
    sql.execute("truncate audit_log")
    first = call(admin.client, "Asking", "request_run", {})
    assert first["id"]
    assert first["held_by"] is None
    second = call(other.client, "Asking", "request_run", {})
    assert second == {"id": None, "held_by": "admin@example.com"}
    logged = sql.execute("select actor_id::text, row_key from audit_log").fetchall()
    assert logged == [(admin.id, first["id"])]


def test_a_run_is_not_asked_for_while_another_is_at_work(admin: Somebody, sql: Any) -> None:
    sql.execute("select begin_run('daily', now(), null, 1, 'cron host', 60)")
    answer = call(admin.client, "Asking", "request_run", {})
    assert answer == {"id": None, "held_by": "cron host"}


def test_what_a_silent_server_was_asked_for_blocks_nobody(
    admin: Somebody, service: Client, sql: Any
) -> None:
    first = call(admin.client, "Asking", "request_run", {})["id"]
    sql.execute("update private.run_requests set seen_at = now() - interval '31 seconds'")
    assert call(admin.client, "Asking", "request_run", {})["id"] not in (None, first)
    status = call(admin.client, "Reading", "run_status", {})
    assert status["request"]["by"] == "admin@example.com"


def test_a_run_that_ended_stays_as_it_ended(admin: Somebody, service: Client) -> None:
    asked = call(admin.client, "Asking", "request_run", {})["id"]
    note = {"p_id": asked, "p_status": "failed", "p_message": "no mail server"}
    assert call(service, "Noting", "note_run_request", note) is True
    assert call(service, "Noting", "note_run_request", note | {"p_status": "done"}) is False
    found = call(admin.client, "Reading", "run_status", {})["request"]
    assert (found["status"], found["message"]) == ("failed", "no mail server")


def test_the_run_at_work_is_told_with_what_it_has_to_do(
    admin: Somebody, sql: Any, add_supplier: Callable[..., str]
) -> None:
    for _ in range(3):
        add_supplier()
    add_supplier(status="churned", churned_at="2026-02-01")
    answer = sql.execute("select begin_run('daily', now(), null, 1, 'host', 60)").fetchone()[0]
    sql.execute("select renew_lease(%s, 60, 2)", (answer["fence"],))
    status = call(admin.client, "Reading", "run_status", {})
    assert (status["to_do"], status["running"]["suppliers_scored"]) == (3, 2)
    assert status["running"]["is_alive"] is True
    assert status["lease"]["holder"] == "host"
    sql.execute("update private.run_lease set expires_at = '-infinity'")
    assert call(admin.client, "Reading", "run_status", {})["running"]["is_alive"] is False


def test_dead_mail_is_listed_without_its_text_and_with_masked_addresses(
    admin: Somebody, service: Client, sql: Any
) -> None:
    (mail,) = queue(service, letter("rowan"))
    kill(sql, mail, may_have_arrived=True)
    found = call(
        admin.client, "Reading", "mail_list", {"p_is_dead": True, "p_offset": 0, "p_limit": 10}
    )
    assert (found["total"], found["certain"]) == (1, 0)
    (row,) = found["rows"]
    assert (row["address"], row["last_error"]) == ("r…@supplier.example", "no such mailbox")
    assert "body_text" not in row
    assert "rowan@" not in str(found)
    assert row["person"] is None
    sql.execute(
        "update outbox set recipient_id = null, digest = 'daily', person_id = %s", (admin.id,)
    )
    (row,) = call(
        admin.client, "Reading", "mail_list", {"p_is_dead": True, "p_offset": 0, "p_limit": 10}
    )["rows"]
    assert row["person"] == "admin@example.com"


def test_all_dead_mail_is_sent_again_but_what_may_have_arrived_and_it_is_logged(
    admin: Somebody, service: Client, sql: Any
) -> None:
    one, two, three = queue(service, letter("a"), letter("b"), letter("c"))
    kill(sql, one)
    kill(sql, two, may_have_arrived=True)
    assert (
        call(admin.client, "Retrying", "retry_mail", {"p_ids": None, "p_now": NOW.isoformat()}) == 1
    )
    states = dict(sql.execute("select id::text, status from outbox").fetchall())
    assert states == {one: "queued", two: "dead", three: "queued"}
    logged = sql.execute("select row_key, actor_id::text, after from audit_log").fetchall()
    assert logged == [(one, admin.id, {"status": "queued"})]
    assert (
        call(admin.client, "Retrying", "retry_mail", {"p_ids": [two], "p_now": NOW.isoformat()})
        == 1
    )
    assert (
        call(admin.client, "Retrying", "retry_mail", {"p_ids": [two], "p_now": NOW.isoformat()})
        == 0
    )


def test_mail_that_waits_although_its_time_has_come_is_told_from_what_is_due_later(
    admin: Somebody, service: Client, sql: Any
) -> None:
    later = (NOW + dt.timedelta(days=1)).isoformat()
    due, _ = queue(service, letter("a"), letter("b", scheduled_for=later))
    sql.execute("update outbox set last_error = 'no server' where id = %s", (due,))
    arguments = {"p_now": (NOW + dt.timedelta(hours=1)).isoformat()}
    found = call(admin.client, "Reading", "mail_status", arguments)
    assert (found["due"], found["later"], found["last_error"]) == (1, 1, "no server")
    assert dt.datetime.fromisoformat(found["oldest_due_at"]) == NOW


def test_a_source_that_stopped_shows_in_the_figures_of_its_events(
    admin: Somebody, add_supplier: Callable[..., str], add_events: Callable[..., None]
) -> None:
    supplier = add_supplier()
    days = [(supplier, "login", None, f"2026-05-{day:02}T12:00:00Z") for day in range(18, 32)]
    add_events(*days, (supplier, "form_sent", "f", "2026-05-31T12:00:00Z"))
    arguments = {"p_now": "2026-06-01T13:00:00Z"}
    found = call(admin.client, "Reading", "data_status", arguments)["sources"]
    figures = {
        row["event_type"]: (row["in_a_day"], row["a_day_before"], row["days_before"])
        for row in found
    }
    assert figures == {"login": (0, 1.0, 14), "form_sent": (0, 1 / 14, 1)}


def add_change(sql: Any, row_key: str, table: str = "suppliers", actor: Any = None) -> None:
    sql.execute(
        "insert into audit_log (actor_id, table_name, row_key, action, before, after)"
        " values (%s, %s, %s, 'update', '{}', '{\"x\": 1}')",
        (actor, table, row_key),
    )


def page(client: Client, limit: int = 100, after: Any = None, **narrow: str) -> list[Any]:
    arguments = {
        "p_filter": narrow,
        "p_before_at": after["happened_at"] if after else None,
        "p_before_id": after["id"] if after else None,
        "p_limit": limit,
    }
    return list(call(client, "Reading", "audit_page", arguments))


def test_the_audit_log_is_read_page_by_page_without_gap_or_repeat(
    admin: Somebody, sql: Any
) -> None:
    for number in range(7):
        add_change(sql, f"row-{number}")
    # As several changes of one transaction: the same instant.
    sql.execute("update audit_log set happened_at = '2026-06-01' where row_key > 'row-2'")
    seen: list[str] = []
    rows = page(admin.client, 3)
    while rows:
        seen += [row["row_key"] for row in rows]
        rows = page(admin.client, 3, rows[-1])
    assert sorted(seen) == [f"row-{n}" for n in range(7)]
    assert len(set(seen)) == 7


def test_the_audit_log_is_narrowed_by_who_table_and_row(admin: Somebody, sql: Any) -> None:
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    add_change(sql, one)
    add_change(sql, f"{one}/7", "interventions", admin.id)
    add_change(sql, other)
    keys = lambda **narrow: [row["row_key"] for row in page(admin.client, **narrow)]  # noqa: E731
    assert keys(row=one) == [f"{one}/7", one]
    assert keys(table="suppliers") == [other, one]
    assert keys(who=admin.id) == [f"{one}/7"]
    assert keys(who="none") == [other, one]
    assert keys(who="people") == [f"{one}/7"]
    assert keys(since="2099-01-01T00:00:00Z") == []
    assert keys(before="2000-01-01T00:00:00Z") == []
    assert page(admin.client, who=admin.id)[0]["who"] == "admin@example.com"
    choices = call(admin.client, "Reading", "audit_choices", {})
    assert choices == {
        "tables": ["interventions", "suppliers"],
        "people": {admin.id: "admin@example.com"},
        "names": {admin.id: "admin@example.com"},
    }


def test_the_audit_log_is_read_by_index_whatever_it_is_narrowed_by(sql: Any) -> None:
    sql.execute(
        "insert into audit_log (happened_at, actor_id, table_name, row_key, action)"
        " select '2026-01-01'::timestamptz + n * interval '1 minute', gen_random_uuid(),"
        " 'table_' || n % 5, 'row-' || n, 'update' from generate_series(1, 20000) n"
    )
    sql.execute("analyze audit_log")
    for where in ("table_name = 'table_1'", "row_key collate \"C\" = 'row-77'", "true"):
        plan = sql.execute(
            f"explain select * from audit_log where {where} and (happened_at, id) <"
            " ('2026-01-09', 9000) order by happened_at desc, id desc limit 50"
        ).fetchall()
        assert "Seq Scan" not in str(plan), where


@pytest.mark.parametrize("name", ["analyst", "stranger"])
def test_nobody_but_an_admin_reads_or_does_any_of_it(
    name: str,
    become: Callable[[str], Somebody],
) -> None:
    client = become(name).client
    for function, arguments in {
        "request_run": {},
        "run_status": {},
        "mail_status": {"p_now": "2026-06-01"},
        "mail_list": {"p_is_dead": True, "p_offset": 0, "p_limit": 1},
        "retry_mail": {"p_ids": None, "p_now": "2026-06-01"},
        "data_status": {"p_now": "2026-06-01"},
        "audit_choices": {},
    }.items():
        with pytest.raises(StoreError, match="Only an admin"):
            call(client, "Trying", function, arguments)
    with pytest.raises(StoreError, match="Only an admin"):
        page(client)
