"""What the screen of one supplier reads: who it is, its score, and how that came about."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_record
from cs_core.io.score.score_rows import Scorecards, read_scorecards
from cs_core.score.drivers import Driver, explain_score
from cs_core.score.scorecard import MEASURES, Scorecard

TRIES = 2
Row = dict[str, Any]


@dataclass(frozen=True)
class Rank:
    """Where a score stands among all scored suppliers of its newest day.

    `position` counts from the worst, 1 up to `of`; suppliers with the same score share it.
    """

    position: int
    of: int


@dataclass(frozen=True)
class OpenCall:
    """A call in the queue."""

    id: str
    type: str
    scheduled_for: dt.datetime | None
    claimed_by: str | None
    claimed_by_name: str | None
    intervention_id: str | None


@dataclass(frozen=True)
class Supplier360:
    """All about one supplier but its history.

    `row` is its current score as a mapping (points, counts, `days_since_login`), what
    `drivers.explain_score` and `score_change.explain_change` take; None before the first score,
    and so are the other figures of the score. `week_ago` is the score of 7 days before.
    `cap_days` is the period of the frequency cap in force.
    """

    supplier_id: str
    business_name: str
    contact_name: str | None
    email: str | None
    phone: str | None
    category: str
    tier: str
    status: str
    timezone: str
    monthly_revenue: float
    signed_up_at: dt.datetime | None
    onboarded_at: dt.datetime | None
    trial_ends_at: dt.datetime | None
    paused_at: dt.datetime | None
    churned_at: dt.datetime | None
    opted_out: bool
    is_active: bool
    cap_days: int
    owner_id: str | None
    owner_name: str | None
    score_date: dt.date | None
    as_of: dt.datetime | None
    health_score: int | None
    risk_level: str | None
    previous_score: int | None
    previous_level: str | None
    last_login: dt.datetime | None
    recommendations: "tuple[Recommendation, ...]"
    last_contacted_at: dt.datetime | None
    obstacles: dict[str, str]
    open_call: OpenCall | None
    rank: Rank | None
    scorecard: Scorecard | None = field(repr=False)
    row: Row | None = field(repr=False)
    week_ago: "DayScore | None" = field(repr=False)
    scorecards: Scorecards = field(repr=False)

    @property
    def drivers(self) -> list[Driver]:
        """The measures that cost it the most points; none without a score."""
        if self.row is None or self.scorecard is None:
            return []
        return explain_score(self.row, self.scorecard)


@dataclass(frozen=True)
class Recommendation:
    """Advice as it was written for this supplier, and the key of the rule that wrote it."""

    key: str
    text: str


@dataclass(frozen=True)
class DayScore:
    """A score of one day; `row` as in `Supplier360`."""

    score_date: dt.date
    health_score: int
    risk_level: str
    scorecard_version: int
    row: Row = field(repr=False)

    @property
    def points(self) -> dict[str, float | None]:
        """Points of 100 per measure; None: left out."""
        return {name: self.row[f"{name}_points"] for name in MEASURES}


@dataclass(frozen=True)
class Mark:
    """Something to point at beside the scores.

    `kind`: intervention, milestone or scorecard. `what` is the type of the intervention
    (email, call, in_app), the type of the milestone, or the version of the scorecard as text.
    """

    kind: str
    at: dt.datetime
    what: str
    id: str | None
    status: str | None
    playbook: str | None


def fetch_supplier(client: PersonClient, supplier_id: str) -> Supplier360 | None:
    """Read all about one supplier but its history; None if there is no such supplier.

    `supplier_id`: a UUID.
    """
    arguments = {"p_supplier": supplier_id}
    found = call(client, "Reading the supplier", "supplier_360", arguments, tries=TRIES)
    if found is None:
        return None
    scorecards = read_scorecards(found["scorecards"])
    score, then = found["score"], found["week_ago"]
    return to_record(
        Supplier360,
        found,
        recommendations=tuple(to_record(Recommendation, one) for one in found["recommendations"]),
        open_call=to_record(OpenCall, found["open_call"]) if found["open_call"] else None,
        rank=to_record(Rank, found["rank"]) if found["rank"] else None,
        scorecard=scorecards[score["scorecard_version"]] if score else None,
        row=score,
        week_ago=_day_score(then) if then else None,
        scorecards=scorecards,
    )


def fetch_score_history(client: PersonClient, supplier_id: str, days: int = 90) -> list[DayScore]:
    """Read a supplier's scores of the last days, the oldest first; a day without one is missing.

    `days`: up to its newest score; at most 1100.
    """
    arguments = {"p_supplier": supplier_id, "p_days": days}
    found = call(client, "Reading scores", "score_history", arguments, tries=TRIES)
    return [_day_score(row) for row in found]


def fetch_scorecards(client: PersonClient) -> Scorecards:
    """Read every scorecard there was, by version, to explain a `DayScore` with."""
    return read_scorecards(call(client, "Reading scorecards", "all_scorecards", {}, tries=TRIES))


def fetch_marks(client: PersonClient, supplier_id: str, since: dt.datetime) -> list[Mark]:
    """Read what happened beside the scores since an instant, the oldest first; at most 500.

    Interventions that reached the supplier, or wait to; milestones; new scorecards.
    """
    arguments = {"p_supplier": supplier_id, "p_since": since.isoformat()}
    found = call(client, "Reading what happened", "supplier_marks", arguments, tries=TRIES)
    return [to_record(Mark, row) for row in found]


def _day_score(row: Row) -> DayScore:
    return to_record(DayScore, row, row=row)
