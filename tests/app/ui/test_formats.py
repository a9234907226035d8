"""Times, counts and names in words."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cs_app.ui.formats import (
    ago,
    change,
    change_of_points,
    clock_time,
    counted,
    day_bounds,
    day_in_words,
    due,
    exact_time,
    in_words,
    is_stale,
    money,
    ordinal,
    points,
    up_to,
    whole_number,
)
from cs_core.io.base.rows import to_record

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Event:
    at: datetime


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(minutes=60), "1 hour ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(hours=24), "1 day ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=60), "2 months ago"),
        (timedelta(days=729), "24 months ago"),
        (timedelta(days=730), "2 years ago"),
    ],
)
def test_ago_rounds_down_to_the_largest_unit(before: timedelta, words: str) -> None:
    assert ago(NOW - before, NOW) == words


def test_no_moment_is_never() -> None:
    assert ago(None, NOW) == "never"


def test_the_exact_time_is_in_the_readers_zone() -> None:
    assert exact_time(NOW, "Europe/Berlin") == "22 Nov 2026, 16:00 CET"


@pytest.mark.parametrize("zone", [None, "", "Nowhere/Land", "../etc/passwd"])
def test_an_unknown_zone_is_utc(zone: str | None) -> None:
    assert exact_time(NOW, zone) == "22 Nov 2026, 15:00 UTC"


@pytest.mark.parametrize(("hours", "stale"), [(25, False), (26, False), (26.1, True)])
def test_scores_are_stale_after_26_hours(hours: float, stale: bool) -> None:
    assert is_stale(NOW - timedelta(hours=hours), NOW) is stale


def test_counts_have_their_noun_and_thousands() -> None:
    assert counted(1, "supplier") == "1 supplier"
    assert counted(0, "supplier") == "0 suppliers"
    assert counted(2000, "supplier") == "2,000 suppliers"
    assert counted(2, "person", "people") == "2 people"
    assert whole_number(1234567) == "1,234,567"


def test_stored_names_become_words() -> None:
    assert in_words("wedding_planner") == "Wedding planner"
    assert in_words("DJ") == "DJ"
    assert in_words("") == ""


@pytest.mark.parametrize(
    "text",
    ["2026-11-22 15:00:00+00", "2026-11-22 15:00:00.00+00", "2026-11-22T15:00:00Z"],
)
def test_timestamps_of_both_servers_are_read(text: str) -> None:
    assert to_record(Event, {"at": text}) == Event(NOW)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "£0"),
        (6940.4, "£6,940"),
        (59.5, "£60"),
        (-410, "−£410"),
        (-0.2, "£0"),
        (1e6, "£1,000,000"),
    ],
)
def test_money_is_in_whole_pounds(amount: float, words: str) -> None:
    assert money(amount) == words


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        *((None, ""), (0, "no change"), (0.4, "no change"), (-0.4, "no change")),
        *((6, "▲ 6"), (-15, "▼ 15"), (1234, "▲ 1,234"), (0.6, "▲ 1")),
    ],
)
def test_a_change_has_its_direction_and_its_size(difference: float | None, words: str) -> None:
    assert change(difference) == words


def test_a_change_of_money_has_its_currency() -> None:
    assert change(-410.2, money) == "▼ £410"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(minutes=-30), "14:30"),
        (timedelta(0), "15:00"),
        (timedelta(hours=8, minutes=59), "23:59"),
        (timedelta(hours=9), "tomorrow 00:00"),
        (timedelta(days=2), "Tue 24 Nov, 15:00"),
        (timedelta(days=60), "21 Jan 2027, 15:00"),
        (timedelta(hours=-16), "1 day late"),
        (timedelta(days=-3), "3 days late"),
    ],
)
def test_due_times_are_in_words(ahead: timedelta, words: str) -> None:
    assert due(NOW + ahead, NOW) == words


def test_the_readers_midnight_divides_today_from_tomorrow() -> None:
    assert due(NOW + timedelta(hours=8), NOW, "Asia/Tokyo") == "08:00"  # it is the 23rd there
    assert due(NOW - timedelta(hours=1), NOW, "Asia/Tokyo") == "1 day late"
    start, end = day_bounds(NOW, "Asia/Tokyo")
    assert start == datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    assert end - start == timedelta(days=1)


def test_a_day_on_which_clocks_change_has_25_hours() -> None:
    start, end = day_bounds(datetime(2026, 10, 25, 12, 0, tzinfo=UTC), "Europe/Berlin")
    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=25)


def test_no_time_is_any_time() -> None:
    assert due(None, NOW) == "any time"


def test_the_time_of_day_is_the_readers() -> None:
    assert clock_time(NOW, "Europe/Berlin") == "16:00"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 22), "today"),
        (date(2026, 11, 21), "yesterday"),
        (date(2026, 11, 23), "tomorrow"),
        (date(2026, 11, 16), "Mon 16 Nov"),
        (date(2025, 12, 31), "31 Dec 2025"),
    ],
)
def test_days_are_in_words(day: date, words: str) -> None:
    assert day_in_words(day, NOW.date()) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        *((1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (10, "10th"), (11, "11th")),
        *((12, "12th"), (13, "13th"), (21, "21st"), (111, "111th"), (1022, "1,022nd")),
    ],
)
def test_places_in_an_order(number: int, words: str) -> None:
    assert ordinal(number) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "0"), (12.5, "12.5"), (10.0, "10"), (15.625, "15.6"), (33.3333, "33.3")],
)
def test_points_have_a_decimal_only_where_there_is_one(amount: float, words: str) -> None:
    assert points(amount) == words


@pytest.mark.parametrize(
    ("difference", "words"), [("0", "–"), ("0.0", "–"), ("6.0", "▲ 6"), ("-2.5", "▼ 2.5")]
)
def test_a_change_of_points_is_exact(difference: str, words: str) -> None:
    assert change_of_points(Decimal(difference)) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0"), (9_999, "9,999"), (10_000, "10,000"), (10_001, "10,000+")]
)
def test_a_count_that_ends_somewhere_says_so(count: int, words: str) -> None:
    assert up_to(count, 10_000) == words
