"""Who may read and write what, through the API and with real sign-ins."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError
from supabase import Client

from cs_core.io.settings import Settings
from cs_core.io.supabase import connect

STAFF = {"admin", "analyst"}
ADMIN = {"admin"}

# relation: who sees rows in it. Nobody who is signed out sees anything.
READERS = {
    "suppliers": STAFF,
    "user_profiles": STAFF,
    "core_features": STAFF,
    "activity_events": STAFF,
    "scorecards": STAFF,
    "runs": STAFF,
    "customer_health": STAFF,
    "current_health": STAFF,
    "transitions": STAFF,
    "success_milestones": STAFF,
    "support_interactions": STAFF,
    "interventions": STAFF,
    "team_alerts": STAFF,
    "playbooks": STAFF,
    "outreach_rules": STAFF,
    "message_templates": STAFF,
    "outbox": set(),  # a few columns only, see below
    "in_app_messages": STAFF | {"supplier"},
    "daily_figures": STAFF,
    "daily_movers": STAFF,
    "week_changes": STAFF,
    "supplier_notes": STAFF,
    "saved_views": STAFF,
    "digest_subscriptions": set(),  # one's own only, and nobody here has one
    "settings_drafts": set(),  # the same
    "audit_log": ADMIN,
    "supplier_overview": STAFF,
    "health_history": STAFF,
    "intervention_list": STAFF,
    "milestone_list": STAFF,
}
# Everything else is written by the job, or by the product, with the secret key.
WRITERS = {"support_interactions": ADMIN}
PERSONAS = ("admin", "analyst", "supplier", "stranger", "signed_out")


@pytest.fixture
def filled(sql: Any, add_supplier: Callable[..., str], add_events: Callable[..., None]) -> str:
    """One row in every relation, about one supplier; returns its id."""
    supplier = add_supplier(email="rowan@example.com")
    sql.execute("insert into core_features values ('calendar', '*')")
    add_events((supplier, "login", None, "2026-06-01T12:00:00Z"))
    sql.execute("select private.ensure_history_partitions('2026-06-01', '2026-06-30')")
    sql.execute(
        "insert into runs (kind, as_of, score_date, fence) values ('daily', now(), now(), 0)"
    )
    figures = (
        "insert into {} (supplier_id, score_date, as_of, health_score, risk_level, features_used,"
        " features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,"
        " steps_completed, tier, scorecard_version{}) values (%s, '2026-06-01', '2026-06-02', 55,"
        " 'at_risk', 0, 1, 0, 0, 0, 0, 0, 0, 'starter', 1{})"
    )
    sql.execute(figures.format("customer_health", "", ""), (supplier,))
    sql.execute(figures.format("current_health", ", changes_at", ", 'infinity'"), (supplier,))
    sql.execute(
        "insert into transitions values (%s, '2026-06-01', 'healthy', 'at_risk', 80, 55)",
        (supplier,),
    )
    sql.execute(
        "insert into success_milestones (supplier_id, milestone_type, achieved_at)"
        " values (%s, 'first_login', now())",
        (supplier,),
    )
    sql.execute(
        "insert into support_interactions (supplier_id, type, notes) values (%s, 'check_in', 'x')",
        (supplier,),
    )
    sql.execute(
        "insert into interventions (supplier_id, type, call_type, playbook, dedupe_key)"
        " values (%s, 'call', 'check_in', 'silent', 'k')",
        (supplier,),
    )
    sql.execute(
        "insert into team_alerts (supplier_id, score_date) values (%s, '2026-06-01')", (supplier,)
    )
    sql.execute(
        "insert into outbox (dedupe_key, to_address, subject, body_text, scheduled_for,"
        " next_attempt_at) values ('k', 'x@example.com', 's', 't', now(), now())"
    )
    sql.execute(
        "insert into in_app_messages (supplier_id, title, body) values (%s, 't', 'b')", (supplier,)
    )
    sql.execute(
        "insert into daily_figures"
        " (score_date, healthy, at_risk, critical, revenue_at_risk, scores)"
        " values ('2026-06-01', 0, 1, 0, 0, array_fill(0, array[101]))"
    )
    sql.execute(
        "insert into daily_movers values"
        " (%s, '2026-06-01', 'drop', 1, 80, 55, 'healthy', 'at_risk')",
        (supplier,),
    )
    sql.execute("insert into week_changes values (%s, -25)", (supplier,))
    sql.execute("insert into supplier_notes (supplier_id, text) values (%s, 'n')", (supplier,))
    return supplier


@pytest.fixture
def shared_view(sql: Any) -> None:
    """A view that somebody else of the team shares, that person's choice of digests, and edits."""
    owner = uuid.uuid4()
    sql.execute("insert into auth.users (id, email) values (%s, 'o@example.com')", (owner,))
    sql.execute("insert into user_profiles (id, role) values (%s, 'analyst')", (owner,))
    sql.execute(
        "insert into settings_drafts (person_id, what, based_on, base, edited)"
        " values (%s, 'scorecard', 1, '{}', '{}')",
        (owner,),
    )
    sql.execute("insert into digest_subscriptions (id, daily) values (%s, true)", (owner,))
    sql.execute(
        "insert into saved_views (owner_id, name, query, is_shared) values (%s, 'v', '', true)",
        (owner,),
    )


@pytest.fixture
def persona(
    filled: str, sql: Any, settings: Settings, add_person: Callable[..., dict[str, str]]
) -> Callable[[str], Client]:
    """A function that gives the client of one kind of person."""

    def become(name: str) -> Client:
        if name == "signed_out":
            anonymous = connect(settings, settings.supabase_publishable_key)
            anonymous.options.headers.pop("Authorization", None)
            return anonymous
        person = add_person(f"{name}@example.com", name if name in STAFF else None)
        if name == "supplier":
            sql.execute("update suppliers set user_id = %s", (person["id"],))
        return connect(settings, person["access_token"])

    return become


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
        key = "supplier_id"
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


NOBODY = str(uuid.UUID(int=0))
# What people do: refused to all but admins, by the function itself.
ACTIONS: dict[str, dict[str, Any]] = {
    "claim_call": {"p_supplier": NOBODY, "p_call": NOBODY},
    "release_call": {"p_supplier": NOBODY, "p_call": NOBODY},
    "reopen_call": {"p_supplier": NOBODY, "p_call": NOBODY},
    "snooze_call": {
        "p_supplier": NOBODY,
        "p_call": NOBODY,
        "p_reason": "x",
        "p_until": "2026-06-01",
    },
    "add_note": {"p_supplier": NOBODY, "p_text": "x"},
    "assign_owner": {"p_suppliers": [], "p_owner": None},
    "cancel_intervention": {"p_supplier": NOBODY, "p_intervention": NOBODY},
    "retry_intervention": {"p_supplier": NOBODY, "p_intervention": NOBODY},
    "undo_bulk": {"p_bulk": NOBODY},
    "undo_owners": {"p_bulk": NOBODY},
    "request_run": {},
    "run_status": {},
    "mail_status": {"p_now": "2026-06-01"},
    "dead_mail": {"p_offset": 0, "p_limit": 1},
    "retry_dead_mail": {"p_ids": []},
    "data_status": {"p_now": "2026-06-01"},
    "audit_page": {"p_filter": {}, "p_before_at": None, "p_before_id": None, "p_limit": 1},
    "audit_choices": {},
    "preview_basis": {},
    "preview_measures": {
        "p_as_of": "2026-06-01",
        "p_card": None,
        "p_after": NOBODY,
        "p_limit": 1,
    },
    "publish_scorecard": {"p_definition": {}, "p_note": "x", "p_based_on": 1},
    "list_people": {},
    "give_role": {"p_user": NOBODY, "p_role": "analyst"},
    "remove_person": {"p_user": NOBODY},
    "end_sessions_of_person": {"p_user": NOBODY},
    "publish_outreach_rules": {"p_definition": {}, "p_note": "x", "p_based_on": 0},
    "waiting_messages": {"p_now": "2026-06-01"},
    "count_capped": {"p_now": "2026-06-01", "p_cap": {"emails": 1, "days": 7}},
    "publish_template": {"p_definition": {}, "p_note": "x", "p_based_on": 0},
    "queue_test_mail": {"p_mail": {}},
    "publish_playbook": {"p_name": "x", "p_definition": {}, "p_note": "x", "p_based_on": 0},
}
# What the screens read: row level security decides what is in it.
READING: dict[str, dict[str, Any]] = {
    "today": {},
    "daily_levels": {"p_days": 90},
    "moves": {"p_limit": 10},
    "count_milestones": {"p_since": "2020-01-01"},
    "find_suppliers": {"p_filter": {}, "p_sort": "score", "p_offset": 0, "p_limit": 10},
    "find_supplier_ids": {"p_filter": {"text": "rowan"}, "p_limit": 10},
    "ordered_supplier_ids": {"p_filter": {}, "p_sort": "name"},
    "inactive_suppliers": {"p_text": "long gone", "p_limit": 5},
    "supplier_screen": {
        **{"p_filter": {}, "p_sort": "score", "p_offset": 0, "p_limit": 10},
        **{"p_with_history": True, "p_quiet_days": 14},
    },
    "count_levels": {"p_filter": {}},
    "count_suppliers": {"p_filter": {}},
    "last_scored": {},
    "recent_milestones": {
        "p_since": "2020-01-01",
        "p_limit": 10,
        "p_offset": 0,
        "p_type": None,
        "p_celebrated": None,
    },
    "filter_choices": {},
    "call_queue": {"p_until": "2099-01-01", "p_owner": None, "p_limit": 10},
    "count_calls": {"p_until": "2099-01-01", "p_owner": None},
    "count_queue": {"p_until": "2099-01-01", "p_late_before": "2099-01-01", "p_owner": None},
    "find_interventions": {"p_tab": "history", "p_filter": {}, "p_offset": 0, "p_limit": 10},
    "count_interventions": {},
    "all_scorecards": {},
    "digest_facts": {
        "p_since": "2026-05-01",
        "p_from": "2026-01-01",
        "p_until": "2099-01-01",
    },
    "scorecard_versions": {"p_before": 99, "p_limit": 10},
    "playbooks_in_force": {},
    "outreach_versions": {"p_before": 99, "p_limit": 10},
    "templates_in_force": {},
    "template_versions": {"p_name": "check_in", "p_before": 99, "p_limit": 10},
    "playbook_versions": {"p_name": "sharp_drop", "p_before": 99, "p_limit": 10},
    "playbook_figures": {"p_since": "2020-01-01"},
}


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


HASH = "0" * 64
ARGUMENTS: dict[str, dict[str, Any]] = {
    "claim_api_key": {"p_user": NOBODY, "p_key": "k", "p_fingerprint": HASH},
    "keep_api_answer": {"p_user": NOBODY, "p_key": "k", "p_answer": {}},
    "release_api_key": {"p_user": NOBODY, "p_key": "k"},
    "take_attempts": {"p_attempts": []},
    "forget_attempts": {"p_attempts": []},
    "begin_run": {
        "p_kind": "daily",
        "p_as_of": "2026-06-01",
        "p_from_date": None,
        "p_scorecard_version": 1,
        "p_holder": "me",
        "p_ttl_seconds": 1,
    },
    "newest_daily_run": {},
    "waiting_zones": {"p_now": "2026-06-01"},
    "put_off": {"p_now": "2026-06-01", "p_until": {}},
    "note_run_request": {"p_id": NOBODY, "p_status": "done"},
    "stop_digest": {"p_person": NOBODY, "p_digest": "daily", "p_token": "x"},
    "digest_readers": {},
    "store_attachment": {"p_key": "k", "p_file_name": "f.csv", "p_content": "x"},
    "mail_attachment": {"p_id": NOBODY},
    "queue_digest": {
        "p_now": "2026-06-01",
        "p_person": NOBODY,
        "p_digest": "daily",
        "p_day": "2026-06-01",
        "p_told": None,
        "p_mail": None,
    },
    "save_daily_figures": {"p_fence": 1, "p_date": "2026-06-01"},
    "request_bulk": {"p_now": "2026-06-01", "p_requests": [], "p_cap": {}},
    "time_zones_of": {"p_suppliers": []},
    "message_facts": {"p_supplier": NOBODY, "p_now": "2026-06-01"},
    "end_web_sessions_of": {"p_user": NOBODY},
    **ACTIONS,
    "renew_lease": {"p_fence": 1, "p_ttl_seconds": 1},
    "finish_run": {
        "p_run_id": str(uuid.UUID(int=0)),
        "p_fence": 1,
        "p_status": "done",
        "p_totals": {},
        "p_seconds": {},
    },
    "roll_up_step": {"p_fence": 1},
    "measure_page": {
        "p_as_of": "2026-06-01",
        "p_scorecard_version": 1,
        "p_after": str(uuid.UUID(int=0)),
        "p_limit": 1,
    },
    "save_page": {
        "p_fence": 1,
        "p_run_id": str(uuid.UUID(int=0)),
        "p_as_of": "2026-06-01",
        "p_scorecard_version": 1,
        "p_measured_xid": 1,
        "p_scores": {},
    },
    "cancel_for_left": {"p_fence": 1, "p_now": "2026-06-01"},
    "messages_to_write": {"p_now": "2026-06-01", "p_limit": 1},
    "feature_users": {"p_now": "2026-06-01"},
    "save_written": {"p_now": "2026-06-01", "p_messages": []},
    "pending_alerts": {"p_fence": 1, "p_now": "2026-06-01"},
    "save_alerts": {"p_fence": 1, "p_now": "2026-06-01", "p_alerts": [], "p_mail": []},
    "request_intervention": {"p_now": "2026-06-01", "p_request": {}, "p_cap": {}},
    "unsubscribe": {"p_supplier": str(uuid.UUID(int=0)), "p_token": "x"},
    "queue_mail": {"p_mail": []},
    "claim_mail": {
        "p_now": "2026-06-01",
        "p_limit": 1,
        "p_claimant": str(uuid.UUID(int=0)),
        "p_claim_seconds": 1,
        "p_give_up_before": "2026-06-01",
    },
    "claim_mail_of": {
        "p_supplier": NOBODY,
        "p_intervention": NOBODY,
        "p_claimant": NOBODY,
        "p_claim_seconds": 1,
    },
    "note_mail": {
        "p_claimant": str(uuid.UUID(int=0)),
        "p_claim_seconds": 1,
        "p_done": None,
        "p_next": None,
    },
    "release_mail": {
        "p_claimant": str(uuid.UUID(int=0)),
        "p_error": "x",
        "p_now": "2026-06-01",
    },
    "retry_mail": {"p_id": str(uuid.UUID(int=0)), "p_now": "2026-06-01"},
    "retry_all_mail": {"p_now": "2026-06-01"},
    "open_web_session": {
        "p_id_hash": HASH,
        "p_user_id": str(uuid.UUID(int=0)),
        "p_sealed": "x",
        "p_lifetime_seconds": 1,
    },
    "read_web_session": {"p_id_hash": HASH},
    "claim_web_session_refresh": {"p_id_hash": HASH},
    "reseal_web_session": {"p_id_hash": HASH, "p_sealed": "x"},
    "end_web_session": {"p_id_hash": HASH},
}


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
    visitor = connect(settings, settings.supabase_publishable_key)
    with pytest.raises(Exception, match=r"(?i)signups? (is|are|not)"):
        visitor.auth.sign_up({"email": "mallory@example.com", "password": "long enough 1"})
    assert sql.execute("select count(*) from auth.users").fetchone() == (0,)


def test_the_admin_api_takes_the_secret_key_only(settings: Settings, sql: Any) -> None:
    visitor = connect(settings, settings.supabase_publishable_key)
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
    }
    admin.table("support_interactions").insert(row).execute()
    found = sql.execute(
        "select actor_id::text, table_name, action, after from audit_log order by id desc limit 1"
    ).fetchone()
    assert found[:3] == (admin_id, "support_interactions", "insert")
    assert "0123 456" not in str(found[3])
    assert found[3]["notes"] == "changed"
    assert admin.table("audit_log").select("*").execute().data
