"""The pages of a run: read, plan and save them, reading and saving while others are planned."""

import datetime as dt
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.io.base.client import ServiceClient
from cs_core.io.definitions.playbooks import fetch_playbooks
from cs_core.io.definitions.rules import fetch_rules
from cs_core.io.run import store as run_store
from cs_core.io.run.request import Progress, RunRequest, RunResult, StoppedRun
from cs_core.io.run.store import FIRST_ID, LeasedRun
from cs_core.outreach.facts import ContactPlan, OutreachFacts
from cs_core.outreach.plan import plan_contacts
from cs_core.outreach.playbooks import Playbook
from cs_core.outreach.records import pack_plan
from cs_core.outreach.rules import OutreachRules
from cs_core.run.page import count_levels, find_level_changes, pack_scores, plan_scores
from cs_core.score.day import score_date
from cs_core.score.scorecard import Scorecard

# Pages being saved while the next is read and scored. More only queue up in the database.
SAVES_AT_ONCE = 2


@dataclass(frozen=True)
class Outreach:
    """Whom to contact by which playbooks and rules, and when."""

    at: dt.datetime
    playbooks: tuple[Playbook, ...]
    rules: OutreachRules
    warnings: tuple[str, ...]


def fetch_outreach(client: ServiceClient, contact_at: dt.datetime | None) -> Outreach | None:
    """Read playbooks and rules for a run that contacts people; None for one that does not."""
    if contact_at is None:
        return None
    stored = fetch_playbooks(client)
    rules = fetch_rules(client)
    return Outreach(contact_at, stored.playbooks, rules, stored.broken)


@dataclass(frozen=True)
class Page:
    """A page of suppliers, planned."""

    measured_xid: int
    scores: pa.Table
    plan: ContactPlan | None


class Pages:
    """The pages of one run."""

    def __init__(
        self,
        client: ServiceClient,
        request: RunRequest,
        outreach: Outreach | None,
        result: RunResult,
        progress: Progress,
        stop: threading.Event,
    ) -> None:
        self.client = client
        self.request = request
        self.outreach = outreach
        self.result = result
        self.progress = progress
        self.stop = stop

    @property
    def suppliers_done(self) -> int:
        return self.result.totals["suppliers_scored"]

    def roll_up(self, run: LeasedRun) -> None:
        """Fold all new events into the roll-up."""
        with self.result.timed("roll_up"):
            done = False
            while not done:
                self._heed_stop()
                events, done = run_store.roll_up_step(self.client, run)
                self.result.totals["events_rolled_up"] += events

    def score_all(self, scorecards: dict[dt.datetime, Scorecard], run: LeasedRun | None) -> None:
        """Score every instant asked for, the oldest first, as each compares with the one before."""
        for as_of, scorecard in scorecards.items():
            self.result.totals |= dict.fromkeys(RISK_LEVELS, 0)
            self._score_instant(as_of, scorecard, run)

    def _score_instant(
        self, as_of: dt.datetime, scorecard: Scorecard, run: LeasedRun | None
    ) -> None:
        with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(SAVES_AT_ONCE) as writer:
            saves: deque[Future[tuple[dict[str, int], float]]] = deque()
            reading = reader.submit(self._read, as_of, scorecard, FIRST_ID)
            try:
                while (columns := reading.result())[0]["supplier_id"]:
                    self._heed_stop()
                    suppliers = columns[0]["supplier_id"]
                    is_last = len(suppliers) < self.request.page_size
                    if not is_last:
                        reading = reader.submit(self._read, as_of, scorecard, suppliers[-1])
                    with self.result.timed("score"):
                        page = self._plan(as_of, scorecard, *columns)
                    if run is None:
                        self._preview(page)
                    else:
                        while len(saves) >= SAVES_AT_ONCE:
                            self._note_saved(saves.popleft())
                        saves.append(writer.submit(self._save, run, as_of, scorecard, page))
                    self._count(page.scores)
                    if is_last:
                        break
                while saves:
                    self._note_saved(saves.popleft())
            finally:
                reading.cancel()

    def _read(
        self, as_of: dt.datetime, scorecard: Scorecard, after: str
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        with self.result.timed("measure"):
            return run_store.fetch_measures(
                self.client,
                as_of,
                scorecard,
                after,
                self.request.page_size,
                selection="changed" if self.request.kind == "changed" else "all",
                supplier_id=self.request.supplier_id,
                fresh=self.request.dry_run,
                contact_at=self.request.contact_at,
                cap_days=self.outreach.rules.days if self.outreach else None,
            )

    def _plan(
        self,
        as_of: dt.datetime,
        scorecard: Scorecard,
        measures: dict[str, Any],
        facts: dict[str, Any] | None,
    ) -> Page:
        scores = plan_scores(measures, scorecard)
        plan = None
        if self.outreach is not None and facts is not None:
            plan = plan_contacts(
                scores,
                OutreachFacts.from_columns(facts),
                self.outreach.playbooks,
                self.outreach.rules,
                self.outreach.at,
                score_date(as_of),
            )
        return Page(measures["measured_xid"], scores, plan)

    def _save(
        self, run: LeasedRun, as_of: dt.datetime, scorecard: Scorecard, page: Page
    ) -> tuple[dict[str, int], float]:
        contacts = None
        if self.outreach is not None and page.plan is not None:
            contacts = pack_plan(
                page.plan, page.scores, scorecard, self.outreach.rules, score_date(as_of)
            )
        columns = pack_scores(page.scores)
        start = time.perf_counter()
        saved = run_store.save_page(
            self.client,
            run,
            as_of,
            scorecard,
            page.measured_xid,
            columns,
            self.request.contact_at,
            contacts,
        )
        return saved, time.perf_counter() - start

    def _preview(self, page: Page) -> None:
        changes = find_level_changes(page.scores)
        self.result.level_changes += changes
        self.result.totals["transitions"] += len(changes)
        if page.plan is not None:
            contacts = page.plan.contacts.to_pylist()
            self.result.contacts += contacts
            planned = sum(contact["status"] == "planned" for contact in contacts)
            self.result.totals["interventions"] += planned
            self.result.totals["suppressed"] += len(contacts) - planned
            self.result.totals["milestones"] += len(page.plan.milestones)
            self.result.totals["alerts"] += sum(
                change["risk_level"] == "critical" for change in changes
            )

    def _note_saved(self, save: "Future[tuple[dict[str, int], float]]") -> None:
        saved, seconds = save.result()
        for name in ("transitions", "interventions", "suppressed", "milestones", "alerts"):
            self.result.totals[name] += saved.get(name, 0)
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
