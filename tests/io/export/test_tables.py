"""The CSV export on a real Supabase, through the API: what is in it, and for whom."""

import datetime as dt

import pytest

from cs_core.base.errors import StoreError, UsageError
from cs_core.io.base.client import connect_person, connect_service
from cs_core.io.base.config import Settings
from cs_core.io.export.suppliers import export_filtered
from cs_core.io.export.tables import DATASETS, export_lines
from cs_core.suppliers.filter import SupplierFilter
from tests.support.exported import LEVELS, add_intervention, add_milestone, add_score, exported

__all__ = ["add_intervention", "add_milestone", "add_score"]


# ---- what is in it ----


def test_health_holds_the_newest_score_of_active_suppliers(add_supplier, add_score, service):
    scored = add_supplier(business_name="Björn's “Alm”", category="venue")
    add_score(
        scored,
        "at_risk",
        last_login="2026-03-09T10:20:30.123456+02:00",
        recommendations=["-10% for clients", "Call"],
        login_recency_points=20.0,
        feature_adoption_score=50,
    )
    add_supplier(business_name="not scored yet")
    for status in ("paused", "churned"):
        add_score(add_supplier(business_name=status, status=status), "critical")
    add_score(add_supplier(status="trial", business_name="on trial"), "healthy")
    rows = exported(service, "health")
    assert sorted(row["business_name"] for row in rows[:2]) == ["Björn's “Alm”", "on trial"]
    assert [(row["business_name"], row["health_score"]) for row in rows[2:]] == [
        ("not scored yet", "")
    ]
    [row] = [row for row in rows if row["supplier_id"] == scored]
    assert row | {"calculated_at": ""} == {
        "supplier_id": scored,
        "business_name": "Björn's “Alm”",
        "category": "venue",
        "tier": "professional",
        "current_status": "active",
        "score_date": "2026-03-10",
        "health_score": "55",
        "risk_level": "at_risk",
        "last_login": "2026-03-09T08:20:30Z",
        "login_recency_points": "20",
        "feature_adoption_points": "",
        "client_activity_points": "",
        "form_completion_points": "",
        "journey_performance_points": "",
        "feature_adoption_score": "50",
        "client_engagement_score": "",
        "form_completion_score": "",
        "journey_performance_score": "",
        "features_used": "4",
        "features_core": "8",
        "clients_active": "3",
        "clients_known": "12",
        "forms_sent": "0",
        "forms_completed": "0",
        "steps_due": "0",
        "steps_completed": "0",
        "recommendations": "'-10% for clients | Call",
        "scorecard_version": "1",
        "as_of": "2026-03-10T22:00:00Z",
        "calculated_at": "",
        "monthly_revenue": "0",
        "owner": "",
        "score_change_7_days": "",
        "planned_interventions": "0",
    }


def test_health_as_of_a_day_holds_what_was_stored_for_that_day(add_supplier, add_score, service):
    left = add_supplier(business_name="left since", status="churned")
    stayed = add_supplier(business_name="stayed")
    add_score(left, "critical", "2026-02-01", current=False)
    add_score(stayed, "at_risk", "2026-02-01", current=False)
    add_score(stayed, "healthy", "2026-02-02")
    rows = exported(service, "health", as_of=dt.date(2026, 2, 1))
    assert {(row["business_name"], row["risk_level"]) for row in rows} == {
        ("left since", "critical"),
        ("stayed", "at_risk"),
    }
    at_risk = exported(service, "health", as_of=dt.date(2026, 2, 1), risk_level="at_risk")
    assert [row["supplier_id"] for row in at_risk] == [stayed]


def test_a_past_day_has_the_change_of_that_day(add_supplier, add_score, service, sql):
    supplier = add_supplier()
    for day, score in (("2026-02-01", 80), ("2026-02-08", 50), ("2026-02-09", 20)):
        add_score(supplier, day=day, health_score=score, current=day == "2026-02-09")
        sql.execute("select private.note_day(%s)", (day,))
    for day, change in ((1, ""), (8, "-30"), (9, "-60")):
        [row] = exported(service, "health", as_of=dt.date(2026, 2, day))
        assert row["score_change_7_days"] == change


def test_the_button_and_the_command_line_have_the_same_columns_and_suppliers(
    add_supplier, add_score, service
):
    add_score(add_supplier(), "critical")
    add_supplier(business_name="not scored")
    of_the_button = list(export_filtered(service, SupplierFilter()))
    of_the_command = list(export_lines(service, "health"))
    assert of_the_button == of_the_command


def test_both_forms_of_health_have_the_same_columns(sql, service):
    [newest] = export_lines(service, "health")
    [of_a_day] = export_lines(service, "health", as_of=dt.date(2026, 2, 1))
    assert newest == of_a_day


@pytest.mark.parametrize("level", LEVELS)
def test_health_of_one_level_holds_that_level_only(add_supplier, add_score, service, level):
    ids = {each: add_supplier() for each in LEVELS}
    for each, supplier_id in ids.items():
        add_score(supplier_id, each)
    assert [row["supplier_id"] for row in exported(service, "health", risk_level=level)] == [
        ids[level]
    ]


def test_interventions_hold_what_was_created_up_to_the_end_of_the_day(
    add_supplier, add_intervention, service
):
    supplier = add_supplier()
    last = add_intervention(supplier, "2026-03-10T23:59:59.999999Z", status="sent")
    next_day = add_intervention(supplier, "2026-03-11T00:00:00Z")
    rows = exported(service, "interventions", as_of=dt.date(2026, 3, 10))
    assert [(row["intervention_id"], row["status"]) for row in rows] == [(last, "sent")]
    everything = exported(service, "interventions")
    assert {row["intervention_id"] for row in everything} == {last, next_day}


def test_milestones_hold_what_was_achieved_up_to_the_end_of_the_day(
    add_supplier, add_milestone, service
):
    supplier = add_supplier()
    add_milestone(supplier, "on the day", "2026-03-10T23:59:59.999999Z")
    add_milestone(supplier, "a day later", "2026-03-11T00:00:00Z")
    [row] = exported(service, "milestones", as_of=dt.date(2026, 3, 10))
    assert row["milestone_type"] == "on the day"
    assert row["achieved_at"] == "2026-03-10T23:59:59Z"
    assert row["celebrated"] == "false"
    assert len(exported(service, "milestones")) == 2


def test_risk_filters_the_others_by_the_suppliers_present_level(
    add_supplier, add_score, add_intervention, add_milestone, service
):
    for level in LEVELS:
        supplier = add_supplier(business_name=level)
        add_score(supplier, level)
        add_intervention(supplier)
        add_milestone(supplier)
    unscored = add_supplier(business_name="unscored")
    add_intervention(unscored)
    for dataset in ("interventions", "milestones"):
        [row] = exported(service, dataset, risk_level="critical")
        assert (row["business_name"], row["current_risk_level"]) == ("critical", "critical")
    levels = {row["current_risk_level"] for row in exported(service, "interventions")}
    assert levels == {*LEVELS, ""}


def test_no_export_holds_contact_data(
    add_supplier, add_score, add_intervention, add_milestone, service
):
    supplier = add_supplier(
        contact_name="Morgan Rowan", email="morgan@example.com", phone="+44 7700 900107"
    )
    add_score(supplier)
    add_milestone(supplier)
    add_intervention(
        supplier,
        subject="Hello Morgan Rowan",
        body="Your number: +44 7700 900107",
        last_error="550 morgan@example.com: no such mailbox",
    )
    for dataset in DATASETS:
        lines = list(export_lines(service, dataset))
        assert len(lines) == 2
        for contact in ("Morgan", "morgan@", "7700"):
            assert contact not in "".join(lines)


def test_a_name_that_is_a_formula_is_defused(add_supplier, add_score, service):
    add_score(add_supplier(business_name='=HYPERLINK("https://evil.example","x")'))
    [row] = exported(service, "health")
    assert row["business_name"] == '\'=HYPERLINK("https://evil.example","x")'


# ---- who may ----


def test_an_analyst_gets_the_same_rows_and_a_stranger_only_the_header(
    add_supplier, add_score, add_intervention, add_milestone, add_person, settings, service
):
    supplier = add_supplier()
    add_score(supplier)
    add_intervention(supplier)
    add_milestone(supplier)
    analyst = connect_person(settings, add_person("ana@wedsync.example", "analyst")["access_token"])
    stranger = connect_person(settings, add_person("eve@wedsync.example")["access_token"])
    for dataset in DATASETS:
        everything = list(export_lines(service, dataset))
        assert len(everything) == 2
        assert list(export_lines(analyst, dataset)) == everything
        assert list(export_lines(stranger, dataset)) == everything[:1]


# ---- bad input ----


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"dataset": "suppliers"}, "choose health, interventions or milestones"),
        ({"dataset": "health", "risk_level": "bad"}, "choose critical, at_risk or healthy"),
        ({"dataset": "health", "as_of": dt.date(2999, 1, 1)}, "--as-of 2999-01-01 lies in the"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_read(service, how, message):
    with pytest.raises(UsageError, match=message):
        export_lines(service, **how)


def test_a_supabase_that_is_not_there_is_a_store_error():
    client = connect_service(
        Settings("http://127.0.0.1:9", "sb_publishable_x", "sb_secret_x", "http://localhost")
    )
    lines = export_lines(client, "health")
    next(lines)
    with pytest.raises(StoreError, match=r"Exporting health failed: Supabase does not answer"):
        next(lines)
