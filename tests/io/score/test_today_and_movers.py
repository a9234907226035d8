"""What the first screen reads: figures, levels by day, who moved."""

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest

from cs_core.io.run import store as run_store
from cs_core.io.run.store import LeasedRun, LeaseLost
from cs_core.io.score.movers import fetch_movers
from cs_core.io.score.today import (
    Figure,
    count_milestones,
    fetch_levels,
    fetch_recent_milestones,
    fetch_today,
)
from cs_core.io.suppliers.find import find_suppliers
from cs_core.suppliers.filter import SupplierFilter
from tests.support.people import Somebody, become
from tests.support.scored import DAY, add_score, level_of, note_days, open_history

__all__ = ["become"]
WEEK_AGO = DAY - dt.timedelta(days=7)
YESTERDAY = DAY - dt.timedelta(days=1)


@pytest.fixture
def reader(become: Callable[[str], Somebody], sql: Any) -> Any:
    """An analyst's client, with room for scores."""
    open_history(sql)
    return become("analyst").client


def add_transition(sql: Any, supplier: str, before: int, now: int, day: dt.date = DAY) -> None:
    sql.execute(
        "insert into transitions values (%s, %s, %s, %s, %s, %s)",
        (supplier, day, level_of(before), level_of(now), before, now),
    )


def test_before_the_first_run_there_is_nothing_and_that_is_told(reader: Any, sql: Any) -> None:
    today = fetch_today(reader)
    assert (today.score_date, today.scored_at, today.last_run) == (None, None, None)
    assert (today.total, today.has_suppliers) == (Figure(0, None, ()), False)
    assert fetch_levels(reader) == []
    moves = fetch_movers(reader)
    assert (moves.day, moves.turned_critical, moves.drops, moves.recoveries) == (None, [], [], [])


def test_figures_are_those_of_a_plain_count_of_active_suppliers(
    reader: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    rng = random.Random(3)
    now, then, revenue = [], [], 0
    for number in range(60):
        gone = number % 10 == 0
        price = rng.randint(0, 40)
        supplier = add_supplier(
            monthly_revenue=price,
            status="churned" if gone else "active",
            churned_at="2026-06-28" if gone else None,
        )
        before, after = rng.randint(0, 100), rng.randint(0, 100)
        add_score(sql, supplier, WEEK_AGO, before)
        add_score(sql, supplier, DAY - dt.timedelta(days=3 if gone else 0), after)
        then.append(level_of(before))
        if not gone:
            now.append(level_of(after))
            revenue += price if after < 70 else 0
    note_days(sql, WEEK_AGO, DAY)
    today = fetch_today(reader)
    assert (today.score_date, today.week_ago_on) == (DAY, WEEK_AGO)
    for level in ("healthy", "at_risk", "critical"):
        figure = getattr(today, level)
        assert (figure.now, figure.week_ago) == (now.count(level), then.count(level))
        assert figure.days == (then.count(level), now.count(level))
        assert figure.change == now.count(level) - then.count(level)
    assert (today.total.now, today.total.week_ago) == (54, 60)
    assert today.revenue_at_risk.now == revenue
    levels = fetch_levels(reader)
    assert [day.score_date for day in levels] == [WEEK_AGO, DAY]
    assert [day.critical for day in levels] == [then.count("critical"), now.count("critical")]
    assert fetch_levels(reader, days=7) == levels[1:]
    (scores,) = sql.execute(
        "select scores from daily_figures where score_date = %s", (DAY,)
    ).fetchone()
    assert (len(scores), sum(scores)) == (101, 54)


def test_seven_days_ago_is_an_earlier_day_where_no_run_was_made_on_it(
    reader: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier()
    for days_before, score in ((11, 10), (9, 80), (0, 50)):
        add_score(sql, supplier, DAY - dt.timedelta(days=days_before), score)
    note_days(sql, *(DAY - dt.timedelta(days=n) for n in (11, 9, 0)))
    assert fetch_today(reader).week_ago_on == DAY - dt.timedelta(days=9)
    (row,) = find_suppliers(reader, SupplierFilter()).rows
    assert row.score_change_7_days == -30


def test_too_long_ago_is_not_seven_days_ago(
    reader: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier()
    for days_before, score in ((11, 10), (6, 80), (0, 50)):
        add_score(sql, supplier, DAY - dt.timedelta(days=days_before), score)
    note_days(sql, *(DAY - dt.timedelta(days=n) for n in (11, 6, 0)))
    assert fetch_today(reader).healthy.week_ago is None
    (row,) = find_suppliers(reader, SupplierFilter()).rows
    assert row.score_change_7_days is None


def test_who_moved_is_told_with_why(
    reader: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    def moved(name: str, before: int, now: int, revenue: int = 10) -> str:
        supplier = add_supplier(business_name=name, monthly_revenue=revenue)
        add_score(sql, supplier, WEEK_AGO, before)
        add_score(sql, supplier, DAY, now, "2026-06-21T00:00:00Z")
        return supplier

    rich, poor = moved("Rich", 80, 30, 90), moved("Poor", 80, 20, 5)
    add_transition(sql, rich, 41, 30)
    add_transition(sql, poor, 60, 20)
    gone = moved("Gone", 80, 30, 500)
    add_transition(sql, gone, 41, 30)
    moved("Deep", 95, 45)
    moved("Slight", 64, 59)
    moved("Barely", 64, 60)
    moved("Better", 20, 60)
    moved("Best", 60, 90)
    moved("Up on its level", 41, 69)
    sql.execute(
        "insert into support_interactions (supplier_id, type, scheduled_for)"
        " values (%s, 'check_in', '2026-07-01')",
        (rich,),
    )
    note_days(sql, WEEK_AGO, DAY)
    sql.execute("update suppliers set status = 'churned' where id = %s", (gone,))
    moves = fetch_movers(reader)
    assert moves.day == DAY
    assert [(m.business_name, m.previous_score, m.health_score) for m in moves.turned_critical] == [
        ("Rich", 41, 30),
        ("Poor", 60, 20),
    ]
    assert [m.business_name for m in moves.drops] == ["Deep", "Slight"]
    assert [m.business_name for m in moves.recoveries] == ["Better", "Best"]
    first = moves.turned_critical[0]
    assert (first.has_open_call, first.monthly_revenue) == (True, 90)
    assert (first.risk_level, first.previous_level) == ("critical", "at_risk")
    assert first.reason == "No login for 9 days"
    assert len(fetch_movers(reader, limit=1).turned_critical) == 1
    today = fetch_today(reader)
    assert (today.turned_critical, today.turned_critical_unplanned) == (3, 2)


def test_a_drop_says_what_fell_and_a_recovery_what_was_regained(
    reader: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    points = (
        "update {} set login_recency_points = %s, feature_adoption_points = %s,"
        " client_activity_points = %s where supplier_id = %s and score_date = %s"
    )

    def moved(name: str, *scores: tuple[float, float, float]) -> str:
        supplier = add_supplier(business_name=name)
        for day, each in zip((WEEK_AGO, DAY), scores, strict=True):
            add_score(sql, supplier, day, int(sum(each)), "2026-06-21T00:00:00Z")
            for table in ("customer_health", "current_health"):
                sql.execute(points.format(table), (*each, supplier, day))
        return supplier

    moved("Fallen", (0, 30, 30), (0, 5, 30))
    moved("Back", (10, 0, 5), (40, 2.5, 5))
    unknown = moved("Unknown", (10, 0, 5), (40, 0, 5))
    note_days(sql, WEEK_AGO, DAY)
    sql.execute("delete from customer_health where supplier_id = %s", (unknown,))
    moves = fetch_movers(reader)
    # No login costs it more, and did so a week ago.
    assert [m.reason for m in moves.drops] == ["2 of 6 core features used in the last 30 days"]
    assert {m.business_name: m.reason for m in moves.recoveries} == {
        "Back": "Login recency +30",
        "Unknown": None,
    }


def test_correcting_a_past_day_corrects_what_is_measured_from_it(
    reader: Any, service: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier()
    add_score(sql, supplier, WEEK_AGO, 80)
    add_score(sql, supplier, DAY, 50)
    note_days(sql, WEEK_AGO, DAY)
    sql.execute("update customer_health set health_score = 55 where score_date = %s", (WEEK_AGO,))
    run = begin(sql, "backfill")
    run_store.save_daily_figures(service, run, WEEK_AGO)
    (row,) = find_suppliers(reader, SupplierFilter()).rows
    assert row.score_change_7_days == -5


def begin(sql: Any, kind: str) -> LeasedRun:
    sql.execute("update private.run_lease set expires_at = '-infinity'")
    answer = sql.execute("select begin_run(%s, '2026-07-01', null, 1, 'me', 60)", (kind,))
    found = answer.fetchone()[0]
    return LeasedRun(found["run_id"], found["fence"])


def test_one_supplier_scored_for_a_past_day_makes_no_figure_of_it(
    reader: Any, service: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier()
    add_score(sql, supplier, YESTERDAY, 80)
    add_score(sql, supplier, DAY, 50)
    note_days(sql, DAY)
    run_store.save_daily_figures(service, begin(sql, "supplier"), YESTERDAY)
    assert [day.score_date for day in fetch_levels(reader)] == [DAY]
    run_store.save_daily_figures(service, begin(sql, "backfill"), YESTERDAY)
    assert [day.score_date for day in fetch_levels(reader)] == [YESTERDAY, DAY]


def test_a_run_that_lost_its_lease_writes_no_figures(reader: Any, service: Any, sql: Any) -> None:
    run = begin(sql, "daily")
    begin(sql, "daily")
    with pytest.raises(LeaseLost):
        run_store.save_daily_figures(service, run, DAY)
    assert fetch_levels(reader) == []


@pytest.mark.parametrize(
    ("versions", "told"),
    [
        ({WEEK_AGO: 1, YESTERDAY: 1, DAY: 1}, None),
        ({WEEK_AGO: 1, YESTERDAY: 1, DAY: 2}, DAY),
        ({WEEK_AGO: 1, YESTERDAY: 2, DAY: 2}, YESTERDAY),
        ({WEEK_AGO: 2, YESTERDAY: 2, DAY: 2}, None),
        # What says the same as the first one is no other scorecard.
        ({WEEK_AGO: 1, YESTERDAY: 3, DAY: 3}, None),
        ({WEEK_AGO: 2, YESTERDAY: 2, DAY: 3}, DAY),
    ],
)
def test_a_new_scorecard_is_told_for_as_long_as_changes_are_counted_across_it(
    reader: Any,
    sql: Any,
    add_supplier: Callable[..., str],
    versions: dict[dt.date, int],
    told: dt.date | None,
) -> None:
    supplier = add_supplier()
    sql.execute(
        "insert into scorecards (version, definition)"
        " select 2, jsonb_set(definition, '{thresholds,critical_below}', '30') from scorecards"
        " union all select 3, definition from scorecards"
    )
    for day, version in versions.items():
        add_score(sql, supplier, day, 50)
        sql.execute(
            "insert into runs"
            " (kind, status, fence, as_of, score_date, started_at, scorecard_version)"
            " values ('daily', 'done', 1, %s::date, %s, %s::date, %s)",
            (day, day, day, version),
        )
    note_days(sql, *versions)
    assert fetch_today(reader).scorecard_changed_on == told


def test_the_newest_run_is_told_and_whether_it_is_alive(reader: Any, sql: Any) -> None:
    begin(sql, "daily")
    run = fetch_today(reader).last_run
    assert run is not None
    assert (run.kind, run.status, run.is_alive, run.finished_at) == ("daily", "running", True, None)
    sql.execute("update private.run_lease set expires_at = '-infinity'")
    run = fetch_today(reader).last_run
    assert run is not None
    assert not run.is_alive


def test_milestones_come_newest_first_and_are_counted(
    reader: Any, sql: Any, add_supplier: Callable[..., str]
) -> None:
    supplier = add_supplier(business_name="The Glasshouse")
    for name, day in (("first_login", 1), ("ten_clients", 5), ("first_client", 3)):
        sql.execute(
            "insert into success_milestones (supplier_id, milestone_type, achieved_at)"
            " values (%s, %s, make_date(2026, 6, %s))",
            (supplier, name, day),
        )
    since = dt.datetime(2026, 6, 2, tzinfo=dt.UTC)
    found = fetch_recent_milestones(reader, since)
    assert [one.milestone_type for one in found] == ["ten_clients", "first_client"]
    assert found[0].business_name == "The Glasshouse"
    assert count_milestones(reader, since) == {"ten_clients": 1, "first_client": 1}
    only = fetch_recent_milestones(reader, since, milestone_type="first_client")
    assert [one.milestone_type for one in only] == ["first_client"]
