"""The scorecard: the one in force at an instant, and publishing."""

import datetime as dt
from typing import Any

from supabase import Client

from cs_core.base.definitions import Definition
from cs_core.base.errors import CsError
from cs_core.io.base.client import run_request
from cs_core.io.definitions.versions import Published, publish
from cs_core.score.scorecard import Scorecard


class NoScorecard(CsError):
    message = "There is no scorecard in the database. Apply the migrations of sql/supabase first."


def fetch_scorecard(client: Client, as_of: dt.datetime) -> Scorecard:
    """Return the scorecard in force at an instant: the newest published by then, else the first.

    Raises
    ------
    NoScorecard
        If there is none at all.
    ScorecardError
        If the stored one breaks a rule; names the field.
    """

    def newest(before: dt.datetime | None) -> list[Any]:
        query = client.table("scorecards").select("version, definition")
        if before is not None:
            query = query.lte("published_at", before.isoformat())
        query = query.order("version", desc=before is not None).limit(1)
        return list(run_request("Reading the scorecard", query.execute).data)

    rows = newest(as_of) or newest(None)
    if not rows:
        raise NoScorecard()
    return Scorecard.from_dict(rows[0]["definition"], version=rows[0]["version"])


def publish_scorecard(
    client: Client, definition: Definition, note: str | None, based_on: int
) -> Published:
    """Put a scorecard in force as the next version; see `publish`.

    Raises ScorecardError if the definition breaks a rule; nothing is sent then.
    """
    Scorecard.from_dict(definition, version=based_on + 1)
    return publish(client, "scorecard", "", definition, note, based_on)
