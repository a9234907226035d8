"""What a message says of a supplier, however little is known of it."""

import datetime as dt
from typing import Any

import pytest

from cs_core.mail.values import TEAM, supplier_values
from cs_core.mail.variables import VARIABLES
from cs_core.suppliers.feature_suggestions import count_feature_users

NOW = dt.datetime(2026, 11, 22, 6, tzinfo=dt.UTC)
FACTS: dict[str, Any] = {
    "contact_name": "Maya Rowan",
    "business_name": "Rowan & Fox",
    "category": "photographer",
    "tier": "professional",
    "timezone": "Europe/London",
    "silent_since": "2026-11-13T05:59:59+00:00",
    "clients_known": 12,
    "trial_ends_at": None,
    "sender_name": "Ada Byron",
    "unused_features": ["client_portal", "calendar", "maps"],
}


def values(**facts: Any) -> dict[str, Any]:
    return supplier_values(FACTS | facts, {}, NOW)


def test_every_variable_that_templates_may_use_has_a_value() -> None:
    assert set(values()) == set(VARIABLES["supplier"])


def test_what_is_known_is_said() -> None:
    users = count_feature_users(
        [{"tier": "professional", "category": "photographer", "feature": "maps", "users": 9}]
    )
    assert supplier_values(FACTS, users, NOW) == {
        "contact_name": "Maya Rowan",
        "first_name": "Maya",
        "business_name": "Rowan & Fox",
        "category": "photographer",
        "tier": "professional",
        "days_silent": 9,
        "clients_known": 12,
        "features": ["maps"],
        "trial_days_left": None,
        "trial_ends_on": "",
        "sender_name": "Ada Byron",
    }


@pytest.mark.parametrize(
    ("since", "days"),
    [
        ("2026-11-15T06:00:00.000001+00:00", 6),
        ("2026-11-15T06:00:00+00:00", 7),
        ("2026-11-15T01:00:00-05:00", 7),
        ("2026-11-23T06:00:00+00:00", 0),  # the clock of another machine
        (None, 0),
    ],
)
def test_days_of_silence_are_whole_days_and_never_below_zero(since: Any, days: int) -> None:
    assert values(silent_since=since)["days_silent"] == days


@pytest.mark.parametrize(
    ("ends_at", "zone", "day", "left"),
    [
        ("2026-11-26T20:00:00+00:00", "Europe/London", "Thursday 26 November", 4),
        ("2026-11-26T20:00:00+00:00", "Pacific/Auckland", "Friday 27 November", 4),
        ("2026-11-26T02:00:00+00:00", "America/New_York", "Wednesday 25 November", 3),
        ("2026-11-26T20:00:00+00:00", "Mars/Olympus", "Thursday 26 November", 4),
        ("2026-11-26T20:00:00+00:00", "../../etc/passwd", "Thursday 26 November", 4),
        ("2026-11-26T20:00:00+00:00", "Europe", "Thursday 26 November", 4),
        ("2026-11-26T20:00:00+00:00", "", "Thursday 26 November", 4),
        ("2026-11-26T20:00:00+00:00", None, "Thursday 26 November", 4),
        ("2026-11-01T20:00:00+00:00", "UTC", "Sunday 1 November", 0),
        (
            "9999-12-31T23:59:59+00:00",
            "Pacific/Auckland",
            "Friday 31 December",
            (dt.datetime.max.replace(tzinfo=dt.UTC) - NOW).days,
        ),
        ("0001-01-01T00:00:00+00:00", "America/New_York", "Monday 1 January", 0),
        ("12026-01-01T00:00:00+00:00", "UTC", "", None),
    ],
)
def test_the_end_of_a_trial_is_a_local_date_for_any_zone_and_any_year(
    ends_at: str, zone: Any, day: str, left: Any
) -> None:
    said = values(trial_ends_at=ends_at, timezone=zone)
    assert (said["trial_ends_on"], said["trial_days_left"]) == (day, left)


@pytest.mark.parametrize(
    ("name", "contact", "first"),
    [
        (None, "", ""),
        ("   ", "", ""),
        ("Maya", "Maya", "Maya"),
        ("  Maya \r\n Bcc: x@y.example ", "Maya Bcc: x@y.example", "Maya"),
    ],
)
def test_names_are_one_line_and_may_be_missing(name: Any, contact: str, first: str) -> None:
    said = values(contact_name=name)
    assert (said["contact_name"], said["first_name"]) == (contact, first)


@pytest.mark.parametrize("name", [None, "", " \n "])
def test_the_team_writes_where_nobody_looks_after_the_supplier(name: Any) -> None:
    assert values(sender_name=name)["sender_name"] == TEAM


def test_a_supplier_of_which_nothing_is_known_breaks_nothing() -> None:
    said = supplier_values(
        dict.fromkeys(FACTS) | {"business_name": "R", "clients_known": 0, "unused_features": []},
        {},
        NOW,
    )
    assert (said["days_silent"], said["features"], said["category"]) == (0, [], None)
