import dataclasses
import json
from datetime import UTC, datetime

import pytest

from cs_core.base.errors import NoWorkingDay, OutreachRulesError
from cs_core.outreach.rules import WEEKDAYS, OutreachRules, next_working_moment
from tests.support.defaults import DEFAULT_RULES
from tests.support.outreach_plans import rules

DATA = {
    "email_cap": {"emails": 1, "days": 7},
    "working_days": ["mon", "tue", "wed", "thu", "fri"],
    "call_time": "10:00",
    "holidays": [],
    "alert_again_after_days": 7,
    "celebrate_within_days": 7,
    "quiet_hours": None,
    "alert_to": [],
}


def problems(data):
    with pytest.raises(OutreachRulesError) as caught:
        OutreachRules.from_dict(data, version=2)
    return dict(caught.value.problems)


def test_the_default_is_one_email_a_week_and_calls_at_ten_on_working_days():
    assert DEFAULT_RULES.to_dict() == DATA
    assert OutreachRules.from_dict(DATA, version=1) == DEFAULT_RULES


def test_rules_survive_json():
    made = rules(call_time="08:05", holidays=["2026-12-26", "2026-12-25"], working_days=["sun"])
    again = OutreachRules.from_dict(json.loads(json.dumps(made.to_dict())), version=2)
    assert again == made
    assert hash(again) == hash(made)
    assert made.to_dict()["holidays"] == ["2026-12-25", "2026-12-26"]


def test_rules_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT_RULES.emails = 5


def test_no_email_at_all_and_every_day_of_the_week_are_accepted():
    made = rules(
        email_cap={"emails": 0, "days": 1},
        working_days=list(WEEKDAYS),
        alert_again_after_days=0,
        celebrate_within_days=0,
    )
    assert made.emails == 0


@pytest.mark.parametrize(
    ("changes", "path", "problem"),
    [
        ({"email_cap": 1}, "email_cap", "must be an object with emails, days, not 1"),
        ({"email_cap": {"emails": 1}}, "email_cap.days", "is missing; add it"),
        (
            {"email_cap": {"emails": -1, "days": 7}},
            "email_cap.emails",
            "must be a whole number from 0 (no e-mail at all) to 100, not -1",
        ),
        ({"email_cap": {"emails": 101, "days": 7}}, "email_cap.emails", "must be a whole number"),
        ({"email_cap": {"emails": True, "days": 7}}, "email_cap.emails", "must be a whole number"),
        (
            {"email_cap": {"emails": 1, "days": 0}},
            "email_cap.days",
            "must be a whole number from 1 to 365, not 0",
        ),
        ({"email_cap": {"emails": 1, "days": 366}}, "email_cap.days", "must be a whole number"),
        ({"working_days": []}, "working_days", "must be a list of at least one of mon, tue, wed"),
        ({"working_days": "mon"}, "working_days", "must be a list of at least one of mon, tue"),
        ({"working_days": ["mon", "Tue"]}, "working_days[1]", "must be one of mon, tue, wed, "),
        ({"working_days": [["mon"]]}, "working_days[0]", "must be one of mon, tue, wed, "),
        ({"working_days": ["mon", "mon"]}, "working_days[1]", "names mon again; remove it"),
        ({"call_time": "24:00"}, "call_time", "must be a time of day such as 10:00, not '24:00'"),
        ({"call_time": "9:00"}, "call_time", "must be a time of day such as 10:00"),
        ({"call_time": "10:00\n"}, "call_time", "must be a time of day such as 10:00"),
        ({"call_time": "10:60"}, "call_time", "must be a time of day such as 10:00"),
        ({"call_time": 10}, "call_time", "must be a time of day such as 10:00, not 10"),
        ({"holidays": "2026-12-25"}, "holidays", "must be a list of at most 1000 dates"),
        ({"holidays": ["2026-12-25"] * 1001}, "holidays", "must be a list of at most 1000 dates"),
        ({"holidays": ["25.12.2026"]}, "holidays[0]", "must be a date such as 2026-12-25"),
        ({"holidays": ["20261225"]}, "holidays[0]", "must be a date such as 2026-12-25"),
        ({"holidays": ["2026-02-30"]}, "holidays[0]", "must be a date such as 2026-12-25"),
        ({"holidays": [None]}, "holidays[0]", "must be a date such as 2026-12-25, not None"),
        ({"alert_again_after_days": -1}, "alert_again_after_days", "must be a whole number from 0"),
        ({"celebrate_within_days": 1.5}, "celebrate_within_days", "must be a whole number from 0"),
        ({"email_caps": {}}, "email_caps", "is not known; remove it (known: email_cap, "),
    ],
)
def test_a_bad_value_is_named_with_what_to_do(changes, path, problem):
    found = problems(DATA | changes)
    assert list(found) == [path]
    assert found[path].startswith(problem)


@pytest.mark.parametrize("data", [None, [], "rules", 3])
def test_what_is_not_an_object_is_refused(data):
    assert problems(data)["rules"].startswith("must be an object with email_cap, working_days")


def test_all_problems_are_reported_at_once():
    with pytest.raises(OutreachRulesError) as caught:
        OutreachRules.from_dict({"email_cap": {"emails": -1, "days": 7}}, version=2)
    assert str(caught.value).startswith("Outreach rules: working_days is missing; add it; ")
    assert "email_cap.emails must be a whole number" in str(caught.value)


def moment(now, zone, **changes):
    found = next_working_moment(datetime.fromisoformat(now), zone, rules(**changes))
    assert found.tzinfo is UTC
    return found.strftime("%a %Y-%m-%d %H:%M")


EVERY_DAY = list(WEEKDAYS)


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        # The next day, even where today's ten o'clock is yet to come.
        ("2026-11-23T06:00Z", "UTC", "Tue 2026-11-24 10:00"),
        ("2026-11-26T23:59Z", "UTC", "Fri 2026-11-27 10:00"),
        ("2026-11-27T00:00Z", "UTC", "Mon 2026-11-30 10:00"),
        ("2026-11-28T12:00Z", "UTC", "Mon 2026-11-30 10:00"),
        # Ten o'clock there; and what day it is there decides.
        ("2026-11-23T06:00Z", "Europe/Berlin", "Tue 2026-11-24 09:00"),
        ("2026-11-23T06:00Z", "America/Los_Angeles", "Mon 2026-11-23 18:00"),
        ("2026-11-23T20:00Z", "Asia/Tokyo", "Wed 2026-11-25 01:00"),
        ("2026-11-23T06:00Z", "Asia/Kolkata", "Tue 2026-11-24 04:30"),
        ("2026-11-27T11:00Z", "Pacific/Kiritimati", "Sun 2026-11-29 20:00"),
    ],
)
def test_a_call_is_at_ten_on_the_suppliers_next_working_day(now, zone, expected):
    assert moment(now, zone) == expected


def test_the_clocks_change_under_a_call():
    # Berlin goes from summer to winter time on Sunday 2026-10-25.
    assert moment("2026-10-23T06:00Z", "Europe/Berlin") == "Mon 2026-10-26 09:00"
    assert moment("2026-10-22T06:00Z", "Europe/Berlin") == "Fri 2026-10-23 08:00"


def test_a_time_the_clocks_jump_over_is_as_much_later():
    night = {"working_days": EVERY_DAY, "call_time": "02:30"}
    assert moment("2026-03-28T06:00Z", "Europe/Berlin", **night) == "Sun 2026-03-29 01:30"


def test_of_a_time_that_comes_twice_the_first_is_meant():
    night = {"working_days": EVERY_DAY, "call_time": "02:30"}
    assert moment("2026-10-24T06:00Z", "Europe/Berlin", **night) == "Sun 2026-10-25 00:30"


def test_holidays_are_skipped():
    days = {"holidays": ["2026-12-25", "2026-12-28"]}
    assert moment("2026-12-23T06:00Z", "UTC", **days) == "Thu 2026-12-24 10:00"
    assert moment("2026-12-24T06:00Z", "UTC", **days) == "Tue 2026-12-29 10:00"


@pytest.mark.parametrize(
    "zone",
    ["", "Nowhere/Land", "../etc", "/etc/passwd", "Europe", "Europe/../UTC", "a\0b", None, 7],
)
def test_a_zone_that_does_not_exist_counts_as_utc(zone):
    assert moment("2026-11-23T06:00Z", zone) == "Tue 2026-11-24 10:00"


def test_an_instant_in_another_zone_is_the_same_instant():
    assert moment("2026-11-23T23:30-05:00", "UTC") == "Wed 2026-11-25 10:00"


def test_rules_that_leave_no_working_day_are_named_and_do_not_hang():
    first = datetime(2026, 1, 25).toordinal()  # a Sunday
    sundays = [datetime.fromordinal(first + 7 * week).date().isoformat() for week in range(60)]
    only_sundays = {"working_days": ["sun"]}
    year = moment("2026-01-25T06:00Z", "UTC", **only_sundays, holidays=sundays[:57])
    assert year == "Sun 2027-02-28 10:00"
    with pytest.raises(NoWorkingDay, match="No working day in the 400 days after 2026-01-25: take"):
        moment("2026-01-25T06:00Z", "UTC", **only_sundays, holidays=sundays)
