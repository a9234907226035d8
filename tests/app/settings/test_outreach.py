"""The outreach rules as admins steer them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_core.base.errors import StoreError
from cs_core.io.definitions import rules as rules_store
from cs_core.io.definitions import versions
from tests.app.settings.settings_page import SETTINGS, ada, field, note, publish
from tests.support.dashboard import as_seen, plain
from tests.support.supplier_rows import add_known_supplier

__all__ = ["ada"]


@pytest.fixture
def open_rules(open_settings: Callable[..., AppTest]) -> Callable[..., AppTest]:
    return partial(open_settings, "outreach")


def rules(sql: Any) -> dict[str, Any]:
    row = sql.execute(
        "select definition from outreach_rules order by version desc limit 1"
    ).fetchone()
    return dict(row[0])


def add_waiting(sql: Any, supplier: str, due_at: datetime, key: str = "k") -> None:
    """A planned e-mail of a playbook."""
    sql.execute(
        "insert into interventions (supplier_id, type, playbook, template, dedupe_key, status,"
        " scheduled_for) values (%s, 'email', 'x', 'check_in', %s, 'planned', %s)",
        (supplier, key, due_at),
    )


def publish_behind_the_back(sql: Any, who: str, **changes: Any) -> None:
    sql.execute(
        "insert into outreach_rules (version, definition, note, published_at, published_by)"
        " select version + 1, definition || %s, 'By hand', now(), %s from outreach_rules"
        " order by version desc limit 1",
        (json.dumps(changes), who),
    )


# ============ what is there ============


def test_the_rules_in_force_are_shown_in_fields(open_rules: Callable[..., AppTest]) -> None:
    page = open_rules()
    assert "Version 1 is in force the default" in plain(page)
    assert field(page, "number_input", "-emails").value == 1
    assert field(page, "number_input", "-days").value == 7
    assert not field(page, "toggle", "-quiet").value
    assert field(page, "time_input", "-call_time").value == time(10)
    assert not [one for one in page.button if one.key == "publish"]


def test_where_nobody_is_named_the_addresses_of_the_server_are_said(
    open_rules: Callable[..., AppTest], stack: Any
) -> None:
    assert stack.env["CS_ALERT_TO"] in plain(open_rules())


def test_an_analyst_sees_nothing_of_it(open_page: Callable[..., AppTest], analyst: str) -> None:
    page = open_page(analyst, SETTINGS, part="outreach")
    assert page.info[0].value.startswith("Only people with the role admin")
    assert not page.number_input


def test_when_the_rules_cannot_be_read_the_page_says_so(
    cookie: str, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError(what="Reading the outreach rules", reason="Supabase does not answer")

    monkeypatch.setattr(versions, "call", fail)
    page = open_page(cookie, SETTINGS, part="outreach")
    assert "Reading the outreach rules failed" in as_seen(page.error[0].value)
    assert not page.exception


def test_stored_rules_that_cannot_be_used_are_named(
    open_rules: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    publish_behind_the_back(sql, ada["id"], holidays=["soon"])
    page = open_rules()
    assert "Version 2, which is stored, cannot be used" in as_seen(page.error[0].value)
    assert "must be a date such as 2026-12-25" in as_seen(page.error[0].value)
    assert field(page, "number_input", "-emails").value == 1


# ============ as it is typed ============


@pytest.mark.parametrize(
    ("kind", "name", "value", "words"),
    [
        ("number_input", "-emails", -1.0, "Must be a whole number from 0 (no e-mail at all) to"),
        ("number_input", "-days", 400.0, "Must be a whole number from 1 to 365, not 400."),
        ("number_input", "-days", None, "Must be a whole number from 1 to 365; it is empty."),
        ("text_area", "-holidays", "2026-12-25\n25.12.2026", "Must be a date such as 2026-12-25"),
        ("text_area", "-holidays", "<b>", "not '<b>'"),
        ("text_area", "-alert_to", "care@wedsync", "Has a domain without a dot; it must be like"),
        ("number_input", "-alert_again_after_days", 0.5, "Must be a whole number from 0 to 365"),
        ("number_input", "-celebrate_within_days", 999.0, "Must be a whole number from 0 to 365"),
        ("button_group", "-working_days", [], "Choose one day of the week at least."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    kind: str, name: str, value: Any, words: str, open_rules: Callable[..., AppTest]
) -> None:
    page = open_rules()
    field(page, kind, name).set_value(value).run()
    assert not page.exception
    assert words in plain(page)
    assert page.button(key="publish").disabled


def test_quiet_hours_begin_with_what_is_usual_and_leave_an_hour_at_least(
    open_rules: Callable[..., AppTest],
) -> None:
    page = open_rules()
    field(page, "toggle", "-quiet").set_value(True).run()
    assert field(page, "time_input", "quiet-from").value == time(20)
    assert field(page, "time_input", "quiet-until").value == time(8)
    field(page, "time_input", "quiet-until").set_value(time(19, 30)).run()
    assert "Must leave an hour before 20:00 at least" in plain(page)
    assert page.button(key="publish").disabled


def test_a_list_of_days_can_be_pasted_and_a_day_added(
    open_rules: Callable[..., AppTest], sql: Any
) -> None:
    page = open_rules()
    pasted = "2026-12-26, 2026-12-25\n2026-12-25"
    field(page, "text_area", "-holidays").set_value(pasted).run()
    field(page, "date_input", "-add-day").set_value(datetime(2027, 1, 1).date()).run()
    field(page, "button", "-add").click().run()
    assert "3 days: Fri 25 Dec 2026, Sat 26 Dec 2026, Fri 1 Jan 2027." in plain(page)
    publish(page, "Christmas")
    assert rules(sql)["holidays"] == ["2026-12-25", "2026-12-26", "2027-01-01"]


def test_rules_that_leave_no_day_for_calls_are_refused(open_rules: Callable[..., AppTest]) -> None:
    page = open_rules()
    today = datetime.now(UTC).date()
    days = "\n".join((today + timedelta(days=n)).isoformat() for n in range(420))
    field(page, "text_area", "-holidays").set_value(days).run()
    assert "Leave no day for calls." in plain(page)
    assert page.button(key="publish").disabled


# ============ what it would do ============


def test_it_is_said_which_messages_would_leave_later(
    open_rules: Callable[..., AppTest], sql: Any
) -> None:
    supplier = add_known_supplier(sql, timezone="UTC")
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    late = datetime.combine(tomorrow, time(23), UTC)
    for n in range(12):
        add_waiting(sql, supplier, late, f"k{n}")
    page = open_rules()
    field(page, "toggle", "-quiet").set_value(True).run()
    assert "12 messages that wait now would leave" in plain(page)
    assert "08:00 instead of tomorrow 23:00." in plain(page)
    assert sql.execute("select count(*) from outreach_rules").fetchone() == (1,)


def test_it_is_said_how_many_a_cap_would_hold_back(
    open_rules: Callable[..., AppTest], sql: Any
) -> None:
    supplier = add_known_supplier(sql)
    add_known_supplier(sql, business_name="Ash")
    sql.execute(
        "insert into interventions (supplier_id, type, playbook, dedupe_key, status, sent_at)"
        " values (%s, 'email', 'x', 'k', 'sent', now() - interval '9 days')",
        (supplier,),
    )
    page = open_rules()
    field(page, "number_input", "-days").set_value(14.0).run()
    said = "1 supplier had as many e-mails as the cap allows; by the rules in force, 0 had."
    assert said in plain(page)
    field(page, "number_input", "-emails").set_value(0.0).run()
    assert "2 suppliers had as many e-mails as the cap allows" in plain(page)


def test_an_effect_that_cannot_be_found_out_leaves_the_edits(
    open_rules: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_rules()
    real = rules_store.call

    def fail(client: Any, what: str, function: str, *rest: Any, **how: Any) -> Any:
        if function == "waiting_messages":
            raise StoreError(what=what, reason="Supabase does not answer")
        return real(client, what, function, *rest, **how)

    with monkeypatch.context() as broken:
        broken.setattr(rules_store, "call", fail)
        field(page, "number_input", "-days").set_value(14.0).run()
        assert "could not be found out" in as_seen(page.error[0].value)
        assert not page.button(key="publish").disabled
    page.button(key="effect-again").click().run()
    assert not page.error
    assert field(page, "number_input", "-days").value == 14


# ============ publishing ============


def test_publishing_gives_a_new_version_in_the_admins_name(
    open_rules: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    page = open_rules()
    field(page, "toggle", "-quiet").set_value(True).run()
    addresses = "care@wedsync.example\nBoss <boss@wedsync.example>"
    field(page, "text_area", "-alert_to").set_value(addresses).run()
    page = publish(page, "Nights are quiet")
    assert as_seen(page.success[0].value) == "Version 2 of the outreach rules is in force."
    assert rules(sql)["quiet_hours"] == {"from": "20:00", "until": "08:00"}
    assert rules(sql)["alert_to"] == ["care@wedsync.example", "Boss <boss@wedsync.example>"]
    said = plain(page)
    assert "Version 2 is in force published by Ada Byron just now Nights are quiet" in said
    assert "Quiet hours: 20:00 to 08:00, was none" in said
    actor = sql.execute("select actor_id::text from audit_log order by id desc limit 1").fetchone()
    assert actor == (ada["id"],)


def test_who_is_late_is_told_and_can_go_on(
    open_rules: Callable[..., AppTest], sql: Any, add_person: Callable[..., dict[str, str]]
) -> None:
    page = open_rules()
    field(page, "number_input", "-days").set_value(14.0).run()
    grace = add_person("grace@wedsync.example", "admin")
    publish_behind_the_back(sql, grace["id"], call_time="09:00")
    page.run()
    assert "grace@wedsync.example published version 2 while you were editing" in (
        as_seen(page.warning[0].value)
    )
    assert "Calls at: 09:00, was 10:00" in as_seen(page.warning[0].value)
    assert page.button(key="publish").disabled
    page.button(key="bring-forward").click().run()
    publish(page, "Fewer")
    assert rules(sql)["email_cap"]["days"] == 14
    assert rules(sql)["call_time"] == "09:00"


def test_going_back_publishes_the_old_rules_as_a_new_version(
    open_rules: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    publish_behind_the_back(sql, ada["id"], call_time="09:00")
    page = open_rules()
    page.button(key="go-back-1").click().run()
    assert field(page, "time_input", "-call_time").value == time(10)
    page.button(key="publish").click().run()
    page.button(key="publish-sure").click().run()
    assert rules(sql)["call_time"] == "10:00"
    assert sql.execute("select max(version) from outreach_rules").fetchone() == (3,)


def test_somebody_who_is_no_admin_any_more_cannot_confirm(
    open_rules: Callable[..., AppTest], sql: Any
) -> None:
    page = open_rules()
    field(page, "number_input", "-days").set_value(14.0).run()
    note(page).set_value("x").run()
    page.button(key="publish").click().run()
    sql.execute("update user_profiles set role = 'analyst'")
    page.button(key="publish-sure").click().run()
    assert "Only people with the role admin" in page.info[0].value
    assert sql.execute("select count(*) from outreach_rules").fetchone() == (1,)
