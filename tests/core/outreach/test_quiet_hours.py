"""When messages wait for the supplier's morning, on clocks that jump."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cs_core.base.errors import OutreachRulesError
from cs_core.outreach.quiet_hours import QuietHours, leaves_at
from cs_core.outreach.rules import OutreachRules
from tests.support.defaults import DEFAULT_RULES
from tests.support.outreach_plans import rules

NIGHT = QuietHours(time(20), time(8))
ZONES = sorted(available_timezones())
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def leaves(text: str, zone: str | None = "Europe/Berlin", hours: QuietHours | None = NIGHT) -> str:
    return leaves_at(at(text), zone, hours).strftime("%a %H:%M")


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        # Berlin is an hour ahead in winter.
        ("2026-11-23T18:59", "Mon 18:59"),
        ("2026-11-23T19:00", "Tue 07:00"),
        ("2026-11-23T23:30", "Tue 07:00"),
        ("2026-11-24T06:59", "Tue 07:00"),
        ("2026-11-24T07:00", "Tue 07:00"),
    ],
)
def test_a_message_that_is_due_in_the_night_waits_for_the_morning_there(due, expected):
    assert leaves(due) == expected


def test_the_seconds_of_the_last_quiet_minute_still_wait():
    moment = at("2026-11-24T06:59") + timedelta(seconds=59, microseconds=999_999)
    assert leaves_at(moment, "Europe/Berlin", NIGHT) == at("2026-11-24T07:00")


def test_each_supplier_has_a_night_of_its_own():
    due = "2026-11-24T06:00"
    assert leaves(due, "Europe/London") == "Tue 08:00"
    assert leaves(due, "Asia/Tokyo") == "Tue 06:00"
    assert leaves(due, "America/Los_Angeles") == "Tue 16:00"
    assert leaves(due, "Asia/Kolkata") == "Tue 06:00"


def test_a_zone_that_is_none_counts_as_utc():
    assert leaves("2026-11-24T06:00", "Nowhere/Land") == "Tue 08:00"
    assert leaves("2026-11-24T06:00", None) == "Tue 08:00"


def test_without_quiet_hours_nothing_waits():
    moment = datetime(2026, 11, 24, 3, 0, 1, tzinfo=UTC)
    assert leaves_at(moment, "Europe/Berlin", None) is moment


def test_quiet_hours_may_lie_within_a_day():
    lunch = QuietHours(time(12), time(13, 30))
    assert leaves("2026-11-24T11:30", hours=lunch) == "Tue 12:30"
    assert leaves("2026-11-24T12:30", hours=lunch) == "Tue 12:30"
    assert leaves("2026-11-24T10:59", hours=lunch) == "Tue 10:59"


def test_the_night_is_shorter_in_spring_and_longer_in_autumn():
    # Berlin: forward on 2026-03-29 at 01:00 UTC, back on 2026-10-25 at 01:00 UTC.
    assert leaves("2026-03-28T20:00") == "Sun 06:00"
    assert leaves("2026-10-24T19:00") == "Sun 07:00"


def test_an_hour_that_clocks_jump_over_ends_what_would_have_ended_in_it():
    early = QuietHours(time(20), time(2, 30))
    assert leaves("2026-03-28T22:00", hours=early) == "Sun 01:00"  # 03:00 there


def test_of_an_end_that_comes_twice_the_next_one_counts():
    early = QuietHours(time(20), time(2, 30))
    # 02:30 comes at 00:30 UTC and again at 01:30 UTC.
    assert leaves("2026-10-24T22:00", hours=early) == "Sun 00:30"
    assert leaves("2026-10-25T00:45", hours=early) == "Sun 00:45"
    assert leaves("2026-10-25T01:10", hours=early) == "Sun 01:30"


times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@st.composite
def quiet(draw):
    begin = draw(times)
    length = draw(st.integers(1, 23 * 60))
    end = (begin.hour * 60 + begin.minute + length) % 1440
    return QuietHours(begin, time(end // 60, end % 60))


@settings(max_examples=300, deadline=None)
@given(moments, st.sampled_from(ZONES), quiet())
@example(at("2026-03-29T00:59"), "Europe/Berlin", QuietHours(time(20), time(2, 30)))
@example(at("2026-10-25T00:10"), "Europe/Berlin", QuietHours(time(1), time(2, 30)))
@example(at("2026-04-04T14:40"), "Australia/Lord_Howe", QuietHours(time(22), time(1, 45)))
@example(at("2026-04-04T09:00"), "Pacific/Chatham", NIGHT)
@example(at("2011-12-30T08:00"), "Pacific/Apia", NIGHT)
def test_a_message_leaves_at_the_first_minute_that_is_not_quiet(moment, zone, hours):
    local = ZoneInfo(zone)
    leaving = leaves_at(moment, zone, hours)
    assert not hours.include(leaving.astimezone(local).time())
    assert leaving >= moment
    if leaving > moment:
        assert (leaving.second, leaving.microsecond) == (0, 0)
        # Every minute until then was quiet: it did not wait a minute too long.
        for ahead in range(int((leaving - moment) / MINUTE)):
            assert hours.include((moment + ahead * MINUTE).astimezone(local).time())
        assert leaving - moment <= timedelta(hours=27)


@settings(max_examples=100, deadline=None)
@given(moments, st.sampled_from(ZONES), quiet())
def test_waiting_again_changes_nothing(moment, zone, hours):
    leaving = leaves_at(moment, zone, hours)
    assert leaves_at(leaving, zone, hours) == leaving


# ============ as rules ============


def problems(**changes):
    with pytest.raises(OutreachRulesError) as caught:
        rules(**changes)
    return dict(caught.value.problems)


def test_the_default_rules_have_no_quiet_hours():
    assert DEFAULT_RULES.quiet_hours is None
    assert DEFAULT_RULES.alert_to == ()


def test_quiet_hours_survive_being_stored():
    made = rules(quiet_hours={"from": "20:00", "until": "08:00"})
    assert made.quiet_hours == NIGHT
    assert OutreachRules.from_dict(made.to_dict(), version=2) == made


@pytest.mark.parametrize(
    ("hours", "path", "problem"),
    [
        ("night", "quiet_hours", "must be an object with from, until, not 'night'"),
        ({"from": "20:00"}, "quiet_hours.until", "is missing; add it"),
        ({"from": "8pm", "until": "08:00"}, "quiet_hours.from", "must be a time of day such as"),
        ({"from": "20:00", "until": None}, "quiet_hours.until", "must be a time of day such as"),
        ({"from": "20:00", "until": "20:00"}, "quiet_hours.until", "must differ from 20:00"),
        ({"from": "20:00", "until": "19:01"}, "quiet_hours.until", "must leave an hour before"),
        ({"from": "20:00", "until": "8:00", "x": 1}, "quiet_hours.x", "is not known"),
    ],
)
def test_bad_quiet_hours_are_named_with_what_to_do(hours, path, problem):
    assert problems(quiet_hours=hours)[path].startswith(problem)


def test_an_hour_a_day_is_left_at_least():
    assert rules(quiet_hours={"from": "20:00", "until": "19:00"}).quiet_hours is not None


@pytest.mark.parametrize(
    ("addresses", "path", "problem"),
    [
        ("care@wedsync.example", "alert_to", "must be a list of at most 20 e-mail addresses"),
        (["care"], "alert_to[0]", "has no @; it must be like"),
        (["a@b.example", 7], "alert_to[1]", "must be an e-mail address, not 7"),
        (["a@b.example", "A@B.example"], "alert_to[1]", "names A@B.example again; remove it"),
        (["x", "a@b.example", "a@b.example"], "alert_to[2]", "names a@b.example again"),
        ([f"a{n}@b.example" for n in range(21)], "alert_to", "must be a list of at most 20"),
    ],
)
def test_bad_alert_addresses_are_named(addresses, path, problem):
    assert problems(alert_to=addresses)[path].startswith(problem)


def test_an_alert_address_may_have_a_name():
    assert rules(alert_to=["Care <care@wedsync.example>"]).alert_to == (
        "Care <care@wedsync.example>",
    )
