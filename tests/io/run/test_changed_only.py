"""`--changed-only` leaves what a full run would leave, for less."""

import datetime as dt
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.runs import Sql, summary

Job = Callable[..., "subprocess.CompletedProcess[str]"]


def test_changed_only_scores_those_with_new_events(
    world: list[str], sql: Sql, score: Callable[..., Any]
) -> None:
    as_of = dt.datetime(2026, 7, 1, 6, tzinfo=dt.UTC)
    score(as_of)
    later = as_of + dt.timedelta(minutes=1)
    due = sql.execute(
        "select count(*) from current_health where changes_at < %s", (later,)
    ).fetchone()
    assert score(later, kind="changed").totals["suppliers_scored"] == (due or (0,))[0]
    sql.execute(
        "insert into activity_events (id, supplier_id, event_type, occurred_at) values"
        " (gen_random_uuid(), %s, 'login', '2026-07-01 06:00:30Z')",
        (world[3],),
    )
    result = score(later + dt.timedelta(seconds=1), kind="changed")
    assert result.totals["suppliers_scored"] == 1
    assert score(later + dt.timedelta(seconds=2), kind="changed").totals["suppliers_scored"] == 0


@pytest.mark.parametrize("hours", [1, 7, 24, 30, 24 * 9])
def test_changed_only_leaves_the_scores_of_a_full_run(
    hours: int, world: list[str], sql: Sql, score: Callable[..., Any]
) -> None:
    start = dt.datetime(2026, 7, 1, 6, tzinfo=dt.UTC)
    then = start + dt.timedelta(hours=hours)
    score(start)
    changed = score(then, kind="changed").totals["suppliers_scored"]
    query = "select supplier_id, health_score, risk_level from current_health order by 1"
    after_changed = sql.execute(query).fetchall()
    full = score(then).totals["suppliers_scored"]
    assert sql.execute(query).fetchall() == after_changed
    assert changed < full or hours >= 18  # from midnight on, windows move


def test_changed_only_notices_a_new_supplier_and_a_new_tier(
    world: list[str], sql: Sql, score: Callable[..., Any], add_supplier: Callable[..., str]
) -> None:
    as_of = dt.datetime(2026, 7, 1, 6, tzinfo=dt.UTC)
    score(as_of)
    score(as_of, kind="changed")
    newcomer = add_supplier(signed_up_at="2026-06-29T00:00:00Z")
    sql.execute("update suppliers set tier = 'starter' where id = %s", (world[0],))
    sql.execute("update suppliers set phone = '1' where id = %s", (world[1],))
    assert score(as_of, kind="changed").totals["suppliers_scored"] == 2
    row = sql.execute(
        "select tier, features_core from current_health where supplier_id = %s", (world[0],)
    ).fetchone()
    assert row == ("starter", 1)
    found = sql.execute("select 1 from current_health where supplier_id = %s", (newcomer,))
    assert found.fetchone()


def test_changed_only_notices_other_core_features(
    world: list[str], sql: Sql, score: Callable[..., Any]
) -> None:
    as_of = dt.datetime(2026, 7, 1, 6, tzinfo=dt.UTC)
    score(as_of)
    sql.execute("insert into core_features values ('contracts', 'starter')")
    assert score(as_of, kind="changed").totals["suppliers_scored"] == 0
    sql.execute("insert into core_features values ('contracts', '*')")
    assert score(as_of, kind="changed").totals["suppliers_scored"] == 30


def test_changed_only_takes_back_what_was_scored_for_a_later_instant(
    world: list[str], sql: Sql, score: Callable[..., Any]
) -> None:
    score(dt.datetime(2026, 7, 2, tzinfo=dt.UTC))
    noon = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    assert score(noon, kind="changed").totals["suppliers_scored"] == 30


def test_a_new_scorecard_turns_a_changed_only_run_into_a_full_one(
    world: list[str], sql: Sql, daily_scoring: Job
) -> None:
    summary(daily_scoring("--json"))
    sql.execute(
        "insert into scorecards (version, definition) select 2,"
        " jsonb_set(definition, '{thresholds,at_risk_below}', '80') from scorecards"
    )
    said = summary(daily_scoring("--changed-only", "--json"))
    assert (said["kind"], said["scorecard_version"], said["suppliers_scored"]) == ("daily", 2, 30)
