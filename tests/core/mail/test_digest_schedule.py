"""When a digest is due: at the chosen hour where the reader is, once, with the day's scores."""

import datetime as dt
from dataclasses import replace

import pytest

from cs_core.mail.digests.schedule import PATIENCE, DueDigest, Reader, plan_digests

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 6, 1)
ADA = Reader(
    person_id="a",
    name="Ada",
    email="ada@x.example",
    daily=True,
    weekly=False,
    hour=8,
    weekday=1,
    timezone="Europe/London",
    changed_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def plan(reader: Reader, now: str, score_date: dt.date | None = MONDAY) -> list[DueDigest]:
    return plan_digests([reader], score_date, at(now))


def test_it_is_due_from_the_chosen_hour_on_where_the_reader_is() -> None:
    # In June London is an hour ahead of UTC.
    assert plan(ADA, "2026-06-01T06:59:59") == []
    (due,) = plan(ADA, "2026-06-01T07:00:00")
    assert (due.digest, due.day) == ("daily", MONDAY)
    assert (due.day_start, due.day_end) == (at("2026-05-31T23:00"), at("2026-06-01T23:00"))
    assert [one.day for one in plan(ADA, "2026-06-01T22:59:59")] == [MONDAY]


def test_the_day_is_the_readers_own() -> None:
    (due,) = plan(replace(ADA, timezone="Pacific/Auckland"), "2026-05-31T20:00:00")
    assert due.day == MONDAY


def test_what_was_decided_is_not_due_again() -> None:
    told = replace(ADA, last_daily=MONDAY, told_daily=MONDAY)
    assert plan(told, "2026-06-01T12:00:00") == []
    assert plan(told, "2026-06-02T12:00:00", MONDAY + DAY) != []


def test_who_moves_west_gets_no_second_one_for_the_day() -> None:
    told = replace(ADA, last_daily=MONDAY, told_daily=MONDAY, timezone="America/New_York")
    assert plan(told, "2026-06-01T20:00:00") == []


def test_it_waits_two_hours_for_new_scores_and_then_says_what_it_knows() -> None:
    told = replace(ADA, last_daily=MONDAY - DAY, told_daily=MONDAY)
    begin = at("2026-06-01T07:00:00")
    assert plan_digests([told], MONDAY, begin + PATIENCE - dt.timedelta(seconds=1)) == []
    (due,) = plan_digests([told], MONDAY, begin + PATIENCE)
    assert due.is_behind
    (due,) = plan_digests([told], MONDAY + DAY, begin)
    assert not due.is_behind


@pytest.mark.parametrize(("hour", "leaves"), [(21, "22:00"), (22, "22:30"), (23, "22:30")])
def test_it_leaves_on_its_day_however_late_the_chosen_hour(hour: int, leaves: str) -> None:
    told = replace(ADA, hour=hour, last_daily=MONDAY - DAY, told_daily=MONDAY)
    # In June 22:30 UTC is half an hour before midnight in London.
    due_at = at(f"2026-06-01T{leaves}")
    assert plan_digests([told], MONDAY, due_at - dt.timedelta(seconds=1)) == []
    (due,) = plan_digests([told], MONDAY, due_at)
    assert (due.day, due.is_behind) == (MONDAY, True)


def test_it_tells_what_changed_since_the_last_one_but_no_more_than_a_week() -> None:
    (first,) = plan(ADA, "2026-06-01T08:00:00")
    assert first.since == MONDAY - DAY
    (next_one,) = plan(replace(ADA, told_daily=MONDAY - 3 * DAY), "2026-06-01T08:00:00")
    assert next_one.since == MONDAY - 3 * DAY
    (late,) = plan(replace(ADA, told_daily=MONDAY - 30 * DAY), "2026-06-01T08:00:00")
    assert late.since == MONDAY - 7 * DAY


def test_who_asks_in_the_afternoon_gets_the_first_one_the_day_after() -> None:
    asked = replace(ADA, changed_at=at("2026-06-01T07:00:01"))
    assert plan(asked, "2026-06-01T15:00:00") == []
    assert plan(asked, "2026-06-02T07:00:00", MONDAY + DAY) != []
    assert plan(replace(ADA, changed_at=at("2026-06-01T07:00:00")), "2026-06-01T15:00:00") != []


def test_nothing_is_due_before_the_first_run_or_for_who_wants_none() -> None:
    assert plan(ADA, "2026-06-01T12:00:00", None) == []
    assert plan(replace(ADA, daily=False), "2026-06-01T12:00:00") == []


WEEKLY = replace(ADA, daily=False, weekly=True, weekday=1)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-05-31T22:00:00", None),
        ("2026-06-01T06:59:00", None),
        ("2026-06-01T07:00:00", MONDAY),
        ("2026-06-03T12:00:00", MONDAY),
        ("2026-06-04T12:00:00", None),
    ],
)
def test_the_weekly_report_leaves_on_its_weekday_or_up_to_two_days_later(
    now: str, day: dt.date | None
) -> None:
    assert [one.day for one in plan(WEEKLY, now)] == ([day] if day else [])


def test_the_weekly_report_comes_once_a_week() -> None:
    told = replace(WEEKLY, last_weekly=MONDAY)
    assert plan(told, "2026-06-02T12:00:00") == []
    assert plan(told, "2026-06-08T12:00:00", MONDAY + 7 * DAY) != []


def test_the_weekly_report_waits_for_the_run_of_its_morning() -> None:
    assert plan(WEEKLY, "2026-06-01T08:59:00", MONDAY - DAY) == []
    assert plan(WEEKLY, "2026-06-01T09:00:00", MONDAY - DAY) != []


def test_an_hour_that_a_clock_change_skips_or_repeats_gives_one_digest() -> None:
    # London: 01:00 to 02:00 does not exist on 29 March 2026, and comes twice on 25 October.
    spring, autumn = dt.date(2026, 3, 29), dt.date(2026, 10, 25)
    reader = replace(ADA, hour=1)
    assert len(plan(reader, "2026-03-29T01:00:00", spring)) == 1
    assert len(plan(reader, "2026-10-25T00:00:00", autumn)) == 1
    told = replace(reader, last_daily=autumn, told_daily=autumn)
    assert plan(told, "2026-10-25T01:30:00", autumn) == []


def test_an_unknown_time_zone_counts_as_utc() -> None:
    on_mars = replace(ADA, timezone="Mars/Olympus")
    assert plan(on_mars, "2026-06-01T07:59:59") == []
    (due,) = plan(on_mars, "2026-06-01T08:00:00")
    assert (due.day_start, due.day_end) == (at("2026-06-01T00:00"), at("2026-06-02T00:00"))
