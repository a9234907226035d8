"""Events -> measures: nothing lost, nothing twice, the same answer for the same instant."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from embedded.stack import Stack
from tests.support.events import CORE, LAST_DAY, MICROSECOND, insert, random_event
from tests.support.measures_reference import DAY, WINDOWS, Event, measure
from tests.support.runs import Sql, end_of


def expect_reference(
    found: dict[str, dict[str, Any]], events: list[Event], as_of: dt.datetime
) -> None:
    for supplier, figures in found.items():
        own = [event for event in events if event.supplier_id == supplier]
        expected = measure(own, CORE, as_of)
        gap = expected.pop("days_since_login")
        assert {name: figures[name] for name in expected} == expected, as_of
        assert figures["days_since_login"] == (None if gap is None else pytest.approx(gap))


@pytest.fixture
def suppliers(sql: Sql, add_supplier: Callable[..., str]) -> list[str]:
    sql.execute(
        "insert into core_features values ('calendar', '*'), ('invoicing', 'professional'),"
        " ('contracts', 'premium')"
    )
    return [add_supplier(signed_up_at="2020-01-01T00:00:00Z") for _ in range(3)]


@pytest.mark.parametrize("seed", range(12))
def test_the_roll_up_of_any_stream_equals_recomputation_from_scratch(
    seed: int,
    sql: Sql,
    stack: Stack,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    rng = random.Random(seed)
    events = [random_event(rng, suppliers) for _ in range(240)]
    events += rng.sample(events, 30)  # the same fact under another id
    rng.shuffle(events)
    read = 0
    with psycopg.connect(stack.env["SUPABASE_DB_URL"]) as late:
        for start in range(0, len(events), 30):
            batch = events[start : start + 30]
            insert(late, batch[:10])  # commits only after others were rolled up
            insert(sql, batch[10:])
            read += roll_up(max_events=rng.choice((3, 20, 1000)), huge=rng.choice((5, 1000)))
            if rng.random() < 0.5:
                late.commit()
    read += roll_up()
    assert read == len(events)

    edges = [LAST_DAY - n * DAY for n in (0, 1, 29, 30, 60, 90)]
    instants = (
        edges + [edge + MICROSECOND for edge in edges] + [edge - MICROSECOND for edge in edges]
    )
    instants += [LAST_DAY - rng.random() * 130 * DAY for _ in range(12)]
    for as_of in instants:
        expect_reference(measures_at(as_of), events, as_of)


def test_a_transaction_that_commits_late_is_not_lost(
    sql: Sql,
    stack: Stack,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    as_of = end_of("2026-06-30")
    early, later = LAST_DAY - 5 * DAY, LAST_DAY - 1 * DAY
    with psycopg.connect(stack.env["SUPABASE_DB_URL"]) as late:
        insert(late, [Event(suppliers[0], "login", None, early)])
        insert(sql, [Event(suppliers[1], "login", None, later)])
        roll_up()
        found = measures_at(as_of)
        assert found[suppliers[0]]["days_since_login"] is None
        late.commit()
    assert roll_up() >= 1
    found = measures_at(as_of)
    assert found[suppliers[0]]["days_since_login"] == 6.0
    assert found[suppliers[1]]["days_since_login"] == 2.0


def test_an_open_transaction_elsewhere_hides_no_event_that_is_in(
    sql: Sql,
    stack: Stack,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    with psycopg.connect(stack.env["SUPABASE_DB_URL"]) as forgotten:
        forgotten.execute("create temporary table holds_a_transaction_number ()")
        insert(sql, [Event(suppliers[0], "login", None, LAST_DAY - DAY)])
        roll_up()
        assert measures_at(LAST_DAY)[suppliers[0]]["days_since_login"] == 1.0
    assert roll_up() == 1  # once more, which changes nothing


def test_a_transaction_too_big_for_one_step_is_taken_in_slices(
    sql: Sql,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    rng = random.Random(7)
    events = [random_event(rng, suppliers) for _ in range(60)]
    with sql.transaction():
        insert(sql, events)
    assert roll_up(max_events=10, huge=20) == 60
    expect_reference(measures_at(LAST_DAY), events, LAST_DAY)


def test_an_event_is_read_once(sql: Sql, suppliers: list[str], roll_up: Callable[..., int]) -> None:
    insert(sql, [Event(suppliers[0], "login", None, LAST_DAY)])
    assert roll_up() == 1
    assert roll_up() == 0


def test_after_a_restore_into_a_new_cluster_nothing_is_missed(
    sql: Sql,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    # What a dump of a busy cluster looks like in a young one: stamps far ahead of its own.
    insert(sql, [Event(suppliers[0], "login", None, LAST_DAY - DAY)])
    sql.execute("update activity_events set received_xid = received_xid + 4000000000")
    sql.execute("update private.roll_up_state set rolled_up_to = 4000000000 + 1000000")
    insert(sql, [Event(suppliers[1], "login", None, LAST_DAY - DAY)])
    roll_up()
    found = measures_at(LAST_DAY)
    assert found[suppliers[0]]["days_since_login"] == 1.0
    assert found[suppliers[1]]["days_since_login"] == 1.0
    insert(sql, [Event(suppliers[2], "login", None, LAST_DAY - DAY)])
    assert roll_up() == 1


def test_what_arrives_later_about_later_days_changes_no_past_answer(
    sql: Sql,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    rng = random.Random(3)
    past = LAST_DAY - 40 * DAY
    events = [random_event(rng, suppliers) for _ in range(300)]
    insert(sql, [event for event in events if event.occurred_at < past])
    roll_up()
    before = measures_at(past)
    insert(sql, [event for event in events if event.occurred_at >= past])
    roll_up()
    after = measures_at(past)
    for figures in (*before.values(), *after.values()):
        figures.pop("changes_at")  # looks ahead from now, and is kept for the newest score only
    assert after == before


def test_a_late_event_corrects_the_days_it_belongs_to(
    sql: Sql,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    supplier = suppliers[0]
    insert(sql, [Event(supplier, "feature_used", "calendar", LAST_DAY - 2 * DAY)])
    roll_up()
    insert(sql, [Event(supplier, "feature_used", "invoicing", LAST_DAY - 40 * DAY)])
    roll_up()
    used = {
        days: measures_at(LAST_DAY - days * DAY)[supplier]["features_used"]
        for days in (0, 2, 11, 39, 40)
    }
    assert used == {0: 1, 2: 0, 11: 1, 39: 1, 40: 0}


def test_a_dry_look_sees_new_events_and_writes_nothing(
    sql: Sql,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    insert(sql, [Event(suppliers[0], "login", None, LAST_DAY - DAY)])
    assert measures_at(LAST_DAY, fresh=True)[suppliers[0]]["days_since_login"] == 1.0
    assert measures_at(LAST_DAY)[suppliers[0]]["days_since_login"] is None
    assert sql.execute("select count(*) from private.subject_activity").fetchone() == (0,)
    assert roll_up() == 1


@pytest.mark.parametrize("event_type", WINDOWS)
def test_a_window_ends_with_its_last_day(
    event_type: str,
    sql: Sql,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    days = WINDOWS[event_type]
    column = {
        "feature_used": "features_used",
        "client_active": "clients_active",
        "form_sent": "forms_sent",
        "journey_step_due": "steps_due",
    }[event_type]
    insert(sql, [Event(suppliers[0], event_type, "calendar", LAST_DAY - days * DAY)])
    roll_up()
    # The event's day is the first of a window that ends with the day before LAST_DAY.
    assert measures_at(LAST_DAY)[suppliers[0]][column] == 1
    assert measures_at(LAST_DAY + MICROSECOND)[suppliers[0]][column] == 0
    found = measures_at(LAST_DAY - DAY)[suppliers[0]]["changes_at"]
    assert dt.datetime.fromisoformat(found) == LAST_DAY


def login_step(days_since_login: float | None) -> int:
    """Return which of the default scorecard's steps a gap falls into."""
    gaps = (3, 7, 14)
    return sum(days_since_login >= gap for gap in gaps) if days_since_login is not None else 4


@pytest.mark.parametrize("seed", range(8))
def test_nothing_changes_by_time_alone_before_the_instant_that_is_told(
    seed: int,
    sql: Sql,
    suppliers: list[str],
    roll_up: Callable[..., int],
    measures_at: Callable[..., dict[str, dict[str, Any]]],
) -> None:
    rng = random.Random(100 + seed)
    events = [random_event(rng, suppliers) for _ in range(rng.choice((9, 30, 120)))]
    insert(sql, events)
    roll_up()

    def figures(supplier: str, as_of: dt.datetime) -> dict[str, object]:
        own = [event for event in events if event.supplier_id == supplier]
        found = measure(own, CORE, as_of)
        return found | {"days_since_login": login_step(found["days_since_login"])}  # type: ignore[arg-type]

    told = 0
    for _ in range(12):
        as_of = LAST_DAY + rng.choice((-100, -30, 0, 1, 2, 20)) * DAY + rng.random() * 2 * DAY
        for supplier, found in measures_at(as_of).items():
            if found["changes_at"] == "infinity":
                until = as_of + 400 * DAY
            else:
                until = dt.datetime.fromisoformat(found["changes_at"])
                assert until >= as_of
            now = figures(supplier, as_of)
            # At that very instant, and halfway there, it is as it was.
            for later in (until, as_of + (until - as_of) / 2):
                assert figures(supplier, later) == now, (as_of, later)
            told += until > as_of
    assert told
