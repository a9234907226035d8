"""What the screen of one supplier reads."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.io.suppliers.one import (
    fetch_marks,
    fetch_score_history,
    fetch_scorecards,
    fetch_supplier,
)
from cs_core.io.suppliers.timeline import KINDS, Entry, fetch_timeline
from cs_core.score.change import explain_change
from tests.support.people import Somebody, become
from tests.support.scored import DAY, add_score, note_days, open_history

__all__ = ["become"]
WEEK_AGO = DAY - dt.timedelta(days=7)


@pytest.fixture
def reader(become: Callable[[str], Somebody], sql: Any) -> Any:
    """An analyst's client, with room for scores."""
    open_history(sql)
    return become("analyst").client


def test_a_supplier_without_a_score_is_shown_all_the_same(
    reader: Any, add_supplier: Callable[..., str]
) -> None:
    found = fetch_supplier(reader, add_supplier(contact_name="Ro", email="r@example.com"))
    assert found is not None
    assert (found.contact_name, found.email, found.status) == ("Ro", "r@example.com", "active")
    assert (found.health_score, found.rank, found.row, found.drivers) == (None, None, None, [])
    assert (found.open_call, found.last_contacted_at, found.is_active) == (None, None, True)
    assert fetch_supplier(reader, str(uuid.uuid4())) is None


def test_the_score_comes_with_what_explains_it_and_its_change(
    reader: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier()
    add_score(sql, supplier, WEEK_AGO, 80, "2026-06-22T00:00:00Z")
    add_score(sql, supplier, DAY, 45, "2026-06-20T12:00:00Z")
    for score in (10, 45, 90):
        add_score(sql, add_supplier(), DAY, score)
    note_days(sql, WEEK_AGO, DAY)
    found = fetch_supplier(reader, supplier)
    assert found is not None
    assert (found.health_score, found.risk_level, found.score_date) == (45, "at_risk", DAY)
    assert found.rank is not None
    assert (found.rank.position, found.rank.of) == (2, 4)
    assert "no login for 9 days" in [driver.fact for driver in found.drivers]
    assert found.row is not None
    assert found.week_ago is not None
    assert found.scorecard is not None
    change = explain_change(found.row, found.week_ago.row, found.scorecard)
    assert (change.then, change.now) == (80, 45)
    assert sum(part.change for part in change.measures) + change.rounding == -35
    history = fetch_score_history(reader, supplier)
    assert [(day.score_date, day.health_score) for day in history] == [(WEEK_AGO, 80), (DAY, 45)]
    assert history[1].points == {
        "login_recency": 18.0,
        "feature_adoption": 13.5,
        "client_activity": 13.5,
        "form_completion": None,
        "journey_performance": None,
    }
    assert fetch_score_history(reader, supplier, days=7) == history[1:]
    assert list(fetch_scorecards(reader)) == [1]


@pytest.fixture
def busy(sql: Any, add_supplier: Callable[..., str], add_events: Callable[..., None]) -> str:
    """A supplier with something of every kind, much of it at the same instants."""
    supplier = add_supplier()
    events: list[tuple[str, str, str | None, str]] = []
    for day in range(1, 11):
        at = f"2026-06-{day:02}T"
        events += [
            (supplier, "login", None, f"{at}08:00:00Z"),
            (supplier, "login", None, f"{at}12:00:00Z"),
            (supplier, "feature_used", "calendar", f"{at}12:00:00Z"),
            (supplier, "feature_used", "calendar", f"{at}09:00:00Z"),
            (supplier, "feature_used", "invoicing", f"{at}10:00:00Z"),
            (supplier, "form_sent", "intake", f"{at}12:00:00Z"),
            (supplier, "form_completed", "intake", f"{at}12:00:00Z"),
        ]
    add_events(*events)
    for day in range(1, 6):
        at = f"2026-06-{day:02}T12:00:00Z"
        sql.execute(
            "insert into supplier_notes (supplier_id, text, created_at) values (%s, 'n', %s)",
            (supplier, at),
        )
        sql.execute(
            "insert into interventions (supplier_id, type, playbook, status, sent_at, dedupe_key)"
            " values (%s, 'email', 'p', 'sent', %s, %s)",
            (supplier, at, at),
        )
        sql.execute(
            "insert into support_interactions (supplier_id, type, scheduled_for, completed_at,"
            " outcome) values (%s, 'check_in', %s, %s, 'reached')",
            (supplier, at, at),
        )
        sql.execute(
            "insert into success_milestones (supplier_id, milestone_type, achieved_at)"
            " values (%s, %s, %s)",
            (supplier, f"milestone {day}", at),
        )
    return supplier


def read_all(reader: Any, supplier: str, limit: int, **how: Any) -> list[Entry]:
    entries: list[Entry] = []
    while page := fetch_timeline(
        reader, supplier, before=entries[-1] if entries else None, limit=limit, **how
    ):
        entries += page
    return entries


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_of_the_timeline_hold_every_entry_once(limit: int, reader: Any, busy: str) -> None:
    whole = fetch_timeline(reader, busy, limit=200)
    assert len(whole) == 10 * 4 + 5 * 4
    assert read_all(reader, busy, limit) == whole
    assert [entry.at for entry in whole] == sorted((e.at for e in whole), reverse=True)


def test_logins_and_features_are_one_entry_a_day(reader: Any, busy: str) -> None:
    logins = fetch_timeline(reader, busy, kinds=("login",))
    assert [entry.facts for entry in logins] == [{"count": 2}] * 10
    features = fetch_timeline(reader, busy, kinds=("feature",), limit=1)
    assert features[0].facts == {"features": ["calendar", "invoicing"], "count": 3}
    for kind in KINDS:
        assert {entry.kind for entry in fetch_timeline(reader, busy, kinds=(kind,))} == {kind}


def test_marks_are_what_reached_the_supplier_and_new_scorecards(
    reader: Any, busy: str, sql: Any
) -> None:
    sql.execute(
        "insert into scorecards (version, definition, published_at)"
        " select 2, definition, '2026-06-04' from scorecards"
    )
    sql.execute("update interventions set status = 'suppressed', reason = 'opt_out', sent_at = null"
                " where sent_at = '2026-06-05T12:00:00Z'")  # fmt: skip
    marks = fetch_marks(reader, busy, dt.datetime(2026, 6, 4, tzinfo=dt.UTC))
    assert sorted((mark.kind, mark.what) for mark in marks) == [
        ("intervention", "email"),
        ("milestone", "milestone 4"),
        ("milestone", "milestone 5"),
        ("scorecard", "2"),
    ]


@pytest.mark.parametrize("name", ["supplier", "stranger"])
def test_others_read_nothing_of_a_supplier(
    name: str, busy: str, become: Callable[[str], Somebody]
) -> None:
    other = become(name).client
    assert fetch_supplier(other, busy) is None
    assert fetch_timeline(other, busy) == []
    assert fetch_score_history(other, busy) == []
    assert fetch_marks(other, busy, dt.datetime(2020, 1, 1, tzinfo=dt.UTC)) == []


def test_all_playbooks_of_a_cause_are_named_not_only_the_first(sql: Any) -> None:
    cause = (
        '{"reasons": [{"playbook": "became_critical"}, {"playbook": "silent_after_set_up"},'
        ' {"note": "x"}]}'
    )
    (titles,) = sql.execute("select private.playbook_titles(%s)", [cause]).fetchone()
    assert titles == {
        "became_critical": "Became critical",
        "silent_after_set_up": "Silent after set-up",
    }
