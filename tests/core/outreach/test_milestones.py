from datetime import UTC, datetime

import pyarrow as pa
import pytest

from cs_core.outreach.milestones import (
    CATALOGUE,
    MILESTONE_FACTS,
    PLANNED_MILESTONES,
    epoch_us,
    plan_milestones,
)
from tests.support.outreach_plans import NOON, NOON_US, rules

BIG = {
    "onboarding_finished",
    "ten_clients",
    "all_core_features",
    "thirty_active_days",
    "one_year",
}
DAY_US = 86_400_000_000


def planned(*rows, **changes):
    facts = pa.Table.from_pylist(list(rows), schema=MILESTONE_FACTS)
    return plan_milestones(facts, rules(**changes), NOON)


@pytest.mark.parametrize("milestone", CATALOGUE, ids=lambda milestone: milestone.type)
def test_a_milestone_is_planned_when_reached_and_stays_silent_otherwise(milestone):
    reached = {"supplier_id": "s", milestone.achieved: NOON_US}
    assert planned(reached).to_pylist() == [
        {
            "supplier_id": "s",
            "milestone_type": milestone.type,
            "achieved_us": NOON_US,
            "uncelebrated_reason": None,
        }
    ]
    others = {m.achieved: NOON_US for m in CATALOGUE if m is not milestone}
    found = planned({"supplier_id": "s"} | others)["milestone_type"].to_pylist()
    assert len(found) == len(CATALOGUE) - 1
    assert milestone.type not in found


def test_the_catalogue_names_each_milestone_once():
    assert [m.type for m in CATALOGUE] == [
        "first_login",
        "onboarding_finished",
        "first_client",
        "ten_clients",
        "first_form_completed",
        "first_journey_completed",
        "all_core_features",
        "thirty_active_days",
        "one_year",
    ]
    assert {m.type for m in CATALOGUE if m.is_big} == BIG
    assert len({m.achieved for m in CATALOGUE}) == len(CATALOGUE)
    assert CATALOGUE[0].template == "milestone_first_login"


def midnight_us(day):
    return epoch_us(datetime(2026, 11, day, tzinfo=UTC))


@pytest.mark.parametrize(
    ("achieved_us", "days", "reason"),
    [
        (midnight_us(15), 7, None),
        (midnight_us(15) - 1, 7, "too_long_ago"),
        (midnight_us(22), 0, None),
        (midnight_us(22) - 1, 0, "too_long_ago"),
        (NOON_US + DAY_US, 0, None),
    ],
)
def test_a_milestone_reached_too_long_ago_is_recorded_and_not_celebrated(achieved_us, days, reason):
    row = {"supplier_id": "s", "first_year_us": achieved_us}
    found = planned(row, celebrate_within_days=days)
    assert found["uncelebrated_reason"].to_pylist() == [reason]
    assert found["achieved_us"].to_pylist() == [achieved_us]


def test_the_gap_counts_utc_dates_wherever_the_run_is():
    facts = pa.Table.from_pylist(
        [{"supplier_id": "s", "onboarded_us": midnight_us(15)}], schema=MILESTONE_FACTS
    )
    late = datetime.fromisoformat("2026-11-22T23:59-12:00")
    found = plan_milestones(facts, rules(), late)
    assert found["uncelebrated_reason"].to_pylist() == ["too_long_ago"]


def test_nothing_reached_plans_nothing_and_keeps_the_types():
    for table in (planned(), planned({"supplier_id": "s"})):
        assert table.num_rows == 0
        assert table.schema.equals(PLANNED_MILESTONES)


def test_instants_are_exact_to_the_microsecond():
    assert epoch_us(datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=UTC)) == NOON_US + 1
    assert epoch_us(datetime(1970, 1, 1, tzinfo=UTC)) == 0
