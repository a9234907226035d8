"""What a scorecard or a playbook would do if it were in force: measured, and nothing written."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from cs_core.base.definitions import Definition
from cs_core.io.base.client import PersonClient, ServiceClient, call
from cs_core.io.base.rows import to_record
from cs_core.io.definitions.playbooks import fetch_playbooks
from cs_core.io.definitions.rules import fetch_rules
from cs_core.io.definitions.scorecards import fetch_scorecard
from cs_core.io.definitions.versions import TRIES
from cs_core.io.run import store as run_store
from cs_core.io.run.request import PAGE_SIZE
from cs_core.io.run.store import FIRST_ID
from cs_core.outreach.facts import OutreachFacts
from cs_core.outreach.playbook_preview import PlaybookPreview, preview_page
from cs_core.outreach.playbooks import Playbook
from cs_core.run.page import plan_scores
from cs_core.score.day import score_date
from cs_core.score.preview import ScorecardPreview, compare_page
from cs_core.score.scorecard import Scorecard
from cs_core.score.scorecard_wording import windows_of

# Suppliers a page: what is stored is read fast, what is measured anew takes its time.
STORED_PAGE, MEASURED_PAGE = 10_000, 3_000


@dataclass(frozen=True)
class PreviewBasis:
    """What a preview speaks of.

    `as_of` is the instant of the last run; None before the first. `scored_before`: of how many
    suppliers the score was made with an older scorecard than the newest.
    """

    as_of: dt.datetime | None
    suppliers: int
    scored_before: int


def fetch_basis(client: PersonClient) -> PreviewBasis:
    """Read what a preview would speak of; for admins."""
    found = call(client, "Reading the last scores", "preview_basis", {}, tries=TRIES)
    return to_record(PreviewBasis, found)


def preview_scorecard(
    client: PersonClient,
    draft: Scorecard,
    published: Definition,
    basis: PreviewBasis,
    progress: Callable[[int], None] = lambda done: None,
) -> ScorecardPreview:
    """Count what a scorecard would change, on the measures of the last run. Nothing is written.

    Parameters
    ----------
    published : mapping
        The newest published one.
    basis : PreviewBasis
        Of a moment ago, with an `as_of`.
    progress : callable
        Called with the number of suppliers of each page.

    Returns
    -------
    ScorecardPreview
        "Before" are the scores that all screens show.

    Notes
    -----
    Where the windows are those of the stored measures, these are enough; otherwise the database
    measures every supplier again, as the run would.
    """
    definition = draft.to_dict()
    as_stored = windows_of(definition) == windows_of(published) and not basis.scored_before
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


def preview_playbook(
    service: ServiceClient,
    playbook: Playbook,
    now: dt.datetime,
    progress: Callable[[int], None] = lambda done: None,
    page_size: int = PAGE_SIZE,
) -> PlaybookPreview:
    """Look who would match a playbook now, page by page as a dry run does. Nothing is written.

    Parameters
    ----------
    playbook : Playbook
        As it is being changed; looked at as if it were turned on.
    now : datetime
        Scored and contacted at this instant, with all events there are.
    progress : callable
        Called with the number of suppliers of each page.

    Raises
    ------
    CsError
        If scorecard or outreach rules are missing or broken.
    """
    scorecard = fetch_scorecard(service, now)
    rules = fetch_rules(service)
    others = fetch_playbooks(service).playbooks
    preview, after = PlaybookPreview(), FIRST_ID
    while True:
        measures, outreach = run_store.fetch_measures(
            service,
            now,
            scorecard,
            after,
            page_size,
            fresh=True,
            contact_at=now,
            cap_days=rules.days,
        )
        suppliers = measures["supplier_id"]
        if not suppliers or outreach is None:
            return preview
        scores = plan_scores(measures, scorecard)
        facts = OutreachFacts.from_columns(outreach)
        day = score_date(now)
        preview.add(len(suppliers), *preview_page(scores, facts, playbook, others, rules, now, day))
        progress(len(suppliers))
        if len(suppliers) < page_size:
            return preview
        after = suppliers[-1]
