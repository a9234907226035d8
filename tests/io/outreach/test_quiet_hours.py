"""Quiet hours from the run to the mail server: who waits, until when, and who does not."""

import datetime as dt
import json
from typing import Any

import psycopg
import pytest
from supabase import Client

from cs_core.io.outreach.bulk import count_quiet, run_bulk
from cs_core.io.outreach.quiet_hours import put_off_for_quiet_hours
from cs_core.outreach.requests import ContactRequest
from tests.support.asking import Asking
from tests.support.morning import Team, morning_of
from tests.support.outreach_world import World
from tests.support.runs import Sql

DAY = "2026-06-10"
# 06:00 UTC: 07:00 in London, 08:00 in Berlin, 23:00 in Los Angeles.
NOW = morning_of(DAY)
HOUR = dt.timedelta(hours=1)
NIGHT = {"from": "20:00", "until": "08:00"}


@pytest.fixture
def world(add_supplier: Any, add_events: Any, sql: Sql) -> World:
    return World(add_supplier, add_events, sql, NOW)


@pytest.fixture
def ask(service: Client, add_person: Any) -> Asking:
    return Asking(service, str(add_person("admin@wedsync.example", "admin")["id"]), NOW)


@pytest.fixture
def night(sql: Sql) -> None:
    change_rules(sql, quiet_hours=NIGHT)


def change_rules(sql: Any, **changes: Any) -> None:
    sql.execute(
        "insert into outreach_rules (version, definition)"
        " select version + 1, definition || %s from outreach_rules order by version desc limit 1",
        (json.dumps(changes),),
    )


def receivers(team: Team) -> set[str]:
    return {str(mail["To"].addresses[0].username) for mail in team.new_mails()}


def when_due(team: Team, supplier: str, type: str = "email") -> dt.datetime:
    (due,) = {row["scheduled_for"] for row in team.made(supplier, type=type)}
    return dt.datetime.fromisoformat(due)


# ============ the run ============


def test_each_mail_waits_for_the_morning_where_its_supplier_is(
    world: World, team: Team, night: None
) -> None:
    world.silent("Ash", timezone="Europe/Berlin")
    birch = world.silent("Birch", timezone="Europe/London")
    cedar = world.silent("Cedar", timezone="America/Los_Angeles")
    team.run(DAY)
    assert receivers(team) == {"ash"}
    assert when_due(team, birch) == NOW + HOUR
    assert when_due(team, cedar) == NOW + 9 * HOUR
    team.send(NOW + HOUR - dt.timedelta(minutes=1))
    assert receivers(team) == set()
    team.send(NOW + HOUR)
    assert receivers(team) == {"birch"}
    team.send(NOW + 9 * HOUR)
    assert receivers(team) == {"cedar"}


def test_calls_and_the_teams_own_mail_do_not_wait(world: World, team: Team, night: None) -> None:
    elm = world.turning("Elm", timezone="America/Los_Angeles")
    team.run("2026-06-09")
    team.new_mails()
    team.run(DAY)
    (alert,) = team.new_mails()
    assert "critical" in alert["Subject"]
    assert [row["status"] for row in team.made(elm, type="call")] == ["planned"]


def test_a_message_in_the_product_waits_too(
    world: World, team: Team, night: None, sql: Sql
) -> None:
    hazel = world.started("Hazel", timezone="America/Los_Angeles")
    team.run(DAY)
    assert sql.execute("select count(*) from in_app_messages").fetchone() == (0,)
    assert when_due(team, hazel, "in_app") == NOW + 9 * HOUR
    team.send(NOW + 9 * HOUR)
    assert sql.execute("select count(*) > 0 from in_app_messages").fetchone() == (True,)


def test_who_opts_out_in_the_night_gets_no_mail_in_the_morning(
    world: World, team: Team, night: None, sql: Sql
) -> None:
    ash = world.silent("Ash", timezone="America/Los_Angeles")
    team.run(DAY)
    sql.execute("update suppliers set email_opt_out = true")
    team.send(NOW + 9 * HOUR)
    assert receivers(team) == set()
    (mail,) = team.contacts(ash, type="email")
    assert (mail["status"], mail["reason"]) == ("suppressed", "opt_out")


def test_a_run_that_is_repeated_in_the_night_plans_nothing_twice(
    world: World, team: Team, night: None
) -> None:
    ash = world.silent("Ash", timezone="America/Los_Angeles")
    team.run(DAY)
    team.run(DAY)
    assert len(team.contacts(ash, type="email")) == 1
    team.send(NOW + 9 * HOUR)
    assert receivers(team) == {"ash"}


# ============ rules that change, mail that is late ============


def test_rules_that_change_hold_for_what_waits_already(world: World, team: Team, sql: Sql) -> None:
    ash = world.silent("Ash", timezone="America/Los_Angeles")
    team.decide(NOW)
    change_rules(sql, quiet_hours=NIGHT)
    team.send(NOW)
    assert receivers(team) == set()
    assert when_due(team, ash) == NOW + 9 * HOUR
    team.send(NOW + 9 * HOUR)
    assert receivers(team) == {"ash"}


def test_a_mail_that_is_tried_again_waits_for_the_morning(
    world: World, team: Team, night: None, sql: Sql
) -> None:
    ash = world.silent("Ash", timezone="Europe/London")
    team.decide(NOW)
    team.mail_server("refuse")
    evening = NOW + 12.9 * HOUR  # 19:54 there
    team.send(evening)
    team.mail_server("accept")
    late = evening + 0.5 * HOUR
    team.send(late)
    assert receivers(team) == set()
    assert when_due(team, ash) == NOW + 25 * HOUR
    (state,) = sql.execute("select status, next_attempt_at from outbox").fetchall()
    assert state == ("queued", NOW + 25 * HOUR)
    assert team.send(NOW + 25 * HOUR).sent == 1


def test_putting_off_is_done_once(world: World, team: Team, sql: Sql, service: Client) -> None:
    world.silent("Ash", timezone="America/Los_Angeles")
    world.silent("Birch", timezone="Europe/Berlin")
    team.decide(NOW)
    change_rules(sql, quiet_hours=NIGHT)
    assert put_off_for_quiet_hours(service, NOW) == 1
    assert put_off_for_quiet_hours(service, NOW) == 0


def test_without_quiet_hours_everything_leaves_at_once(world: World, team: Team) -> None:
    world.silent("Ash", timezone="America/Los_Angeles")
    team.run(DAY)
    assert receivers(team) == {"ash"}


# ============ people ============


def test_what_somebody_asks_for_at_night_waits_and_says_until_when(
    world: World, team: Team, night: None, ask: Asking
) -> None:
    ash = world.silent("Ash", timezone="America/Los_Angeles")
    done = ask(ash)
    assert (done.status, done.scheduled_for) == ("planned", NOW + 9 * HOUR)
    team.send(NOW)
    assert receivers(team) == set()
    team.send(NOW + 9 * HOUR)
    assert receivers(team) == {"ash"}


def test_who_sends_all_the_same_is_heeded_at_the_door_too(
    world: World, team: Team, night: None, ask: Asking
) -> None:
    ash = world.silent("Ash", timezone="America/Los_Angeles")
    assert ask(ash, overrides_quiet_hours=True).scheduled_for == NOW
    team.send(NOW)
    assert receivers(team) == {"ash"}


def test_a_time_that_somebody_chose_holds_in_the_night(
    world: World, team: Team, night: None, ask: Asking
) -> None:
    ash = world.silent("Ash", timezone="America/Los_Angeles")
    ask(ash, requested_for=NOW + 2 * HOUR)
    team.send(NOW + 2 * HOUR)
    assert receivers(team) == {"ash"}


def test_the_same_request_is_the_same_by_night_and_by_day(
    world: World, night: None, ask: Asking
) -> None:
    ash = world.silent("Ash", timezone="America/Los_Angeles")
    first = ask(ash, idempotency_key="k")
    again = ask(ash, now=NOW + 10 * HOUR, idempotency_key="k")
    assert again == first


def test_of_many_suppliers_each_has_a_night_of_its_own(
    world: World, team: Team, night: None, service: Client, add_person: Any
) -> None:
    ash = world.silent("Ash", timezone="America/Los_Angeles")
    birch = world.silent("Birch", timezone="Europe/Berlin")
    admin = add_person("ada@wedsync.example", "admin")["id"]
    request = ContactRequest("", "email", admin, "", template="check_in")
    assert count_quiet(service, [ash, birch], NOW) == 1
    done = run_bulk(service, [ash, birch], request, "6f1b9f6e-0000-4000-8000-000000000001", NOW)
    assert (done.planned, done.waiting) == (2, 1)
    team.send(done.send_at)
    assert receivers(team) == {"birch"}
    assert when_due(team, ash) == NOW + 9 * HOUR


# ============ what the database takes ============


@pytest.mark.parametrize(
    "hours",
    [{"from": "20:00"}, {"from": "20:00", "until": "20:00"}, {"from": "8", "until": "9"}, "x", [1]],
)
def test_the_database_refuses_quiet_hours_that_are_none(hours: Any, sql: Sql) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="quiet_hours_are_two_times"):
        change_rules(sql, quiet_hours=hours)


def test_the_database_takes_rules_with_and_without_quiet_hours(sql: Sql) -> None:
    change_rules(sql, quiet_hours=None)
    change_rules(sql, quiet_hours=NIGHT, alert_to=["care@wedsync.example"])
    with pytest.raises(psycopg.errors.CheckViolation, match="alert_to_is_a_list"):
        change_rules(sql, alert_to="care@wedsync.example")


def test_alerts_go_to_whom_the_rules_name_and_else_to_the_setting(
    world: World, team: Team, sql: Sql
) -> None:
    change_rules(sql, alert_to=["Care <care@wedsync.example>", "boss@wedsync.example"])
    world.turning("Elm")
    team.run("2026-06-09")
    team.new_mails()
    team.run(DAY)
    assert receivers(team) == {"care", "boss"}
    change_rules(sql, alert_to=[], alert_again_after_days=0)
    sql.execute("update team_alerts set status = 'pending', message_id = null; delete from outbox")
    team.run("2026-06-11")
    assert {f"{name}@wedsync.example" for name in receivers(team)} == {
        address.address for address in team.mail.alert_to
    }
