"""What a digest may tell: plain values, as they are read."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Moved:
    """A supplier that turned critical or recovered. `reason` is in words."""

    supplier_id: str
    business_name: str
    health_score: int
    previous_score: int
    risk_level: str
    previous_level: str
    monthly_revenue: float
    reason: str | None
    is_held_out: bool


@dataclass(frozen=True)
class Called:
    """A call that was made; `outcome` as it is stored."""

    supplier_id: str
    business_name: str
    outcome: str


@dataclass(frozen=True)
class CallDue:
    """A call to make. `reason` is in words; `owner` looks after the supplier."""

    supplier_id: str
    business_name: str
    scheduled_for: dt.datetime | None
    reason: str
    owner: str | None


@dataclass(frozen=True)
class DayFacts:
    """What happened. Counts are of all; the lists hold the first of them.

    `scorecard_changed_on`: the newest day meanwhile that was scored by other rules than before.
    """

    score_date: dt.date
    turned_critical: int
    recovered: int
    turned: tuple[Moved, ...]
    recoveries: tuple[Moved, ...]
    outcomes: Mapping[str, int]
    calls_made: tuple[Called, ...]
    mails_sent: int
    scorecard_changed_on: dt.date | None = None

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return sum(self.outcomes.values())


@dataclass(frozen=True)
class Levels:
    """Suppliers per level on a scored day."""

    score_date: dt.date
    healthy: int
    at_risk: int
    critical: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.healthy + self.at_risk + self.critical


@dataclass(frozen=True)
class Week:
    """What the weekly report tells.

    `trend` is a week apart each, the oldest first, the newest scored day last. `revenue_at_risk`
    is a month's, now and 7 days before (None: not known). `attached` names the file, None where
    it would be too large.
    """

    facts: DayFacts
    trend: tuple[Levels, ...]
    revenue_at_risk: float
    revenue_before: float | None
    attached: str | None
    is_attached_whole: bool = True
