"""Publishing templates and rules past the screen, and test mails that go to oneself only."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from postgrest.exceptions import APIError

from tests.support.people import Somebody, become

__all__ = ["become"]

Become = Callable[[str], Somebody]
TEMPLATE = {
    "name": "check_in",
    "audience": "supplier",
    "subject": "Hello",
    "body_text": "Hello",
    "body_html": None,
}


def publish(who: Somebody, based_on: int, **changes: Any) -> dict[str, Any]:
    definition = TEMPLATE | changes
    return publish_as(who, "template", definition["name"], definition, based_on)


def publish_as(who: Somebody, kind: str, name: str, definition: Any, based_on: int) -> Any:
    arguments = {"p_kind": kind, "p_name": name, "p_definition": definition}
    arguments |= {"p_note": " why ", "p_based_on": based_on}
    return who.client.rpc("publish_definition", arguments).execute().data


def send(who: Somebody, **changes: Any) -> dict[str, Any]:
    mail = {"subject": "[Test] Hello", "body_text": "Hello", "body_html": None} | changes
    return dict(who.client.rpc("queue_test_mail", {"p_mail": mail}).execute().data)


def test_a_new_version_follows_the_newest_and_nothing_else(become: Become, sql: Any) -> None:
    admin = become("admin")
    assert publish(admin, 1) == {"is_published": True, "version": 2}
    assert publish(admin, 1) == {"is_published": False, "version": 2}
    assert publish(admin, 0, name="spring") == {"is_published": True, "version": 1}
    assert publish(admin, 0, name="spring") == {"is_published": False, "version": 1}
    rows = sql.execute(
        "select name, version, note, published_by::text from message_templates"
        " where published_at > '2001-01-01' order by name"
    ).fetchall()
    assert rows == [("check_in", 2, "why", admin.id), ("spring", 1, "why", admin.id)]


def test_for_whom_a_template_is_does_not_change(become: Become) -> None:
    with pytest.raises(APIError, match="make a new one"):
        publish(become("admin"), 1, audience="team")


@pytest.mark.parametrize("broken", [{"subject": " "}, {"name": "No Name"}, {"audience": "all"}])
def test_the_tables_own_checks_hold(broken: dict[str, str], become: Become, sql: Any) -> None:
    with pytest.raises(APIError):
        publish(become("admin"), 0, **{"name": "spring"} | broken)
    count = "select count(*) from message_templates where published_at > '2001-01-01'"
    assert sql.execute(count).fetchone() == (0,)


def test_a_test_mail_goes_to_who_asks_and_nobody_else(become: Become, sql: Any) -> None:
    admin = become("admin")
    queued = send(
        admin,
        to_address="maya@rowan.example",
        recipient_id="00000000-0000-0000-0000-000000000001",
        unsubscribe_url="https://x.example/{token}",
    )
    assert queued["to_address"] == "admin@example.com"
    row = sql.execute(
        "select id::text, to_address, recipient_id, unsubscribe_url, status from outbox"
    ).fetchall()
    assert row == [(queued["id"], "admin@example.com", None, None, "queued")]


def test_twenty_test_mails_an_hour_are_enough(become: Become, sql: Any) -> None:
    admin, other = become("admin"), become("admin 2")
    assert all(send(admin)["id"] for _ in range(20))
    assert send(admin)["id"] is None
    assert send(other)["id"] is not None
    sql.execute("update outbox set created_at = created_at - interval '2 hours'")
    assert send(admin)["id"] is not None


@pytest.mark.parametrize("name", ["analyst", "supplier", "stranger"])
def test_nobody_but_an_admin_publishes_or_sends(name: str, become: Become, sql: Any) -> None:
    other = become(name)
    definition = sql.execute("select definition from outreach_rules").fetchone()[0]
    for attempt in (
        lambda: publish(other, 1),
        lambda: send(other),
        lambda: publish_as(other, "rules", "", definition, 1),
    ):
        with pytest.raises(APIError) as caught:
            attempt()
        assert caught.value.code == "42501"
    assert sql.execute("select count(*) from outbox").fetchone() == (0,)
    assert sql.execute("select max(version) from outreach_rules").fetchone() == (1,)


def test_who_is_late_with_rules_publishes_nothing(become: Become, sql: Any) -> None:
    admin = become("admin")
    definition = sql.execute("select definition from outreach_rules").fetchone()[0]
    late = partial(publish_as, admin, "rules", "", definition, 1)
    assert late() == {"is_published": True, "version": 2}
    assert late() == {"is_published": False, "version": 2}


@pytest.mark.parametrize("kind", ["Template", "", "milestone"])
def test_a_kind_that_nobody_knows_is_named(kind: str, become: Become) -> None:
    with pytest.raises(APIError, match="scorecard, playbook, rules or template"):
        publish_as(become("admin"), kind, "x", {}, 0)
