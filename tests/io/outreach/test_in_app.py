"""Messages inside the product: who reads them, who marks them read, and when."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError
from supabase import Client

from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings

OTHERS = ("other supplier", "analyst", "admin", "stranger")


@pytest.fixture
def become(
    sql: Any, settings: Settings, add_person: Callable[..., dict[str, str]]
) -> Callable[[str], Client]:
    """A function that gives the client of one kind of person; makes the supplier `own`."""

    def make(name: str) -> Client:
        role = name if name in ("admin", "analyst") else None
        person = add_person(f"{name.replace(' ', '-')}@example.com", role)
        if name.endswith("supplier"):
            sql.execute(
                "update suppliers set user_id = %s where business_name = %s", (person["id"], name)
            )
        return connect_person(settings, person["access_token"])

    return make


@pytest.fixture
def message(sql: Any, add_supplier: Callable[..., str]) -> str:
    """A message to the supplier `own supplier`; there is also `other supplier`."""
    own = add_supplier(business_name="own supplier")
    add_supplier(business_name="other supplier")
    row = sql.execute(
        "insert into in_app_messages (supplier_id, title, body) values (%s, 'Hello', 'You')"
        " returning id::text",
        (own,),
    ).fetchone()
    return str(row[0])


def read_at(sql: Any) -> Any:
    return sql.execute("select read_at from in_app_messages").fetchone()[0]


def mark(client: Client, message: str, **columns: Any) -> list[Any]:
    query = client.table("in_app_messages").update(columns or {"read_at": "now"})
    return list(query.eq("id", message).execute().data)


def test_a_supplier_reads_its_own_messages_and_no_others(
    message: str, become: Callable[[str], Client]
) -> None:
    rows = become("own supplier").table("in_app_messages").select("*").execute().data
    assert [row["id"] for row in rows] == [message]
    assert become("other supplier").table("in_app_messages").select("*").execute().data == []
    assert become("stranger").table("in_app_messages").select("*").execute().data == []


@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_staff_read_all_messages(role: str, message: str, become: Callable[[str], Client]) -> None:
    rows = become(role).table("in_app_messages").select("id").execute().data
    assert rows == [{"id": message}]


def test_a_supplier_marks_its_message_read_at_this_moment_whatever_time_it_says(
    message: str, become: Callable[[str], Client], sql: Any
) -> None:
    own = become("own supplier")
    assert mark(own, message, read_at="2001-01-01T00:00:00Z")
    (is_now,) = sql.execute(
        "select read_at between created_at and clock_timestamp() from in_app_messages"
    ).fetchone()
    assert is_now
    first = read_at(sql)
    assert mark(own, message)
    assert read_at(sql) == first


def test_a_message_that_was_read_stays_read(
    message: str, become: Callable[[str], Client], sql: Any
) -> None:
    own = become("own supplier")
    mark(own, message)
    with pytest.raises(APIError, match="can be marked read, not unread"):
        own.table("in_app_messages").update({"read_at": None}).eq("id", message).execute()
    assert read_at(sql) is not None


@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_marks_it_read(
    name: str, message: str, become: Callable[[str], Client], sql: Any
) -> None:
    assert mark(become(name), message) == []
    assert read_at(sql) is None


def test_the_signed_out_neither_read_nor_mark(message: str, settings: Settings, sql: Any) -> None:
    visitor = connect_person(settings, settings.supabase_publishable_key)
    visitor.options.headers.pop("Authorization", None)
    for attempt in (
        lambda: visitor.table("in_app_messages").select("*").execute(),
        lambda: mark(visitor, message),
    ):
        with pytest.raises(APIError) as caught:
            attempt()
        assert caught.value.code == "42501"
    assert read_at(sql) is None


def test_a_supplier_changes_nothing_but_whether_it_was_read(
    message: str, become: Callable[[str], Client], sql: Any
) -> None:
    own = become("own supplier")
    changes: tuple[dict[str, Any], ...] = (
        {"title": "Mine"},
        {"body": "Mine"},
        {"created_at": "2001-01-01"},
        {"id": str(uuid.uuid4())},
        {"supplier_id": str(uuid.uuid4())},
    )
    for change in changes:
        with pytest.raises(APIError, match="permission denied"):
            mark(own, message, **change)
    with pytest.raises(APIError, match="permission denied"):
        own.table("in_app_messages").delete().eq("id", message).execute()


@pytest.mark.parametrize("name", ["own supplier", *OTHERS])
def test_nobody_who_is_signed_in_writes_a_message(
    name: str, message: str, become: Callable[[str], Client], sql: Any
) -> None:
    (supplier,) = sql.execute("select supplier_id::text from in_app_messages").fetchone()
    row = {"supplier_id": supplier, "title": "Forged", "body": "Forged"}
    with pytest.raises(APIError, match="permission denied"):
        become(name).table("in_app_messages").insert(row).execute()


def test_a_sign_in_that_is_taken_away_reads_nothing_from_then_on(
    message: str, become: Callable[[str], Client], sql: Any
) -> None:
    own = become("own supplier")
    sql.execute("update suppliers set user_id = null")
    assert own.table("in_app_messages").select("*").execute().data == []
    assert mark(own, message) == []


def test_the_program_writes_messages_and_a_message_has_words(
    message: str, service: Client, sql: Any
) -> None:
    (supplier,) = sql.execute("select supplier_id::text from in_app_messages").fetchone()
    row = {"supplier_id": supplier, "title": "Hello", "body": "You"}
    assert service.table("in_app_messages").insert(row).execute().data
    for wrong in ({"title": " "}, {"title": "x" * 201}, {"body": ""}, {"body": "x" * 20_001}):
        with pytest.raises(APIError):
            service.table("in_app_messages").insert(row | wrong).execute()
