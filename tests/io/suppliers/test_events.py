"""The product sends activity events through Supabase's own REST interface."""

import shlex
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from postgrest.exceptions import APIError
from supabase import Client

from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings
from tests.support.docs import section


def event(supplier: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "supplier_id": supplier,
        "event_type": "feature_used",
        "subject": "calendar",
        "occurred_at": "2026-06-01T12:00:00Z",
    } | changes


def test_a_batch_sent_twice_is_stored_once(
    service: Client, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier()
    batch = [event(supplier) for _ in range(3)]
    for rows in (batch, [*batch, event(supplier)]):
        service.table("activity_events").upsert(
            rows, on_conflict="id", ignore_duplicates=True
        ).execute()
    assert sql.execute("select count(*) from activity_events").fetchone() == (4,)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"event_type": "logged_in"}, "event_type_is_known"),
        ({"subject": None}, "subject_names_what_it_is_about"),
        ({"subject": "  "}, "subject_names_what_it_is_about"),
        ({"subject": "x" * 201}, "subject_names_what_it_is_about"),
        ({"occurred_at": "2126-06-01T12:00:00Z"}, "occurred_at_is_not_in_the_future"),
        ({"subject": "x" + " " * 200}, "subject_names_what_it_is_about"),
        ({"occurred_at": "infinity"}, "occurred_at_is_not_in_the_future"),
        (
            {"occurred_at": "2126-06-01T12:00:00Z", "received_at": "2126-06-01T12:00:00Z"},
            "received_at_is_not_in_the_future",
        ),
        ({"occurred_at": "1926-06-01T12:00:00Z"}, "occurred_at_is_not_before_2000"),
        ({"occurred_at": "noon"}, "invalid input syntax"),
        ({"supplier_id": str(uuid.UUID(int=5))}, "violates foreign key constraint"),
        ({"supplier_id": "5"}, "invalid input syntax for type uuid"),
        ({"received_xid": 5}, "permission denied"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_malformed_event_is_refused_by_name_and_its_batch_with_it(
    changes: dict[str, Any],
    words: str,
    service: Client,
    sql: Any,
    add_supplier: Callable[..., str],
) -> None:
    supplier = add_supplier()
    batch = [event(supplier), event(supplier, **changes)]
    with pytest.raises(APIError, match=words):
        service.table("activity_events").insert(batch, default_to_null=False).execute()
    assert sql.execute("select count(*) from activity_events").fetchone() == (0,)


def test_a_stored_event_can_be_neither_changed_nor_deleted(
    service: Client, sql: Any, add_supplier: Callable[..., str]
) -> None:
    row = event(add_supplier())
    table = service.table("activity_events")
    table.insert(row).execute()
    with pytest.raises(APIError, match="permission denied"):
        service.table("activity_events").update({"subject": "x"}).eq("id", row["id"]).execute()
    with pytest.raises(APIError, match="permission denied"):
        service.table("activity_events").delete().eq("id", row["id"]).execute()


def test_only_the_secret_key_sends_events(
    settings: Settings, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier()
    visitor = connect_person(settings, settings.supabase_publishable_key)
    visitor.options.headers.pop("Authorization", None)
    with pytest.raises(APIError):
        visitor.table("activity_events").insert(event(supplier)).execute()
    assert sql.execute("select count(*) from activity_events").fetchone() == (0,)


def test_a_supplier_that_is_deleted_takes_its_rows_along(
    service: Client, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier()
    service.table("activity_events").insert(event(supplier)).execute()
    service.table("suppliers").delete().eq("id", supplier).execute()
    assert sql.execute("select count(*) from activity_events").fetchone() == (0,)


def test_the_request_in_the_docs_works_and_may_be_repeated(
    settings: Settings, sql: Any, add_supplier: Callable[..., str]
) -> None:
    chapter = section("docs/api.md", "Sending events")
    recipe = (
        chapter.split("```sh\ncurl ")[1]
        .split("```")[0]
        .replace("THE-ID-OF-A-SUPPLIER", add_supplier())
    )
    recipe = recipe.replace("$SUPABASE_URL", settings.supabase_url)
    recipe = recipe.replace("$SUPABASE_SECRET_KEY", settings.supabase_secret_key)
    url, *options = shlex.split(recipe.replace("\\\n", " "))
    pairs = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for flag, value in pairs if flag == "-H")
    (body,) = [value for flag, value in pairs if flag == "-d"]
    for _ in range(2):
        assert httpx.post(url, headers=headers, content=body).status_code == 201
    assert sql.execute("select count(*) from activity_events").fetchone() == (1,)
