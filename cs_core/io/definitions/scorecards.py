"""Scorecards as admins steer them: versions, a look ahead, and publishing."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from supabase import Client

from cs_core.io.base.client import call
from cs_core.io.base.rows import to_record
from cs_core.io.definitions.versions import (
    NEWEST,
    TRIES,
    VERSIONS_AT_ONCE,
    Published,
    Version,
    publish,
)
from cs_core.io.run.store import FIRST_ID
from cs_core.score.preview import ScorecardPreview, compare_page
from cs_core.score.scorecard import Scorecard
from cs_core.score.scorecard_wording import windows_of

# Suppliers a page: what is stored is read fast, what is measured anew takes its time.
STORED_PAGE, MEASURED_PAGE = 10_000, 3_000

Definition = Mapping[str, Any]


@dataclass(frozen=True)
class ScorecardVersion(Version):
    """A version of the scorecard; which days were scored with it, and by how many runs."""

    runs: int
    first_used_on: dt.date | None
    last_used_on: dt.date | None


@dataclass(frozen=True)
class PreviewBasis:
    """What a preview speaks of.

    `as_of` is the instant of the last run; None before the first. `scored_before`: of how many
    suppliers the score was made with an older scorecard than the newest.
    """

    as_of: dt.datetime | None
    suppliers: int
    scored_before: int


def fetch_versions(
    client: Client, before: int = NEWEST, limit: int = VERSIONS_AT_ONCE
) -> list[ScorecardVersion]:
    """Read versions of the scorecard, the newest first.

    Parameters
    ----------
    client : Client
        The signed-in person's own: row level security applies.
    before : int
        Only older versions than this one.
    limit : int

    Raises
    ------
    StoreError
        If Supabase does not answer.
    """
    arguments = {"p_before": before, "p_limit": limit}
    rows = call(client, "Reading the scorecards", "scorecard_versions", arguments, tries=TRIES)
    return [to_record(ScorecardVersion, row) for row in rows]


def publish_scorecard(
    client: Client, definition: Definition, note: str, based_on: int
) -> Published:
    """Put a scorecard in force as the next version.

    Parameters
    ----------
    client : Client
        An admin's own: the version and the audit log bear that name.
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
    StoreError
        If the caller is no admin, or Supabase does not answer.
    """
    Scorecard.from_dict(definition, version=based_on + 1)
    arguments = {"p_definition": definition, "p_note": note, "p_based_on": based_on}
    return publish(client, "publish_scorecard", arguments, lambda: fetch_versions(client, limit=1))


def fetch_basis(client: Client) -> PreviewBasis:
    """Read what a preview would speak of; for admins.

    Raises
    ------
    StoreError
    """
    found = call(client, "Reading the last scores", "preview_basis", {}, tries=TRIES)
    return to_record(PreviewBasis, found)


def preview_scorecard(
    client: Client,
    draft: Scorecard,
    in_force: Definition,
    basis: PreviewBasis,
    progress: Callable[[int], None] = lambda done: None,
) -> ScorecardPreview:
    """Count what a scorecard would change, on the measures of the last run. Nothing is written.

    Parameters
    ----------
    client : Client
        An admin's own.
    draft : Scorecard
    in_force : mapping
        The newest published one.
    basis : PreviewBasis
        Of a moment ago, with an `as_of`.
    progress : callable
        Called with the number of suppliers of each page.

    Returns
    -------
    ScorecardPreview
        "Before" are the scores that all screens show.

    Raises
    ------
    StoreError

    Notes
    -----
    Where the windows are those of the stored measures, these are enough; otherwise the database
    measures every supplier again, as the run would.
    """
    definition = draft.to_dict()
    as_stored = windows_of(definition) == windows_of(in_force) and not basis.scored_before
    preview, after = ScorecardPreview(), FIRST_ID
    while True:
        page = call(
            client,
            "Looking ahead",
            "preview_measures",
            {
                "p_as_of": basis.as_of.isoformat() if basis.as_of else None,
                "p_card": None if as_stored else definition["measures"],
                "p_after": after,
                "p_limit": STORED_PAGE if as_stored else MEASURED_PAGE,
            },
            tries=TRIES,
        )
        stored = page["stored"]
        if not stored["supplier_id"]:
            return preview
        preview.add(compare_page(stored, page["measures"] or stored, draft))
        after = stored["supplier_id"][-1]
        progress(len(stored["supplier_id"]))
