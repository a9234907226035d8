"""Random events, often at the edges, and a way to store them."""

import datetime as dt
import random
import uuid
from typing import Any

import psycopg

from tests.support.measures_reference import DAY, Event

TYPES = (
    "login",
    "feature_used",
    "client_added",
    "client_active",
    "form_sent",
    "form_completed",
    "journey_step_due",
    "journey_step_completed",
)
FEATURES = ("calendar", "invoicing", "contracts")
CORE = {"calendar", "invoicing"}  # of tier professional, in the tests here
LAST_DAY = dt.datetime(2026, 6, 30, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


def random_event(rng: random.Random, suppliers: list[str]) -> Event:
    """Draw an event, often right at midnight or at the edge of a window."""
    event_type = rng.choice(TYPES)
    if event_type == "feature_used":
        subject = rng.choice(FEATURES)
    else:
        subject = None if event_type == "login" else f"thing-{rng.randrange(4)}"
    days_ago = rng.choice((rng.randrange(130), 0, 1, 29, 30, 31, 89, 90, 91))
    midnight = LAST_DAY - days_ago * DAY
    moment = rng.choice(
        (midnight, midnight - MICROSECOND, midnight + MICROSECOND, midnight + rng.random() * DAY)
    )
    return Event(rng.choice(suppliers), event_type, subject, moment)


def insert(connection: psycopg.Connection[Any], events: list[Event]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into activity_events (id, supplier_id, event_type, subject, occurred_at)"
            " values (%s, %s, %s, %s, %s)",
            [(uuid.uuid4(), e.supplier_id, e.event_type, e.subject, e.occurred_at) for e in events],
        )
