"""Whole stories: weeks of daily runs over one supplier's life, with real mail."""

import datetime as dt
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.support.morning import Team

AddEvents = Callable[..., None]


@pytest.fixture
def photographer(add_supplier: Callable[..., str], add_events: AddEvents, sql: Any) -> str:
    """The photographer of the design: signs up, finishes set-up, then stays away."""
    sql.execute("insert into core_features values ('calendar', '*'), ('invoicing', '*')")
    supplier = add_supplier(
        business_name="Rowan & Fox Photography",
        contact_name="Morgan Rowan",
        email="morgan@rowanfox.example",
        category="photographer",
        timezone="Europe/London",
        signed_up_at="2026-06-01T09:00:00Z",
        onboarded_at="2026-06-02T11:00:00Z",
    )
    add_events(
        (supplier, "login", None, "2026-06-01T09:05:00Z"),
        (supplier, "client_added", "c1", "2026-06-01T09:30:00Z"),
        (supplier, "client_active", "c1", "2026-06-01T18:00:00Z"),
        (supplier, "login", None, "2026-06-02T10:30:00Z"),
        (supplier, "feature_used", "calendar", "2026-06-02T10:40:00Z"),
    )
    return supplier


def test_the_silent_photographer_is_contacted_comes_back_and_is_celebrated(
    photographer: str, team: Team, add_events: AddEvents, sql: Any
) -> None:
    team.run_days("2026-06-02", "2026-06-09")
    welcome = team.new_mails()
    # Set-up finished on the 2nd, noticed and celebrated on the 3rd; nothing else was mailed.
    assert [mail["To"].addresses[0].addr_spec for mail in welcome] == ["morgan@rowanfox.example"]
    assert team.milestone(photographer, "onboarding_finished")["celebrated"] is True
    assert team.contacts(photographer, playbook="silent_after_set_up") == []

    # The last login was on the 2nd at 10:30: on the 10th that is more than 7 days ago.
    team.run("2026-06-10")
    (tips,) = team.new_mails()
    assert "Morgan" in tips.get_body(("plain",)).get_content()
    email, call = sorted(
        team.contacts(photographer, playbook="silent_after_set_up"),
        key=lambda c: c["type"] != "email",
    )
    assert (email["type"], email["status"], email["subject"]) == ("email", "sent", tips["Subject"])
    assert (call["type"], call["status"], call["call_type"]) == ("call", "planned", "check_in")
    # Thursday, 10:00 in London, where it is summer.
    assert call["scheduled_for"] == "2026-06-11T09:00:00+00:00"
    # The score fell by that as well: a second reason for the same call.
    reason, second = call["cause"]["reasons"]
    assert second["playbook"] == "sharp_drop"
    assert (reason["playbook"], reason["version"]) == ("silent_after_set_up", 1)
    assert (reason["score"], reason["drivers"][0]["measure"]) == (
        sql.execute("select health_score from current_health").fetchone()[0],
        "login_recency",
    )
    queue = sql.execute(
        "select type, intervention_id::text, completed_at from support_interactions"
    ).fetchall()
    assert queue == [("check_in", call["id"], None)]

    add_events((photographer, "login", None, "2026-06-10T15:00:00Z"))
    team.run("2026-06-11")
    (call,) = team.made(photographer, type="call")
    assert (call["status"], call["reason"]) == ("cancelled", "recovered")
    assert sql.execute(
        "select cancelled_at is not null, completed_at from support_interactions"
    ).fetchall() == [(True, None)]

    add_events(
        *(
            (photographer, "client_added", f"c{number}", f"2026-06-15T12:{number:02}:00Z")
            for number in range(2, 11)
        ),
        *(
            (photographer, "login", None, f"2026-06-{day}T12:00:00Z")
            for day in (11, 13, 15, 17, 19, 21)
        ),
    )
    team.run_days("2026-06-12", "2026-06-22")
    ten = team.milestone(photographer, "ten_clients")
    assert (ten["achieved_at"], ten["celebrated"]) == ("2026-06-15T12:10:00+00:00", True)
    in_app, mail = sorted(
        team.contacts(photographer, milestone_type="ten_clients"),
        key=lambda c: c["type"] == "email",
    )
    assert (in_app["type"], in_app["status"]) == ("in_app", "sent")
    # The tips of the 10th are less than 7 days ago.
    assert (mail["status"], mail["reason"]) == ("suppressed", "frequency_cap")
    shown = sql.execute(
        "select title from in_app_messages where id = %s", (in_app["id"],)
    ).fetchone()
    assert shown == (in_app["subject"],)
    # No further mail in those days, and no alert either.
    assert team.new_mails() == []


def test_the_opted_out_venue_is_called_and_not_mailed(
    add_supplier: Callable[..., str], add_events: AddEvents, team: Team
) -> None:
    venue = add_supplier(
        business_name="Larch Barn",
        email="hello@larchbarn.example",
        category="venue",
        signed_up_at="2025-03-01T00:00:00Z",
        onboarded_at="2025-03-02T00:00:00Z",
        email_opt_out=True,
    )
    add_events((venue, "login", None, "2026-06-01T12:00:00Z"))
    team.run_days("2026-06-08", "2026-06-12")
    assert team.new_mails() == []
    contacts = {
        c["type"]: c
        for c in team.contacts(venue, playbook="silent_after_set_up")
        if c["reason"] != "cool_down"
    }
    assert (contacts["email"]["status"], contacts["email"]["reason"]) == ("suppressed", "opt_out")
    assert contacts["call"]["status"] == "planned"
    # One row says that the playbook is cooling down, however many days it is.
    cooling = team.contacts(venue, playbook="silent_after_set_up", reason="cool_down")
    assert len(cooling) == 1


def test_the_flapping_florist_is_called_once_and_told_of_once(
    add_supplier: Callable[..., str], add_events: AddEvents, team: Team, sql: Any
) -> None:
    sql.execute("insert into core_features values ('calendar', '*'), ('forms', '*'), ('maps', '*')")
    florist = add_supplier(
        business_name="Stem & Vine",
        email="hi@stemvine.example",
        category="florist",
        signed_up_at="2025-03-01T00:00:00Z",
    )
    # A third of the features and no client active: 47 points while the last login is fresh, 35
    # once it is three days old. It comes back every four days.
    add_events(
        (florist, "feature_used", "calendar", "2026-06-01T12:00:00Z"),
        (florist, "client_added", "c", "2026-03-01T12:00:00Z"),
        *((florist, "login", None, f"2026-06-{day:02}T12:00:00Z") for day in range(1, 24, 4)),
    )
    team.run_days("2026-06-02", "2026-06-24")
    turned = sql.execute(
        "select score_date::text from transitions where to_level = 'critical' order by 1"
    ).fetchall()
    assert len(turned) >= 4
    assert len(team.made(florist, type="call")) == 1
    alerts = sql.execute(
        "select score_date::text, status, reason from team_alerts order by score_date"
    ).fetchall()
    assert [day for day, _, _ in alerts] == [day for (day,) in turned]
    told = [dt.date.fromisoformat(day) for day, status, _ in alerts if status == "queued"]
    assert all((later - earlier).days >= 7 for earlier, later in pairwise(told))
    assert all(reason for _, status, reason in alerts if status == "suppressed")
    to_team = [m for m in team.new_mails() if "cs-team@wedsync.example" in m["To"]]
    assert len(to_team) == len(told)
    assert "Stem & Vine" in to_team[0].get_body(("plain",)).get_content()


def test_the_trial_that_ends_unhappily_gets_an_upgrade_call_and_a_healthy_one_does_not(
    add_supplier: Callable[..., str], add_events: AddEvents, team: Team, sql: Any
) -> None:
    sql.execute("insert into core_features values ('calendar', '*')")
    trial = {
        "status": "trial",
        "signed_up_at": "2026-06-01T00:00:00Z",
        "trial_ends_at": "2026-06-20T06:00:00Z",
        "timezone": "America/New_York",
    }
    idle = add_supplier(business_name="Idle Trial", email="a@idle.example", **trial)
    keen = add_supplier(business_name="Keen Trial", email="b@keen.example", **trial)
    for supplier in (idle, keen):
        add_events((supplier, "client_added", "c", "2026-06-01T12:00:00Z"))
    add_events(
        (idle, "login", None, "2026-06-12T12:00:00Z"),
        *((keen, "login", None, f"2026-06-{day}T12:00:00Z") for day in range(10, 20)),
        *((keen, "feature_used", "calendar", f"2026-06-{day}T12:00:00Z") for day in range(10, 20)),
        *((keen, "client_active", "c", f"2026-06-{day}T12:00:00Z") for day in range(10, 20)),
    )
    team.run_days("2026-06-14", "2026-06-16")
    assert team.contacts(idle, playbook="trial_ending") == []  # four days left
    team.run("2026-06-17")
    (call,) = team.contacts(idle, playbook="trial_ending")
    assert (call["status"], call["call_type"]) == ("planned", "upgrade_discussion")
    assert call["scheduled_for"] == "2026-06-18T14:00:00+00:00"  # Thursday, 10:00 in New York
    assert team.contacts(keen, playbook="trial_ending") == []
    sql.execute("update suppliers set status = 'active' where id = %s", (idle,))
    team.run("2026-06-18")
    (call,) = team.contacts(idle, playbook="trial_ending")
    assert (call["status"], call["reason"]) == ("cancelled", "recovered")


def test_mail_waits_for_a_server_that_refuses_for_a_day(
    photographer: str, team: Team, sql: Any
) -> None:
    team.run_days("2026-06-02", "2026-06-09")
    assert len(team.new_mails()) == 1
    team.mail_server("refuse")
    team.run("2026-06-10")
    (email,) = team.contacts(photographer, type="email", playbook="silent_after_set_up")
    assert (email["status"], email["attempts"]) == ("planned", 1)
    assert "451" in email["last_error"]
    night = dt.datetime(2026, 6, 10, 18, tzinfo=dt.UTC)
    team.send(night)
    assert team.new_mails() == []
    team.mail_server("accept")
    team.run("2026-06-11")
    (tips,) = team.new_mails()
    (email,) = team.made(photographer, type="email", playbook="silent_after_set_up")
    assert (email["status"], email["attempts"], email["last_error"]) == ("sent", 3, None)
    assert email["sent_at"] == "2026-06-11T06:00:00+00:00"
    assert sql.execute("select count(*) from outbox where status <> 'sent'").fetchone() == (0,)
    assert email["message_id"] in tips["Message-ID"]
