"""Milestones: what a supplier can reach once, and which of it is still worth celebrating."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import narwhals as nw
import pyarrow as pa

from cs_core.base.frames import to_frame
from cs_core.outreach.rules import OutreachRules


@dataclass(frozen=True)
class Milestone:
    """Something a supplier reaches once.

    `achieved` is the column of the facts with the instant it was reached, in microseconds
    since 1970 UTC; null = not reached, or recorded already.
    A big milestone is celebrated by e-mail too, not only in the product.
    """

    type: str
    title: str
    is_big: bool
    achieved: str

    @property
    def template(self) -> str:
        """The message template of its celebration."""
        return f"milestone_{self.type}"


CATALOGUE = (
    Milestone("first_login", "First login", False, "first_login_us"),
    Milestone("onboarding_finished", "Set-up finished", True, "onboarded_us"),
    Milestone("first_client", "First client", False, "first_client_us"),
    Milestone("ten_clients", "Ten clients", True, "tenth_client_us"),
    Milestone("first_form_completed", "First form completed", False, "first_form_us"),
    Milestone("first_journey_completed", "First client journey completed", False, "journey_us"),
    Milestone("all_core_features", "All core features used", True, "all_features_us"),
    Milestone("thirty_active_days", "Active thirty days in a row", True, "thirtieth_day_us"),
    Milestone("one_year", "One year with WedSync", True, "first_year_us"),
)

TITLES = {milestone.type: milestone.title for milestone in CATALOGUE}
ACHIEVED = "achieved_us"

# Sparse: only suppliers that reached something not recorded yet; null = not reached, or
# recorded already.
MILESTONE_FACTS = pa.schema(
    [("supplier_id", pa.string()), *((item.achieved, pa.int64()) for item in CATALOGUE)]
)
PLANNED_MILESTONES = pa.schema(
    [
        ("supplier_id", pa.string()),
        ("milestone_type", pa.string()),
        (ACHIEVED, pa.int64()),
        ("uncelebrated_reason", pa.string()),
    ]
)


def milestone_title(type: str) -> str:
    """Name a milestone as people read it; one that is not known (any more) by its type."""
    return TITLES.get(type) or type.replace("_", " ").capitalize()


def plan_milestones(facts: pa.Table, rules: OutreachRules, contact_at: datetime) -> pa.Table:
    """List the milestones to record, and say which are too old to celebrate.

    Parameters
    ----------
    facts : pyarrow.Table, shape (n_suppliers, ...)
        `MILESTONE_FACTS`, one row a supplier.
    rules : OutreachRules
        `celebrate_within_days` is the longest gap in UTC dates between reaching and celebrating.
    contact_at : datetime
        The aware instant at which the run contacts people.

    Returns
    -------
    pyarrow.Table, shape (n_milestones, 4)
        `PLANNED_MILESTONES` in catalogue order. `uncelebrated_reason` is `too_long_ago`, or
        null for a milestone to be celebrated.
    """
    midnight = contact_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    oldest_us = epoch_us(midnight - timedelta(days=rules.celebrate_within_days))
    types = [milestone.type for milestone in CATALOGUE]
    reached = (
        to_frame(facts)
        .rename({milestone.achieved: milestone.type for milestone in CATALOGUE})
        .unpivot(types, index="supplier_id", variable_name="milestone_type", value_name=ACHIEVED)
        .filter(~nw.col(ACHIEVED).is_null())
    )
    too_long_ago = nw.when(nw.col(ACHIEVED) < oldest_us).then(nw.lit("too_long_ago"))
    planned: pa.Table = reached.with_columns(uncelebrated_reason=too_long_ago).to_native()
    return planned.cast(PLANNED_MILESTONES)


def epoch_us(instant: datetime) -> int:
    """Return an aware instant in microseconds since 1970 UTC, exactly."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
