"""Scores as the screens read them, with the scorecards that made them."""

from collections.abc import Mapping
from typing import Any

from cs_core.outreach.reasons import reason_of
from cs_core.score.scorecard import Scorecard

Scorecards = dict[int, Scorecard]


def read_scorecards(found: Mapping[str, Any] | None) -> Scorecards:
    """Build the scorecards that come with an answer, by version."""
    return {
        int(version): Scorecard.from_dict(definition, version=int(version))
        for version, definition in (found or {}).items()
    }


def reason_in(row: Mapping[str, Any] | None, scorecards: Scorecards) -> str | None:
    """Say why a score is what it is; None without a score, or where nothing costs a point."""
    if row is None:
        return None
    return reason_of(row, scorecards[row["scorecard_version"]])
