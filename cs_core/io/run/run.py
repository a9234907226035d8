"""The daily run: gather a page of measures, plan what it means, apply it; page by page."""

import threading
from contextlib import suppress
from dataclasses import replace
from typing import Any

from cs_core.base.errors import CsError
from cs_core.io.base.client import ServiceClient
from cs_core.io.definitions.scorecards import fetch_scorecard
from cs_core.io.run import store as run_store
from cs_core.io.run.critical_alert import queue_team_alert
from cs_core.io.run.lease import kept_lease, take_lease
from cs_core.io.run.pages import Outreach, Pages, fetch_outreach
from cs_core.io.run.request import Progress, RunRequest, RunResult
from cs_core.io.run.store import LeasedRun, LeaseLost
from cs_core.run.page import ACTIVITY_SCHEMA, plan_scores
from cs_core.score.day import score_date
from cs_core.score.scorecard import Scorecard


def run_scoring(
    client: ServiceClient,
    request: RunRequest,
    progress: Progress = lambda suppliers: None,
    stop: threading.Event | None = None,
) -> RunResult:
    """Execute the job once.

    Parameters
    ----------
    progress : callable
        Called with the number of suppliers of each page that is done.
    stop : threading.Event, optional
        Set it to end the run after the page at hand.

    Returns
    -------
    RunResult
        What it planned is stored, and not sent yet: `cs_core.io.dispatch` does that.

    Raises
    ------
    LeaseHeld
        If another run is at work.
    CsError
        If it failed. Pages saved so far stay, and running it again completes it.
    """
    result = RunResult()
    with result.timed("total"):
        scorecards = {as_of: fetch_scorecard(client, as_of) for as_of in request.as_ofs}
        last_card = scorecards[request.as_ofs[-1]]
        result.scorecard_version = last_card.version
        outreach = fetch_outreach(client, request.contact_at)
        result.warnings += outreach.warnings if outreach else ()
        pages = Pages(client, request, outreach, result, progress, stop or threading.Event())
        if request.dry_run:
            pages.score_all(scorecards, run=None)
            return result
        run = take_lease(lambda: _begin(client, request, last_card))
        result.run_id = run.run_id
        _warm_up(last_card)
        with kept_lease(client, run, lambda: pages.suppliers_done):
            try:
                pages.roll_up(run)
                pages.score_all(scorecards, run)
                _conclude(client, request, outreach, run, last_card)
            except BaseException as error:
                reason = str(error) if isinstance(error, CsError) else type(error).__name__
                # The lease may be another run's by now; then there is nothing left to close.
                if not isinstance(error, LeaseLost):
                    with suppress(CsError):  # the first error is the one to tell
                        run_store.finish_run(client, run, result.totals, result.seconds, reason)
                raise
    run_store.finish_run(client, run, result.totals, result.seconds)
    return result


def _begin(client: ServiceClient, request: RunRequest, scorecard: Scorecard) -> LeasedRun:
    from_date = score_date(request.as_ofs[0]) if request.kind == "backfill" else None
    return run_store.begin_run(
        client, request.kind, request.as_ofs[-1], from_date, scorecard.version, request.holder
    )


def _warm_up(scorecard: Scorecard) -> None:
    """Score an empty page aside: the first one loads libraries, while the roll-up is waited for."""
    empty: dict[str, Any] = {name: [] for name in ACTIVITY_SCHEMA.names}
    threading.Thread(target=plan_scores, args=(empty, scorecard), daemon=True).start()


def _conclude(
    client: ServiceClient,
    request: RunRequest,
    outreach: Outreach | None,
    run: LeasedRun,
    scorecard: Scorecard,
) -> None:
    """Do what is done once for all suppliers."""
    if request.contacting is not None and outreach is not None:
        now = request.contacting.at
        run_store.cancel_for_left(client, run, now)
        queue_team_alert(client, run, request.contacting.mail, outreach.rules, scorecard, now)
    for day in sorted({score_date(as_of) for as_of in request.as_ofs}):
        run_store.save_daily_figures(client, run, day)


def widen_if_rescored(client: ServiceClient, request: RunRequest) -> RunRequest:
    """Turn a `changed` run into a daily one where a new scorecard changes every score."""
    if request.kind != "changed":
        return request
    scorecard = fetch_scorecard(client, request.as_ofs[-1])
    if run_store.fetch_last_scorecard_version(client) == scorecard.version:
        return request
    return replace(request, kind="daily")
