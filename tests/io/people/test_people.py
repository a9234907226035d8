"""Who may let people in and show them out, and what that ends."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError

from cs_core.io.definitions.versions import fetch_stored, publish
from tests.support.people import Somebody, become

__all__ = ["become"]

Become = Callable[[str], Somebody]


def roles(sql: Any) -> dict[str, str | None]:
    return dict(sql.execute("select id::text, role from user_profiles").fetchall())


def give(who: Somebody, to: str, role: str, **more: Any) -> str:
    return str(who.client.rpc("give_role", {"p_user": to, "p_role": role} | more).execute().data)


def take(who: Somebody, whose: str) -> dict[str, Any]:
    return dict(who.client.rpc("remove_person", {"p_user": whose}).execute().data)


@pytest.mark.parametrize("name", ["analyst", "supplier", "stranger"])
def test_nobody_but_an_admin_touches_the_team(name: str, become: Become, sql: Any) -> None:
    admin, other = become("admin"), become(name)
    before = roles(sql)
    for function, arguments in (
        ("list_people", {}),
        ("give_role", {"p_user": other.id, "p_role": "admin"}),
        ("remove_person", {"p_user": admin.id}),
        ("end_sessions_of_person", {"p_user": admin.id}),
    ):
        with pytest.raises(APIError) as caught:
            other.client.rpc(function, arguments).execute()
        assert caught.value.code == "42501", function
    assert roles(sql) == before


def test_a_role_that_is_given_holds_at_once(become: Become, sql: Any) -> None:
    admin, stranger = become("admin"), become("stranger")
    assert stranger.client.table("runs").select("id").execute().data == []
    assert give(admin, stranger.id, "admin", p_name=" Grace Hopper ") == "done"
    assert stranger.client.rpc("list_people", {}).execute().data[1]["full_name"] == "Grace Hopper"
    assert give(admin, stranger.id, "analyst") == "done"
    with pytest.raises(APIError):
        stranger.client.rpc("list_people", {}).execute()
    (name,) = sql.execute(
        "select full_name from user_profiles where id = %s", (stranger.id,)
    ).fetchone()
    assert name == "Grace Hopper"  # kept where none is given


def test_who_has_no_sign_in_gets_no_role(become: Become) -> None:
    admin = become("admin")
    assert give(admin, str(uuid.uuid4()), "analyst") == "unknown"
    with pytest.raises(APIError, match="A role is admin or analyst"):
        give(admin, admin.id, "owner")


def test_the_last_admin_stays(become: Become, sql: Any) -> None:
    admin, _ = become("admin"), become("analyst")
    assert give(admin, admin.id, "analyst") == "last_admin"
    assert take(admin, admin.id) == {"outcome": "last_admin"}
    assert roles(sql)[admin.id] == "admin"
    second = become("admin 2")
    assert take(admin, admin.id)["outcome"] == "done"
    assert take(second, second.id) == {"outcome": "last_admin"}


def test_two_admins_who_remove_each_other_at_once_leave_one(become: Become, sql: Any) -> None:
    for round_ in range(3):
        first, second = become(f"admin {2 * round_}"), become(f"admin {2 * round_ + 1}")
        sql.execute(
            "update user_profiles set role = null where id not in (%s, %s)", (first.id, second.id)
        )
        ready = threading.Barrier(2)

        def act(who: Somebody, whose: str, ready: threading.Barrier = ready) -> None:
            ready.wait()
            try:
                take(who, whose)
            except APIError as error:
                assert error.code == "42501"  # noqa: PT017

        threads = [
            threading.Thread(target=act, args=pair)
            for pair in ((first, second.id), (second, first.id))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert list(roles(sql).values()).count("admin") == 1


def test_removing_ends_sessions_and_frees_suppliers_calls_and_digests(
    become: Become,
    sql: Any,
    add_supplier: Callable[..., str],
) -> None:
    admin, ann, bob = become("admin"), become("analyst"), become("analyst 2")
    for person in (ann, ann, bob):
        sql.execute(
            "insert into private.web_sessions (id_hash, user_id, sealed, expires_at)"
            " values (%s, %s, 'x', now() + interval '1 hour')",
            (uuid.uuid4().hex * 2, person.id),
        )
        sql.execute(
            "insert into digest_subscriptions (id, daily) values (%s, true) on conflict do nothing",
            (person.id,),
        )
    supplier = add_supplier(owner_id=ann.id)
    sql.execute(
        "insert into support_interactions (supplier_id, type, claimed_by, claimed_at)"
        " values (%s, 'check_in', %s, now())",
        (supplier, ann.id),
    )
    sql.execute(
        "insert into outbox (dedupe_key, person_id, digest, to_address, subject, body_text,"
        " scheduled_for, next_attempt_at)"
        " values ('d', %s, 'daily', 'a@b.example', 's', 't', now(), now())",
        (ann.id,),
    )
    assert take(admin, ann.id) == {"outcome": "done", "sessions": 2, "suppliers": 1}
    left = sql.execute("select user_id::text from private.web_sessions").fetchall()
    assert left == [(bob.id,)]
    assert sql.execute("select owner_id from suppliers").fetchone() == (None,)
    assert sql.execute("select claimed_by from support_interactions").fetchone() == (None,)
    assert sql.execute("select id::text from digest_subscriptions").fetchall() == [(bob.id,)]
    assert sql.execute("select status from outbox").fetchone() == ("cancelled",)
    assert ann.client.table("suppliers").select("id").execute().data == []
    assert take(admin, ann.id) == {"outcome": "unknown"}


def test_what_somebody_published_keeps_its_author_when_they_are_gone(
    become: Become, sql: Any
) -> None:
    admin, gone = become("admin"), become("admin 2")
    (rules,) = fetch_stored(gone.client, "rules")
    assert publish(gone.client, "rules", "", rules.definition, "x", 1).is_published
    take(admin, gone.id)
    (newest,) = fetch_stored(admin.client, "rules")
    assert (newest.version, newest.published_by) == (2, "admin-2@example.com")


def test_every_change_is_in_the_audit_log_with_who_did_it(become: Become, sql: Any) -> None:
    admin, ann = become("admin"), become("analyst")
    give(admin, ann.id, "admin")
    take(admin, ann.id)
    found = sql.execute(
        "select actor_id::text, before, after from audit_log where table_name = 'user_profiles'"
        " and row_key = %s and actor_id is not null order by id",
        (ann.id,),
    ).fetchall()
    assert found == [
        (admin.id, {"role": "analyst"}, {"role": "admin"}),
        (admin.id, {"role": "admin"}, {"role": None}),
    ]


def test_the_list_tells_roles_and_browsers_and_leaves_out_who_is_gone(
    become: Become,
    sql: Any,
    add_supplier: Callable[..., str],
) -> None:
    admin, ann, bob = become("admin"), become("analyst"), become("analyst 2")
    add_supplier(owner_id=ann.id)
    for hours in (1, -1):
        sql.execute(
            "insert into private.web_sessions (id_hash, user_id, sealed, expires_at)"
            " values (%s, %s, 'x', now() + make_interval(hours => %s))",
            (uuid.uuid4().hex * 2, ann.id, hours),
        )
    take(admin, bob.id)
    me, other = admin.client.rpc("list_people", {}).execute().data
    assert (me["id"], me["is_me"], me["role"]) == (admin.id, True, "admin")
    assert me["last_sign_in_at"] is not None
    told = {name: other[name] for name in ("id", "email", "open_sessions", "suppliers", "is_me")}
    assert told == {
        "id": ann.id,
        "email": "analyst@example.com",
        "open_sessions": 1,
        "suppliers": 1,
        "is_me": False,
    }


def test_an_admin_signs_somebody_out_everywhere_but_no_supplier(
    become: Become,
    sql: Any,
    add_supplier: Callable[..., str],
) -> None:
    add_supplier()
    admin, ann, supplier = become("admin"), become("analyst"), become("supplier")
    for person in (ann, supplier):
        sql.execute(
            "insert into private.web_sessions (id_hash, user_id, sealed, expires_at)"
            " values (%s, %s, 'x', now() + interval '1 hour')",
            (uuid.uuid4().hex * 2, person.id),
        )
    ended = [
        admin.client.rpc("end_sessions_of_person", {"p_user": person.id}).execute().data
        for person in (ann, supplier)
    ]
    assert ended == [1, 0]
