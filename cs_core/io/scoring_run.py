"""The daily run: gather a page of measures, plan its scores, apply them; page by page."""

import datetime as dt
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa
from supabase import Client

from cs_core.daily_plan import (
    ACTIVITY_SCHEMA,
    count_levels,
    find_level_changes,
    pack_scores,
    plan_scores,
)
from cs_core.errors import CsError
from cs_core.io import score_store
from cs_core.io.lease import kept_lease, take_lease
from cs_core.io.score_store import FIRST_ID, Run
from cs_core.io.supabase import LeaseLost
from cs_core.scorecard import Scorecard

# A page of scores is one request body of less than 1 MB, which every gateway lets through.
PAGE_SIZE = 3000
# Pages being saved while the next is read and scored. More only queue up in the database.
SAVES_AT_ONCE = 2

Progress = Callable[[int], None]


@dataclass(frozen=True)
class RunRequest:
    """What one execution of the job shall do.

    Parameters
    ----------
    as_ofs : tuple of datetime
        The instants to score for, oldest first; a backfill has several.
    kind : {'daily', 'changed', 'supplier', 'backfill'}
    supplier_id : str, optional
        Score only this one.
    dry_run : bool
        Write nothing.
    holder : str
        Who runs, for those who find the lease taken.
    """

    as_ofs: tuple[dt.datetime, ...]
    kind: str = "daily"
    supplier_id: str | None = None
    dry_run: bool = False
    holder: str = "daily_scoring"
    page_size: int = PAGE_SIZE


@dataclass
class RunResult:
    """What a run did. Levels are counted for the last instant only."""

    totals: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            (
                "events_rolled_up",
                "pages",
                "suppliers_scored",
                "healthy",
                "at_risk",
                "critical",
                "transitions",
            ),
            0,
        )
    )
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("roll_up", "measure", "score", "save", "total"), 0.0)
    )
    level_changes: list[dict[str, Any]] = field(default_factory=list)
    scorecard_version: int | None = None
    run_id: str | None = None

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time a block takes to a step."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] += time.perf_counter() - start


class StoppedRun(CsError):
    """The run was stopped by a signal. What was saved stays; start it again to do the rest."""


def run_scoring(
    client: Client,
    request: RunRequest,
    progress: Progress = lambda suppliers: None,
    stop: threading.Event | None = None,
) -> RunResult:
    """Execute the job once.

    Parameters
    ----------
    client : Client
        Holding the secret key.
    request : RunRequest
    progress : callable
        Called with the number of suppliers of each page that is done.
    stop : threading.Event, optional
        Set it to end the run after the page at hand.

    Returns
    -------
    RunResult

    Raises
    ------
    LeaseHeld
        If another run is at work.
    CsError
        If it failed. Pages saved so far stay, and running it again completes it.
    """
    result = RunResult()
    with result.timed("total"):
        scorecards = {as_of: score_store.fetch_scorecard(client, as_of) for as_of in request.as_ofs}
        last_card = scorecards[request.as_ofs[-1]]
        result.scorecard_version = last_card.version
        work = _Work(client, request, result, progress, stop or threading.Event())
        if request.dry_run:
            work.score_all(scorecards, run=None)
            return result
        run = take_lease(lambda: _begin(client, request, last_card))
        result.run_id = run.run_id
        _warm_up(last_card)
        with kept_lease(client, run, lambda: work.suppliers_done):
            try:
                work.roll_up(run)
                work.score_all(scorecards, run)
            except BaseException as error:
                reason = str(error) if isinstance(error, CsError) else type(error).__name__
                # The lease may be another run's by now; then there is nothing left to close.
                if not isinstance(error, LeaseLost):
                    with suppress(CsError):  # the first error is the one to tell
                        score_store.finish_run(client, run, result.totals, result.seconds, reason)
                raise
    score_store.finish_run(client, run, result.totals, result.seconds)
    return result


def _begin(client: Client, request: RunRequest, scorecard: Scorecard) -> Run:
    from_date = None
    if request.kind == "backfill":
        from_date = (request.as_ofs[0] - dt.timedelta(microseconds=1)).date()
    return score_store.begin_run(
        client, request.kind, request.as_ofs[-1], from_date, scorecard.version, request.holder
    )


def _warm_up(scorecard: Scorecard) -> None:
    """Score an empty page aside: the first one loads libraries, while the roll-up is waited for."""
    empty: dict[str, Any] = {name: [] for name in ACTIVITY_SCHEMA.names}
    threading.Thread(target=plan_scores, args=(empty, scorecard), daemon=True).start()


class _Work:
    """The pages of one run."""

    def __init__(
        self,
        client: Client,
        request: RunRequest,
        result: RunResult,
        progress: Progress,
        stop: threading.Event,
    ) -> None:
        self.client = client
        self.request = request
        self.result = result
        self.progress = progress
        self.stop = stop

    @property
    def suppliers_done(self) -> int:
        return self.result.totals["suppliers_scored"]

    def roll_up(self, run: Run) -> None:
        """Fold all new events into the roll-up."""
        with self.result.timed("roll_up"):
            done = False
            while not done:
                self._heed_stop()
                events, done = score_store.roll_up_step(self.client, run)
                self.result.totals["events_rolled_up"] += events

    def score_all(self, scorecards: dict[dt.datetime, Scorecard], run: Run | None) -> None:
        """Score every instant asked for, the oldest first, as each compares with the one before."""
        for as_of, scorecard in scorecards.items():
            self.result.totals |= {"healthy": 0, "at_risk": 0, "critical": 0}
            self._score_instant(as_of, scorecard, run)

    def _score_instant(self, as_of: dt.datetime, scorecard: Scorecard, run: Run | None) -> None:
        with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(SAVES_AT_ONCE) as writer:
            saves: deque[Future[tuple[int, float]]] = deque()
            reading = reader.submit(self._read, as_of, scorecard, FIRST_ID)
            try:
                while (page := reading.result())["supplier_id"]:
                    self._heed_stop()
                    is_last = len(page["supplier_id"]) < self.request.page_size
                    if not is_last:
                        last_id = page["supplier_id"][-1]
                        reading = reader.submit(self._read, as_of, scorecard, last_id)
                    with self.result.timed("score"):
                        scores = plan_scores(page, scorecard)
                    if run is None:
                        self._preview(scores)
                    else:
                        while len(saves) >= SAVES_AT_ONCE:
                            self._note_saved(saves.popleft())
                        saves.append(
                            writer.submit(
                                self._save, run, as_of, scorecard, page["measured_xid"], scores
                            )
                        )
                    self._count(scores)
                    if is_last:
                        break
                while saves:
                    self._note_saved(saves.popleft())
            finally:
                reading.cancel()

    def _read(self, as_of: dt.datetime, scorecard: Scorecard, after: str) -> dict[str, Any]:
        with self.result.timed("measure"):
            return score_store.fetch_measures(
                self.client,
                as_of,
                scorecard,
                after,
                self.request.page_size,
                selection="changed" if self.request.kind == "changed" else "all",
                supplier_id=self.request.supplier_id,
                fresh=self.request.dry_run,
            )

    def _save(
        self,
        run: Run,
        as_of: dt.datetime,
        scorecard: Scorecard,
        measured_xid: int,
        scores: pa.Table,
    ) -> tuple[int, float]:
        columns = pack_scores(scores)
        start = time.perf_counter()
        transitions = score_store.save_scores(
            self.client, run, as_of, scorecard, measured_xid, columns
        )
        return transitions, time.perf_counter() - start

    def _preview(self, scores: pa.Table) -> None:
        changes = find_level_changes(scores)
        self.result.level_changes += changes
        self.result.totals["transitions"] += len(changes)

    def _note_saved(self, save: "Future[tuple[int, float]]") -> None:
        transitions, seconds = save.result()
        self.result.totals["transitions"] += transitions
        self.result.seconds["save"] += seconds

    def _count(self, scores: pa.Table) -> None:
        totals = self.result.totals
        totals["pages"] += 1
        totals["suppliers_scored"] += len(scores)
        for level, suppliers in count_levels(scores).items():
            totals[level] += suppliers
        self.progress(len(scores))

    def _heed_stop(self) -> None:
        if self.stop.is_set():
            raise StoppedRun()


def widen_if_rescored(client: Client, request: RunRequest) -> RunRequest:
    """Turn a `changed` run into a daily one where a new scorecard changes every score."""
    if request.kind != "changed":
        return request
    scorecard = score_store.fetch_scorecard(client, request.as_ofs[-1])
    if score_store.fetch_last_scorecard_version(client) == scorecard.version:
        return request
    return replace(request, kind="daily")
