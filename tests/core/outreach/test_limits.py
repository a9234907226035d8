"""What holds a contact back: one call at a time, the cap, the cool-down, the holdout."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from cs_core.outreach.plan import draw
from tests.support.outreach_plans import (
    ALL,
    CALL,
    DAY,
    EMAIL,
    IN_APP,
    MONDAY_10_US,
    NOON_US,
    contacts,
    emailed,
    fired,
    open_call,
    outcomes,
    playbook,
    rules,
    supplier,
)


def test_a_call_is_at_ten_where_the_supplier_is():
    zones = {"UTC": 10, "Europe/Berlin": 9, "Asia/Tokyo": 1, "Nowhere/Land": 10, None: 10}
    rows = [supplier(supplier_id=str(zone), timezone=zone) for zone in zones]
    found = contacts(rows, (playbook(actions=[CALL]),))
    hours = {c["supplier_id"]: (c["scheduled_us"] - MONDAY_10_US) / 3.6e9 + 10 for c in found}
    assert hours == {str(zone): hour for zone, hour in zones.items()}


def test_a_second_reason_does_not_make_a_second_call():
    first, second = (playbook(name, actions=[CALL]) for name in ("a", "b"))
    found = contacts([supplier()], (second, first))
    assert outcomes(found) == {("a", "call"): None, ("b", "call"): "open_call"}
    assert [c["scheduled_us"] for c in found] == [MONDAY_10_US, None]
    assert found[1]["dedupe_key"] == "b/2026-11-22/call"


def test_while_a_call_is_open_no_other_is_planned_for_that_supplier():
    rows = [supplier(supplier_id="s"), supplier(supplier_id="t")]
    found = contacts(rows, (playbook(actions=[CALL]),), open_calls=[open_call("|person|")])
    assert [(c["supplier_id"], c["status"], c["reason"]) for c in found] == [
        ("s", "suppressed", "open_call"),
        ("t", "planned", None),
    ]


def test_two_open_calls_neither_double_a_supplier_nor_plan_a_third():
    calls = [open_call(name="c"), open_call(name="d")]
    found = contacts([supplier()], (ALL,), open_calls=calls)
    assert outcomes(found) == {
        ("all", "email"): None,
        ("all", "call"): "open_call",
        ("all", "in_app"): None,
    }


@pytest.mark.parametrize(
    ("figures", "reason"),
    [
        ({"opted_out": True}, "opt_out"),
        ({"opted_out": None}, "opt_out"),
        ({"has_address": False}, "no_address"),
        ({"has_address": None}, "no_address"),
        ({"opted_out": True, "has_address": False}, "opt_out"),
    ],
)
def test_who_cannot_or_will_not_be_emailed_is_contacted_otherwise(figures, reason):
    found = contacts([supplier(**figures)], (ALL,), emails=[emailed(1)])
    assert outcomes(found) == {
        ("all", "email"): reason,
        ("all", "call"): None,
        ("all", "in_app"): None,
    }
    assert found[0]["dedupe_key"] == "all/2026-11-22/email"
    assert found[0]["scheduled_us"] is None


@pytest.mark.parametrize(
    ("cap", "sent", "reason"),
    [
        (1, 0, None),
        (1, 1, "frequency_cap"),
        (1, 2, "frequency_cap"),
        (2, 1, None),
        (2, 2, "frequency_cap"),
        (0, 0, "frequency_cap"),
    ],
)
def test_the_cap_just_below_at_and_above(cap, sent, reason):
    capped = rules(email_cap={"emails": cap, "days": 7})
    found = contacts([supplier()], (playbook(),), capped, emails=[emailed(sent)] if sent else [])
    assert outcomes(found) == {("tips", "email"): reason}


@pytest.mark.parametrize(
    ("cap", "planned"), [(0, []), (1, ["a"]), (2, ["a", "b"]), (9, ["a", "b", "c"])]
)
def test_the_most_important_playbooks_get_the_emails_there_are(cap, planned):
    playbooks = tuple(playbook(name, priority=n) for n, name in enumerate("abc"))
    found = contacts(
        [supplier(), supplier(supplier_id="t")],
        playbooks[::-1],
        rules(email_cap={"emails": cap, "days": 7}),
    )
    for name in "st":
        mine = [c for c in found if c["supplier_id"] == name]
        assert [c["playbook"] for c in mine if c["status"] == "planned"] == planned
        assert {c["reason"] for c in mine if c["status"] != "planned"} <= {"frequency_cap"}


def test_an_email_that_is_not_sent_takes_no_place_under_the_cap():
    held = playbook("held", priority=1, holdout_percent=100)
    cooling = playbook("cooling", priority=2)
    found = contacts(
        [supplier()], (held, cooling, playbook()), firings=[fired("cooling", "2026-11-20")]
    )
    assert outcomes(found) == {
        ("held", "email"): "holdout",
        ("cooling", "email"): "cool_down",
        ("tips", "email"): None,
    }


def test_a_capped_email_is_said_once_per_last_email_and_not_once_a_day():
    for day in (DAY, DAY + timedelta(days=1)):
        [found] = contacts([supplier()], (playbook(),), score_date=day, emails=[emailed(1)])
        assert found["dedupe_key"] == "tips/email/frequency_cap/2026-11-20"
    first = playbook("first", priority=1)
    found = contacts([supplier()], (first, playbook()))
    assert found[1]["dedupe_key"] == "tips/email/frequency_cap/2026-11-22"


def test_an_email_held_back_by_one_of_this_morning_is_said_once_also_after_midnight():
    # A run whose scores end at midnight contacts people on the day after.
    pair = (playbook("first", priority=1), playbook())
    after_midnight = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
    in_tokyo = after_midnight.astimezone(timezone(timedelta(hours=9)))
    for contact_at in (after_midnight, in_tokyo):
        found = contacts([supplier()], pair, contact_at=contact_at)
        assert found[0]["dedupe_key"] == "first/2026-11-22/email"
        assert found[1]["dedupe_key"] == "tips/email/frequency_cap/2026-11-23"
    # The next run finds that mail among those sent, and says the same.
    again = contacts([supplier()], (playbook(),), emails=[emailed(1, on="2026-11-23")])
    assert again[0]["dedupe_key"] == found[1]["dedupe_key"]


def test_where_no_email_is_allowed_at_all_that_is_said_once():
    none = rules(email_cap={"emails": 0, "days": 7})
    keys = {
        contacts([supplier()], (playbook(),), none, score_date=day)[0]["dedupe_key"]
        for day in (DAY, DAY + timedelta(days=1))
    }
    assert keys == {"tips/email/frequency_cap/off"}


@pytest.mark.parametrize(
    ("fired_on", "reasons"),
    [
        ("2026-11-08", [None]),
        ("2026-11-09", ["cool_down"]),
        ("2026-11-21", ["cool_down"]),
        ("2026-11-22", []),
        ("2026-11-23", []),
    ],
)
def test_a_playbook_cools_down_for_fourteen_days_and_a_repeated_run_is_silent(fired_on, reasons):
    found = contacts([supplier()], (playbook(),), firings=[fired("tips", fired_on)])
    assert [c["reason"] for c in found] == reasons


def test_a_playbook_that_cools_down_says_so_once_per_firing():
    firings = [fired("all", "2026-11-20")]
    for day in (DAY, DAY + timedelta(days=1)):
        [found] = contacts([supplier()], (ALL,), score_date=day, firings=firings)
        assert (found["type"], found["status"], found["reason"]) == (
            "email",
            "suppressed",
            "cool_down",
        )
        assert found["dedupe_key"] == "all/cool_down/2026-11-20"
        assert found["scheduled_us"] is None


def test_firings_of_other_suppliers_and_playbooks_do_not_cool_down():
    firings = [fired("tips", "2026-11-20", "t"), fired("other", "2026-11-20")]
    assert outcomes(contacts([supplier()], (playbook(),), firings=firings)) == {
        ("tips", "email"): None
    }


def test_a_supplier_in_the_holdout_is_left_alone_and_noted_action_by_action():
    held = playbook("all", actions=[EMAIL, CALL, IN_APP], holdout_percent=100)
    found = contacts([supplier(opted_out=True)], (held,), open_calls=[open_call()])
    assert {(c["arm"], c["status"], c["reason"]) for c in found} == {
        ("holdout", "suppressed", "holdout")
    }
    assert [c["dedupe_key"] for c in found] == [
        "all/2026-11-22/email",
        "all/2026-11-22/call",
        "all/2026-11-22/in_app",
    ]


def test_a_held_back_call_leaves_the_call_to_the_next_playbook():
    held = playbook("held", priority=1, actions=[CALL], holdout_percent=100)
    found = contacts([supplier()], (held, playbook(actions=[CALL])))
    assert outcomes(found) == {("held", "call"): "holdout", ("tips", "call"): None}


@pytest.mark.parametrize("percent", [5, 20, 50])
def test_of_many_suppliers_the_share_held_back_is_near_the_percentage(percent):
    lots = [draw(f"supplier-{number}", "tips") for number in range(10_000)]
    share = sum(lot * 100 < percent for lot in lots) / 100
    assert abs(share - percent) < 1.5
    assert all(0 <= lot < 1 for lot in lots)


def arms(day=DAY, **changes):
    rows = [supplier(supplier_id=f"{number:03d}") for number in range(300)]
    found = contacts(rows, (playbook(**{"holdout_percent": 30} | changes),), score_date=day)
    return {c["supplier_id"]: c["arm"] for c in found}


def test_a_supplier_stays_in_its_arm_on_every_run_and_version():
    first = arms()
    assert 60 <= list(first.values()).count("holdout") <= 120
    assert arms(DAY + timedelta(days=30), cool_down_days=3, title="Another") == first
    assert first == {name: "holdout" if draw(name, "tips") < 0.3 else "treated" for name in first}
    # Whoever is held back stays so when the share grows, and playbooks draw apart.
    more = arms(holdout_percent=60)
    assert all(more[name] == "holdout" for name, arm in first.items() if arm == "holdout")
    assert {draw("s", name) for name in ("a", "b")} == {draw("s", "a"), draw("s", "b")}
    assert draw("s", "a") != draw("s", "b")


def test_a_cooling_row_names_the_arm_its_supplier_is_in():
    held = playbook(holdout_percent=100)
    [found] = contacts([supplier()], (held,), firings=[fired("tips", "2026-11-20")])
    assert (found["arm"], found["reason"]) == ("holdout", "cool_down")


def test_lots_are_those_of_the_hash_whatever_the_machine():
    # sha256("s/tips") begins with these eight bytes.
    start = hashlib.sha256(b"s/tips").digest()[:8]
    assert draw("s", "tips") == pytest.approx(int.from_bytes(start, "big") / 2**64, abs=1e-15)


# ============ quiet hours ============

NIGHT = {"from": "20:00", "until": "08:00"}


def test_messages_wait_for_the_suppliers_morning_and_calls_keep_their_time():
    night = rules(quiet_hours=NIGHT)
    suppliers = [
        supplier(supplier_id="berlin", timezone="Europe/Berlin"),
        supplier(supplier_id="la", timezone="America/Los_Angeles"),
        supplier(supplier_id="nowhere", timezone=None),
    ]
    found = contacts(suppliers, (ALL,), night)
    hour = 3_600_000_000
    messages = {c["supplier_id"]: c["scheduled_us"] for c in found if c["type"] == "email"}
    # Noon UTC: 13:00 in Berlin, 04:00 in Los Angeles.
    assert messages == {"berlin": NOON_US, "la": NOON_US + 4 * hour, "nowhere": NOON_US}
    in_app = {c["supplier_id"]: c["scheduled_us"] for c in found if c["type"] == "in_app"}
    assert in_app == messages
    calls = {c["supplier_id"]: c["scheduled_us"] for c in found if c["type"] == "call"}
    assert calls["nowhere"] == MONDAY_10_US
    assert calls == {
        c["supplier_id"]: c["scheduled_us"]
        for c in contacts(suppliers, (ALL,))
        if c["type"] == "call"
    }


def test_what_does_not_happen_has_no_time_in_the_night_either():
    night = rules(quiet_hours=NIGHT)
    held = playbook("held", holdout_percent=100)
    [found] = contacts([supplier(timezone="America/Los_Angeles")], (held,), night)
    assert found["scheduled_us"] is None
