"""Times, counts and names in words."""

from datetime import UTC, datetime, timedelta

import pytest

from cs_app.formats import ago, counted, exact_time, in_words, is_stale, whole_number
from cs_core.io.overview import parse_instant

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


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
    assert parse_instant(text) == NOW
