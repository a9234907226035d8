"""Scorecards as admins steer them: versions, a look ahead, and publishing."""

import datetime as dt
from dataclasses import dataclass

from cs_core.base.definitions import Definition
from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_record
from cs_core.io.definitions.versions import (
    NEWEST,
    TRIES,
    VERSIONS_AT_ONCE,
    Published,
    Version,
    publish,
)
from cs_core.score.scorecard import Scorecard


@dataclass(frozen=True)
class ScorecardVersion(Version):
    """A version of the scorecard; which days were scored with it, and by how many runs."""

    runs: int
    first_used_on: dt.date | None
    last_used_on: dt.date | None


def fetch_versions(
    client: PersonClient, before: int = NEWEST, limit: int = VERSIONS_AT_ONCE
) -> list[ScorecardVersion]:
    """Read versions of the scorecard, the newest first.

    Parameters
    ----------
    before : int
        Only older versions than this one.
    """
    arguments = {"p_before": before, "p_limit": limit}
    rows = call(client, "Reading the scorecards", "scorecard_versions", arguments, tries=TRIES)
    return [to_record(ScorecardVersion, row) for row in rows]


def publish_scorecard(
    client: PersonClient, definition: Definition, note: str, based_on: int
) -> Published:
    """Put a scorecard in force as the next version.

    Parameters
    ----------
    definition : mapping
        As `Scorecard.from_dict` takes it.
    note : str
        What changed, and why.
    based_on : int
        The version it was made from: where that is no longer the newest, nothing is published.

    Raises
    ------
    ScorecardError
        If the definition breaks a rule; nothing is sent then.
    """
    Scorecard.from_dict(definition, version=based_on + 1)
    arguments = {"p_definition": definition, "p_note": note, "p_based_on": based_on}
    return publish(client, "publish_scorecard", arguments, lambda: fetch_versions(client, limit=1))
