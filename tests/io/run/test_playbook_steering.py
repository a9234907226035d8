"""A playbook is looked at before it is published, and does what was seen."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from postgrest.exceptions import APIError

from cs_core.base.errors import PlaybookError, StoreError
from cs_core.io.base.client import connect_person
from cs_core.io.base.config import Settings
from cs_core.io.definitions.playbooks import (
    fetch_figures,
    publish_playbook,
    template_problems,
)
from cs_core.io.definitions.templates import fetch_templates
from cs_core.io.definitions.versions import fetch_stored, fetch_versions
from cs_core.io.run.preview import preview_playbook
from cs_core.outreach.playbooks import Playbook
from tests.support.asking import count
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import World
from tests.support.runs import Sql

Client = Any
NOW = morning_of("2026-11-20")
TABLES = (
    "interventions",
    "outbox",
    "support_interactions",
    "success_milestones",
    "customer_health",
)


@pytest.fixture
def sign_in(
    sql: Sql, add_person: Callable[..., dict[str, str]], settings: Settings
) -> Callable[[str, str | None], Client]:
    def make(name: str, role: str | None) -> Client:
        person = add_person(f"{name}@wedsync.example", role)
        return connect_person(settings, person["access_token"])

    return make


@pytest.fixture
def ada(sign_in: Callable[[str, str | None], Client]) -> Client:
    return sign_in("ada", "admin")


@pytest.fixture
def suppliers(sql: Sql, add_supplier: Any, add_events: Any) -> dict[str, str]:
    return World(add_supplier, add_events, sql, NOW).everybody()


def stored(client: Client, name: str) -> Playbook:
    (found,) = [one for one in fetch_stored(client, "playbook") if one.name == name]
    return Playbook.from_dict(name, found.definition, found.version)


def changed(client: Client, name: str, **changes: Any) -> Playbook:
    book = stored(client, name)
    return Playbook.from_dict(name, book.to_dict() | changes, book.version)


def decided(sql: Sql, name: str) -> Counter[tuple[str, str | None]]:
    query = "select type, reason from interventions where playbook = %s"
    return Counter(sql.execute(query, (name,)).fetchall())


DRAFTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    "earlier": {"conditions": [{"field": "days_silent", "at_least": 1}]},
    "held out": {"holdout_percent": 50},
    "least important": {"priority": 1000},
    "another action": {"actions": [{"type": "in_app", "template": "come_back_tips"}]},
}


@pytest.mark.parametrize("kind", DRAFTS)
def test_a_run_after_publishing_decides_exactly_what_the_preview_counted(
    kind: str, suppliers: dict[str, str], ada: Client, service: Client, team: Team, sql: Sql
) -> None:
    name = "silent_after_set_up"
    draft = changed(ada, name, **DRAFTS[kind])
    before = {table: count(sql, table) for table in TABLES}
    pages: list[int] = []
    preview = preview_playbook(service, draft, NOW, pages.append, page_size=3)
    assert {table: count(sql, table) for table in TABLES} == before
    assert sum(pages) == preview.suppliers == len(suppliers) - 1  # Oak is paused
    assert len(pages) > 1

    assert publish_playbook(ada, name, draft.to_dict(), "Tried out", draft.version).is_published
    team.decide(NOW)
    found = decided(sql, name)
    assert found, "the playbook should decide something"
    planned = Counter({(kind, None): n for kind, n in preview.planned.items()})
    assert planned + preview.suppressed == found  # type: ignore[operator]
    assert set(preview.named) == set(found)


def test_who_was_dealt_with_today_is_counted_as_that(
    suppliers: dict[str, str], ada: Client, service: Client, team: Team
) -> None:
    draft = stored(ada, "silent_after_set_up")
    first = preview_playbook(service, draft, NOW)
    assert (first.matched, first.done_today) == (3, 0)
    team.decide(NOW)
    again = preview_playbook(service, draft, NOW + dt.timedelta(minutes=5))
    assert (again.matched, again.done_today) == (3, 3)
    assert not again.planned
    next_day = preview_playbook(service, draft, NOW + dt.timedelta(days=1))
    assert next_day.suppressed[next(iter(next_day.suppressed))] == 3
    assert {reason for _, reason in next_day.suppressed} == {"cool_down"}


def test_a_playbook_that_is_off_is_looked_at_as_if_it_were_on(
    suppliers: dict[str, str], ada: Client, service: Client
) -> None:
    off = changed(ada, "silent_after_set_up", enabled=False)
    assert preview_playbook(service, off, NOW).planned["call"] == 3


def test_a_playbook_that_is_turned_off_plans_nothing_in_the_next_run(
    suppliers: dict[str, str], ada: Client, team: Team, sql: Sql
) -> None:
    off = changed(ada, "silent_after_set_up", enabled=False)
    publish_playbook(ada, off.name, off.to_dict(), "Turned off", 1)
    team.decide(NOW)
    assert not decided(sql, off.name)
    assert count(sql, "interventions") > 0


def test_with_nobody_there_the_preview_counts_nobody(ada: Client, service: Client) -> None:
    preview = preview_playbook(service, stored(ada, "sharp_drop"), NOW)
    assert (preview.suppliers, preview.matched) == (0, 0)


def test_a_published_version_bears_the_name_of_who_published_it(ada: Client, sql: Sql) -> None:
    sql.execute("update user_profiles set full_name = 'Ada Byron'")
    draft = changed(ada, "sharp_drop", cool_down_days=21)
    done = publish_playbook(ada, "sharp_drop", draft.to_dict(), " Less often ", 1)
    assert (done.is_published, done.version) == (True, 2)
    newest, first = fetch_versions(ada, "playbook", "sharp_drop")
    assert (newest.version, newest.note, newest.published_by) == (2, "Less often", "Ada Byron")
    assert (first.version, first.published_by) == (1, None)
    logged = sql.execute(
        "select actor_id is not null, after ->> 'name' from audit_log"
        " where table_name = 'playbooks'"
    ).fetchall()
    assert logged == [(True, "sharp_drop")]
    assert [v.version for v in fetch_versions(ada, "playbook", "no_clients_yet")] == [1]


def test_of_two_who_publish_at_once_the_second_is_told_and_changes_nothing(
    ada: Client, sign_in: Callable[[str, str | None], Client]
) -> None:
    grace = sign_in("grace", "admin")
    book = stored(ada, "sharp_drop").to_dict()
    assert publish_playbook(ada, "sharp_drop", book | {"priority": 1}, "x", 1).is_published
    second = publish_playbook(grace, "sharp_drop", book | {"priority": 2}, "y", 1)
    assert (second.is_published, second.version) == (False, 2)
    assert stored(ada, "sharp_drop").priority == 1


def test_a_new_playbook_is_published_once(ada: Client) -> None:
    book = stored(ada, "sharp_drop").to_dict()
    assert publish_playbook(ada, "quiet_florists", book, "New", 0).version == 1
    again = publish_playbook(ada, "quiet_florists", book | {"priority": 3}, "New", 0)
    assert (again.is_published, again.version) == (False, 1)


def test_a_playbook_that_breaks_a_rule_is_never_sent(ada: Client) -> None:
    book = stored(ada, "sharp_drop").to_dict()
    with pytest.raises(PlaybookError, match="cool_down_days"):
        publish_playbook(ada, "sharp_drop", book | {"cool_down_days": 0}, "x", 1)


def test_a_message_that_does_not_exist_is_named_at_its_action(ada: Client) -> None:
    templates = fetch_templates(ada)
    book = stored(ada, "silent_after_set_up").to_dict()
    assert template_problems(templates, book) == []
    book["actions"][0]["template"] = "nonsense"
    ((path, words),) = template_problems(templates, book)
    assert path == "actions[0].template"
    assert "no message template nonsense" in words


@pytest.mark.parametrize("role", ["analyst", None])
def test_nobody_but_an_admin_publishes(
    role: str | None, ada: Client, sign_in: Callable[[str, str | None], Client]
) -> None:
    book = stored(ada, "sharp_drop").to_dict()
    other = sign_in("other", role)
    with pytest.raises(StoreError, match="Only an admin"):
        publish_playbook(other, "sharp_drop", book, "x", 1)
    row = {"name": "sharp_drop", "version": 2, "definition": book}
    with pytest.raises(APIError):
        ada.table("playbooks").insert(row).execute()
    assert len(fetch_versions(ada, "playbook", "sharp_drop")) == 1


def test_what_playbooks_did_is_counted_by_outcome_and_reason(
    suppliers: dict[str, str], ada: Client, team: Team, sql: Sql
) -> None:
    draft = changed(ada, "silent_after_set_up", holdout_percent=0)
    team.run("2026-11-20")
    sql.execute(
        "update support_interactions set completed_at = %s, outcome = 'reached'"
        " where supplier_id = %s",
        (NOW, suppliers["Ash"]),
    )
    figures = fetch_figures(ada, NOW - dt.timedelta(days=30))[draft.name]
    assert figures.sent == {"email": 1}  # Ash; Birch opted out, Cedar has no address
    assert figures.suppressed == {"opt_out": 1, "no_address": 1}
    made, waiting = figures.calls_made, figures.waiting
    assert (made["reached"], made.total() + waiting["call"]) == (1, 3)
    assert figures.planned == 4
    assert fetch_figures(ada, NOW + dt.timedelta(days=1)) == {}
