"""Contacts at the edges: caps that free up, suppliers that leave, other scorecards, odd rows."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from cs_core.io.run.request import RunResult
from tests.support.defaults import DEFAULT_SCORECARD
from tests.support.morning import Team, morning_of

AddSupplier = Callable[..., str]
AddEvents = Callable[..., None]


@pytest.fixture
def silent(add_supplier: AddSupplier, add_events: AddEvents) -> str:
    """Set up long ago, last seen on the 1st of June at noon."""
    supplier = add_supplier(
        business_name="Larch Barn",
        contact_name="Lou Larch",
        email="lou@larchbarn.example",
        signed_up_at="2025-01-01T00:00:00Z",
        onboarded_at="2025-01-02T00:00:00Z",
    )
    add_events((supplier, "login", None, "2026-06-01T12:00:00Z"))
    return supplier


def publish_scorecard(sql: Any, day: str, and_undo_it: bool = False) -> None:
    """Publish one that gives nearly everything for logins, and perhaps the default one again."""
    definition = DEFAULT_SCORECARD.to_dict()
    definition["measures"]["login_recency"] |= {
        "weight": 90,
        "steps": [{"under_days": 3, "points": 90}],
    }
    for name in ("feature_adoption", "client_activity"):
        definition["measures"][name]["weight"] = 5
    for name in ("form_completion", "journey_performance"):
        definition["measures"][name]["weight"] = 0
    sql.execute(
        "insert into scorecards (version, definition, published_at) values (2, %s, %s)",
        (json.dumps(definition), f"{day}T00:00:00Z"),
    )
    if and_undo_it:
        sql.execute(
            "insert into scorecards (version, definition, published_at)"
            " select 3, definition, %s from scorecards where version = 1",
            (f"{day}T01:00:00Z",),
        )


def test_an_email_that_the_cap_held_back_goes_out_once_there_is_room(
    silent: str, team: Team, sql: Any
) -> None:
    # A mail of the 5th takes the slot until the 11th.
    sql.execute(
        "insert into interventions (supplier_id, type, playbook, status, scheduled_for, sent_at,"
        " dedupe_key, created_at) values (%s, 'email', 'other', 'sent', %s, %s, 'k', %s)",
        (silent, *[morning_of("2026-06-05")] * 3),
    )
    team.run_days("2026-06-09", "2026-06-11")
    [held] = team.contacts(silent, type="email", playbook="silent_after_set_up")
    assert (held["status"], held["reason"]) == ("suppressed", "frequency_cap")
    [call] = team.made(silent, type="call")
    assert call["created_at"] == "2026-06-09T06:00:00+00:00"
    team.run("2026-06-12")
    [mail] = team.made(silent, type="email", playbook="silent_after_set_up")
    assert (mail["status"], mail["score_date"]) == ("sent", "2026-06-12")
    assert len(team.new_mails()) == 1
    team.run_days("2026-06-13", "2026-06-20")
    assert team.new_mails() == []
    assert len(team.made(silent, type="call")) == 1


def test_a_mail_that_waits_is_cancelled_when_its_supplier_leaves(
    silent: str, team: Team, sql: Any
) -> None:
    team.mail_server("refuse")
    team.run("2026-06-09")
    sql.execute("update suppliers set status = 'churned', churned_at = '2026-06-09T12:00Z'")
    team.mail_server("accept")
    team.run("2026-06-10")
    assert team.new_mails() == []
    found = {(c["type"], c["status"], c["reason"]) for c in team.contacts(silent)}
    assert {
        ("email", "cancelled", "supplier_left"),
        ("call", "cancelled", "supplier_left"),
    } <= found


def test_another_scorecard_moves_levels_and_alarms_nobody(
    silent: str, team: Team, add_events: AddEvents, sql: Any
) -> None:
    sql.execute("insert into core_features values ('calendar', '*')")
    add_events(
        (silent, "login", None, "2026-06-04T12:00:00Z"),
        (silent, "feature_used", "calendar", "2026-06-04T12:00:00Z"),
        (silent, "client_active", "c", "2026-06-04T12:00:00Z"),
    )
    team.run_days("2026-06-07", "2026-06-08")
    publish_scorecard(sql, "2026-06-09")
    team.run("2026-06-09")
    turned = sql.execute("select from_level, to_level from transitions").fetchall()
    assert turned == [("healthy", "critical")]
    assert team.made(silent, type="call") == []
    assert sql.execute("select count(*) from team_alerts").fetchone() == (0,)


def test_a_scorecard_that_was_changed_and_changed_back_hides_nobody_who_turned_critical(
    add_supplier: Callable[..., str], team: Team, add_events: AddEvents, sql: Any
) -> None:
    sql.execute("insert into core_features values ('calendar', '*'), ('forms', '*'), ('maps', '*')")
    turning = add_supplier(signed_up_at="2025-01-01T00:00:00Z")
    add_events(
        (turning, "client_added", "c", "2026-03-01T12:00:00Z"),
        (turning, "login", None, "2026-06-05T18:00:00Z"),
        (turning, "feature_used", "calendar", "2026-06-05T18:00:00Z"),
    )
    team.run_days("2026-06-07", "2026-06-08")
    publish_scorecard(sql, "2026-06-09", and_undo_it=True)
    team.run("2026-06-09")
    turned = sql.execute("select from_level, to_level from transitions").fetchall()
    assert turned == [("at_risk", "critical")]
    assert [call["status"] for call in team.made(turning, type="call")] == ["planned"]
    assert sql.execute("select count(*) from team_alerts").fetchone() == (1,)


def test_an_alert_that_a_stopped_run_left_is_dropped_when_the_supplier_recovered(
    silent: str, team: Team, add_events: AddEvents, sql: Any
) -> None:
    team.run("2026-06-05")
    sql.execute(
        "insert into transitions values (%s, '2026-06-04', 'healthy', 'critical', 80, 20)",
        (silent,),
    )
    sql.execute(
        "insert into team_alerts (supplier_id, score_date) values (%s, '2026-06-04')", (silent,)
    )
    sql.execute("update current_health set risk_level = 'healthy'")
    sql.execute("insert into core_features values ('calendar', '*')")
    add_events(
        (silent, "login", None, "2026-06-05T12:00:00Z"),
        (silent, "feature_used", "calendar", "2026-06-05T12:00:00Z"),
        (silent, "client_active", "c", "2026-06-05T12:00:00Z"),
    )
    team.run("2026-06-06")
    alert = sql.execute("select status, reason from team_alerts").fetchone()
    assert alert == ("suppressed", "not critical any more")
    assert [m for m in team.new_mails() if "cs-team" in m["To"]] == []


def test_a_broken_playbook_is_left_out_and_the_others_do_their_work(
    silent: str, team: Team, sql: Any
) -> None:
    (good,) = sql.execute("select definition from playbooks where name = 'sharp_drop'").fetchone()
    broken = good | {"conditions": [{"field": "nope", "is": 1}]}
    for name, enabled in (("zz_odd", True), ("zz_off", False)):
        sql.execute(
            "insert into playbooks (name, version, definition) values (%s, 2, %s)",
            (name, json.dumps(broken | {"enabled": enabled})),
        )
    done: RunResult = team.run("2026-06-09")
    [warning] = done.warnings
    assert warning.startswith("Playbook zz_odd version 2 is left out.")
    assert "nope" in warning
    assert len(team.new_mails()) == 1


def test_a_revenue_that_is_no_number_stops_nothing(silent: str, team: Team, sql: Any) -> None:
    sql.execute("alter table suppliers drop constraint monthly_revenue_is_an_amount")
    try:
        sql.execute("update suppliers set monthly_revenue = 'NaN'")
        assert team.run("2026-06-09").totals["suppliers_scored"] == 1
    finally:
        sql.execute("delete from suppliers")
        sql.execute(
            "alter table suppliers add constraint monthly_revenue_is_an_amount"
            " check (monthly_revenue >= 0 and monthly_revenue < 'NaN')"
        )


def test_one_message_that_cannot_be_stored_holds_back_no_other(
    silent: str, team: Team, add_supplier: AddSupplier, add_events: AddEvents, sql: Any
) -> None:
    other = add_supplier(
        business_name="Fox & Co",
        email="fox@fox.example",
        signed_up_at="2025-01-01T00:00:00Z",
        onboarded_at="2025-01-02T00:00:00Z",
    )
    add_events((other, "login", None, "2026-06-01T12:00:00Z"))
    sql.execute(
        "alter table outbox add constraint none_to_fox check (to_address <> 'fox@fox.example')"
    )
    try:
        team.run("2026-06-09")
    finally:
        sql.execute("alter table outbox drop constraint none_to_fox")
    assert [mail["To"].addresses[0].addr_spec for mail in team.new_mails()] == [
        "lou@larchbarn.example"
    ]
    [failed] = team.contacts(other, type="email")
    assert failed["status"] == "failed"
    assert "none_to_fox" in failed["last_error"]


@pytest.mark.parametrize(
    "zone",
    ["Europe/Lodnon", "america/new_york", "Europe/London+3", "foo", "../etc/passwd", "EST+5"],
)
def test_a_time_zone_that_is_none_is_refused_where_it_is_entered(
    zone: str, add_supplier: AddSupplier
) -> None:
    with pytest.raises(psycopg.Error, match="no time zone; use a name such as Europe/London"):
        add_supplier(timezone=zone)


def test_a_row_whose_time_zone_is_known_no_more_can_still_be_changed(
    add_supplier: AddSupplier, sql: Any
) -> None:
    old, other = add_supplier(), add_supplier(timezone="Europe/London")
    # As it would be after the list of zones lost one.
    with sql.transaction():
        sql.execute("set local session_replication_role = replica")
        sql.execute("update suppliers set timezone = 'Europe/Atlantis' where id = %s", (old,))
    sql.execute("update suppliers set monthly_revenue = 5")
    sql.execute("update suppliers set timezone = timezone, phone = '1'")
    for supplier in (old, other):
        with pytest.raises(psycopg.Error, match="Europe/Lemuria is no time zone"):
            sql.execute(
                "update suppliers set timezone = 'Europe/Lemuria' where id = %s", (supplier,)
            )
    # Entered anew it is refused, also beside one that keeps it.
    with pytest.raises(psycopg.Error, match="Europe/Atlantis is no time zone"):
        sql.execute("update suppliers set timezone = 'Europe/Atlantis'")
    sql.execute("update suppliers set timezone = 'Asia/Tokyo' where id = %s", (old,))
    zones = sql.execute("select timezone, monthly_revenue from suppliers order by 1").fetchall()
    assert zones == [("Asia/Tokyo", 5), ("Europe/London", 5)]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Argentina/Buenos_Aires"])
def test_a_time_zone_of_the_list_is_taken(zone: str, add_supplier: AddSupplier) -> None:
    assert add_supplier(timezone=zone)


@pytest.mark.parametrize(
    ("refused_on", "dropped_on", "party_on", "status", "reason"),
    [
        (None, "2026-06-09", "2026-06-15", "suppressed", "frequency_cap"),
        (None, "2026-06-09", "2026-06-16", "sent", None),
        # It counts from the day it may have arrived on, not from the day it was decided.
        ("2026-06-09", "2026-06-11", "2026-06-17", "suppressed", "frequency_cap"),
        ("2026-06-09", "2026-06-11", "2026-06-18", "sent", None),
    ],
)
def test_a_mail_that_may_have_arrived_takes_its_slot(
    silent: str,
    team: Team,
    sql: Any,
    refused_on: str | None,
    dropped_on: str,
    party_on: str,
    status: str,
    reason: str | None,
) -> None:
    sql.execute(
        "update suppliers set signed_up_at = %s::timestamptz - interval '1 year'", (party_on,)
    )
    if refused_on:
        team.mail_server("refuse")
        team.run(refused_on)
    team.mail_server("drop")
    team.run(dropped_on)
    [mail] = team.made(silent, type="email")
    assert (mail["status"], mail["may_have_arrived"]) == ("failed", True)
    assert mail["sent_at"].startswith(dropped_on)
    team.mail_server("accept")
    team.run(party_on)
    [party] = team.contacts(silent, type="email", milestone_type="one_year")
    assert (party["status"], party["reason"]) == (status, reason)
    assert len(team.new_mails()) == (status == "sent")
