"""What somebody's token can write over REST has bounds, and takes no screen from the others."""

from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError
from supabase import Client

from tests.sql.personas import filled, persona

__all__ = ["filled", "persona"]

Persona = Callable[[str], Client]
AT = "2026-06-01T10:00:00Z"


def test_every_text_number_and_instant_that_people_write_has_its_bounds(sql: Any) -> None:
    unbound = sql.execute(
        "select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')"
        " and a.attnum > 0 and not a.attisdropped"
        " and a.atttypid not in ('uuid'::regtype, 'boolean'::regtype)"
        " and (has_column_privilege('authenticated', c.oid, a.attnum, 'insert')"
        "   or has_column_privilege('authenticated', c.oid, a.attnum, 'update'))"
        " and not exists (select from pg_constraint k where k.conrelid = c.oid"
        "   and k.contype = 'c' and a.attnum = any (k.conkey))"
    ).fetchall()
    assert unbound == []


@pytest.fixture
def calls(persona: Persona) -> Any:
    """The admin's way to the table of calls; anew for each request."""
    admin = persona("admin")
    return lambda: admin.table("support_interactions")


@pytest.fixture
def made(sql: Any, filled: str, calls: Any) -> dict[str, str]:
    """A call that the admin made, as a token logs it."""
    (admin,) = sql.execute("select id::text from user_profiles where role = 'admin'").fetchone()
    return {"supplier_id": filled, "type": "check_in", "created_by": admin, "completed_at": AT}


TOO_FAR = ("-infinity", "infinity", "0001-01-01T00:00:00Z", "294276-01-01T00:00:00Z")


@pytest.mark.parametrize("instant", TOO_FAR)
@pytest.mark.parametrize("column", ["completed_at", "scheduled_for"])
def test_an_instant_that_no_calendar_has_is_refused(
    column: str, instant: str, calls: Any, made: dict[str, str]
) -> None:
    with pytest.raises(APIError, match=r"check constraint|row-level security"):
        calls().insert(made | {column: instant}).execute()


@pytest.mark.parametrize(
    "more",
    [
        {"notes": "x" * 5001},
        {"completed_at": None},
        {"completed_at": "2199-01-01T00:00:00Z"},
        {"outcome": "a lie"},
        {"claimed_by": "00000000-0000-0000-0000-000000000000"},
        {"claimed_at": AT},
        {"created_at": AT},
        {"noted_at": AT},
        {"completed_by": "00000000-0000-0000-0000-000000000000"},
        {"cancelled_at": AT},
        {"snoozed_reason": "later"},
    ],
)
def test_only_a_call_that_was_made_is_logged_in_ones_own_words(
    more: dict[str, Any], calls: Any, made: dict[str, str]
) -> None:
    with pytest.raises(APIError):
        calls().insert(made | more).execute()
    assert calls().insert(made).execute().data


def test_what_a_colleague_noted_stays_and_an_open_call_may_be_noted_by_anybody(
    calls: Any, sql: Any, filled: str
) -> None:
    sql.execute("delete from support_interactions")
    sql.execute(
        "insert into support_interactions (supplier_id, type, notes, completed_at, completed_by)"
        " values (%s, 'check_in', 'Theirs', now(), null)",
        (filled,),
    )
    sql.execute(
        "insert into support_interactions (supplier_id, type, scheduled_for)"
        " values (%s, 'check_in', now())",
        (filled,),
    )
    change = {"notes": "Mine", "outcome": "reached", "completed_at": AT}
    assert len(calls().update(change).eq("supplier_id", filled).execute().data) == 1
    notes = sql.execute("select notes from support_interactions order by notes").fetchall()
    assert notes == [("Mine",), ("Theirs",)]


def test_a_call_that_was_made_is_not_opened_again_past_the_function(
    calls: Any, made: dict[str, str]
) -> None:
    (row,) = calls().insert(made).execute().data
    with pytest.raises(APIError, match="row-level security"):
        calls().update({"completed_at": None}).eq("id", row["id"]).execute()
