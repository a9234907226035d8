"""Who may read and write what, through the API and with real sign-ins."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError
from supabase import Client

from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings
from tests.sql.access_lists import (
    ACTIONS,
    ARGUMENTS,
    NOBODY,
    PERSONAS,
    READERS,
    READING,
    STAFF,
    WRITERS,
)
from tests.sql.personas import filled, persona, shared_view

__all__ = ["filled", "persona", "shared_view"]


def test_every_relation_of_the_api_has_its_readers_named_here(sql: Any) -> None:
    found = sql.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace"
        " and relkind in ('r', 'p', 'v') and not relispartition"
    ).fetchall()
    assert {name for (name,) in found} == set(READERS)


@pytest.mark.parametrize("name", PERSONAS)
def test_a_person_reads_what_the_role_allows_and_nothing_else(
    name: str, persona: Callable[[str], Client], shared_view: None
) -> None:
    client = persona(name)
    for relation, readers in READERS.items():
        try:
            rows = client.table(relation).select("*").execute().data
        except APIError as error:
            if error.code != "42501":
                raise
            rows = []
        # Everybody signed in has at most their own profile.
        assert bool(rows) == (name in readers), relation


@pytest.mark.parametrize("name", PERSONAS)
def test_a_person_writes_only_what_the_role_allows(
    name: str, persona: Callable[[str], Client], sql: Any, filled: str, shared_view: None
) -> None:
    client = persona(name)
    for relation in READERS:
        before = sql.execute(f"select to_jsonb(t) from {relation} t").fetchall()
        columns = {
            column
            for (column,) in sql.execute(
                "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0",
                (f"public.{relation}",),
            )
        }
        keys = ("supplier_id", "version", "feature", "id", "score_date", "person_id")
        key = next(c for c in keys if c in columns)
        rows = sql.execute(f"select {key} from {relation} limit 1").fetchall()
        kept = rows[0][0] if rows else uuid.UUID(int=0)  # no profile where no staff signed in
        tries = [
            lambda r=relation, k=key, v=kept: client.table(r).delete().eq(k, str(v)).execute(),
            lambda r=relation, k=key, v=kept: (
                client.table(r).update({k: str(v)}).eq(k, str(v)).execute()
            ),
            lambda r=relation, k=key: client.table(r).insert({k: str(uuid.uuid4())}).execute(),
        ]
        for attempt in tries:
            try:
                changed = attempt().data
            except APIError:
                changed = []
            assert not changed or name in WRITERS.get(relation, set()), relation
        after = sql.execute(f"select to_jsonb(t) from {relation} t").fetchall()
        assert after == before, relation


def test_how_a_mail_stands_is_read_without_whom_it_goes_to_and_what_it_says(
    persona: Callable[[str], Client], filled: str, sql: Any
) -> None:
    sql.execute(
        "insert into outbox (dedupe_key, recipient_id, to_address, subject, body_text,"
        " scheduled_for, next_attempt_at)"
        " values ('s', %s, 'r@example.com', 's', 't', now(), now())",
        (filled,),
    )
    hidden = ("to_address", "to_name", "subject", "body_text", "body_html", "unsubscribe_url")
    # The other mail there is goes to the team.
    for name, seen in {"admin": 2, "analyst": 1, "supplier": 0, "stranger": 0}.items():
        client = persona(name)
        found = client.table("outbox").select("id, status, next_attempt_at, last_error").execute()
        assert len(found.data) == seen, name
        for column in hidden:
            with pytest.raises(APIError) as caught:
                client.table("outbox").select(column).execute()
            assert caught.value.code == "42501", column


def test_only_an_admin_logs_an_interaction_and_only_in_their_own_name(
    persona: Callable[[str], Client], filled: str, sql: Any
) -> None:
    admin, analyst = persona("admin"), persona("analyst")
    ids = dict(sql.execute("select role, id::text from user_profiles").fetchall())
    row = {"supplier_id": filled, "type": "check_in", "created_by": ids["admin"]}
    row |= {"completed_at": "2026-06-01T10:00:00Z"}
    made = admin.table("support_interactions").insert(row).execute().data
    assert len(made) == 1
    with pytest.raises(APIError, match="row-level security"):
        analyst.table("support_interactions").insert(row).execute()
    with pytest.raises(APIError, match="row-level security"):
        admin.table("support_interactions").insert(row | {"created_by": ids["analyst"]}).execute()
    mine = ("id", str(made[0]["id"]))
    admin.table("support_interactions").update({"outcome": "reached"}).eq(*mine).execute()
    for forged in ({"created_by": ids["analyst"]}, {"created_at": "2001-01-01"}):
        with pytest.raises(APIError, match="permission denied"):
            admin.table("support_interactions").update(forged).eq(*mine).execute()


@pytest.mark.parametrize("name", PERSONAS)
def test_nobody_calls_the_functions_of_the_job_and_only_admins_act(
    name: str, persona: Callable[[str], Client], sql: Any
) -> None:
    client = persona(name)
    functions = sql.execute(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace"
        " and (prosecdef or not has_function_privilege('authenticated', oid, 'execute'))"
    ).fetchall()
    assert len(functions) >= 30
    for (function,) in functions:
        if name == "admin" and function in ACTIONS:
            continue
        with pytest.raises(APIError) as caught:
            client.rpc(function, ARGUMENTS[function]).execute()
        assert caught.value.code == "42501", function


def signs_of(answer: Any) -> bool:
    """Tell whether an answer tells anything: a text or a number above 0 somewhere in it."""
    if isinstance(answer, dict):
        return any(map(signs_of, answer.values()))
    if isinstance(answer, list):
        return any(map(signs_of, answer))
    return bool(answer) and answer is not True


@pytest.mark.parametrize("name", PERSONAS)
def test_what_the_screens_read_tells_staff_something_and_nobody_else_anything(
    name: str,
    persona: Callable[[str], Client],
    filled: str,
    sql: Any,
    add_person: Callable[..., dict[str, str]],
) -> None:
    client = persona(name)
    sql.execute("update support_interactions set scheduled_for = '2026-06-02'")
    ada = add_person("ada@example.com", "admin")["id"]
    sql.execute(
        "update interventions set bulk_id = %s, requested_by = %s, created_at = now()",
        (NOBODY, ada),
    )
    sql.execute("insert into suppliers (business_name, status) values ('Long gone', 'paused')")
    about = {"p_supplier": filled}
    reading = READING | {
        "suppliers_by_id": {"p_ids": [filled]},
        "supplier_360": about,
        "score_history": about | {"p_days": 90},
        "supplier_marks": about | {"p_since": "2020-01-01"},
        "supplier_timeline": about
        | {"p_before": None, "p_before_id": None, "p_limit": 9, "p_kinds": ["login", "note"]},
        "bulk_state": {"p_bulk": NOBODY},
        "newest_bulk": {"p_by": ada},
        "interventions_of": {"p_person": ada},
        "preview_bulk": {
            "p_suppliers": [filled],
            "p_type": "call",
            "p_now": "2026-06-02",
            "p_at": "2026-06-02",
            "p_cap": {"emails": 1, "days": 7},
            "p_overrides_cap": False,
        },
    }
    for function, arguments in reading.items():
        if name == "signed_out":
            with pytest.raises(APIError, match="permission denied"):
                client.rpc(function, arguments).execute()
            continue
        answer = client.rpc(function, arguments).execute().data
        if function == "preview_bulk" and name not in STAFF:
            # Whoever sees no supplier is told that there is none of the one asked about.
            assert answer["suppressed"] == {"gone": 1}
        else:
            assert signs_of(answer) == (name in STAFF), (function, answer)


def test_a_role_that_is_taken_away_is_gone_at_once(
    persona: Callable[[str], Client], sql: Any
) -> None:
    analyst = persona("analyst")
    assert analyst.table("suppliers").select("id").execute().data
    sql.execute("delete from user_profiles where role = 'analyst'")
    assert analyst.table("suppliers").select("id").execute().data == []


def test_a_person_cannot_make_themselves_an_admin(
    persona: Callable[[str], Client], sql: Any
) -> None:
    stranger = persona("stranger")
    stranger_id = sql.execute("select id from auth.users where email like 'stranger%'").fetchone()
    with pytest.raises(APIError):
        stranger.table("user_profiles").insert(
            {"id": str(stranger_id[0]), "role": "admin"}
        ).execute()
    assert sql.execute("select count(*) from user_profiles").fetchone() == (0,)


def test_nobody_signs_up_by_themselves(settings: Settings, sql: Any) -> None:
    visitor = connect_person(settings, settings.supabase_publishable_key)
    with pytest.raises(Exception, match=r"(?i)signups? (is|are|not)"):
        visitor.auth.sign_up({"email": "mallory@example.com", "password": "long enough 1"})
    assert sql.execute("select count(*) from auth.users").fetchone() == (0,)


def test_the_admin_api_takes_the_secret_key_only(settings: Settings, sql: Any) -> None:
    visitor = connect_person(settings, settings.supabase_publishable_key)
    with pytest.raises(Exception, match="secret key only"):
        visitor.auth.admin.create_user({"email": "m@example.com", "password": "long enough 1"})
    assert sql.execute("select count(*) from auth.users").fetchone() == (0,)


def test_changes_by_people_are_in_the_audit_log_without_free_text(
    persona: Callable[[str], Client], filled: str, sql: Any
) -> None:
    admin = persona("admin")
    (admin_id,) = sql.execute("select id::text from user_profiles").fetchone()
    row = {
        "supplier_id": filled,
        "type": "check_in",
        "created_by": admin_id,
        "notes": "call 0123 456",
        "completed_at": "2026-06-01T10:00:00Z",
    }
    admin.table("support_interactions").insert(row).execute()
    found = sql.execute(
        "select actor_id::text, table_name, action, after from audit_log order by id desc limit 1"
    ).fetchone()
    assert found[:3] == (admin_id, "support_interactions", "insert")
    assert "0123 456" not in str(found[3])
    assert found[3]["notes"] == "changed"
    assert admin.table("audit_log").select("*").execute().data
