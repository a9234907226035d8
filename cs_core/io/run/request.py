"""What one execution of the daily job shall do, and what it did."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cs_core.base.errors import CsError
from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.io.base.config import MailSettings

# A page of scores is one request body of less than 1 MB, which every gateway lets through.
PAGE_SIZE = 3000

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Contacting:
    """When a run contacts people, and from where its mail leaves."""

    at: dt.datetime
    mail: MailSettings


@dataclass(frozen=True)
class RunRequest:
    """What one execution of the job shall do."""

    # The instants to score for, oldest first; a backfill has several.
    as_ofs: tuple[dt.datetime, ...]
    # daily, changed, supplier, backfill or rescoring, which is everybody, contacting nobody, and
    # does not count as a daily run.
    kind: str = "daily"
    supplier_id: str | None = None  # score only this one
    dry_run: bool = False  # write nothing
    holder: str = "daily_scoring"  # who runs, for those who find the lease taken
    page_size: int = PAGE_SIZE
    # Without it nobody is contacted: a score for a past day is no reason to call today.
    contacting: Contacting | None = None

    @property
    def contact_at(self) -> dt.datetime | None:
        """The instant at which people are contacted; None: nobody is."""
        return self.contacting.at if self.contacting else None


@dataclass
class RunResult:
    """What a run did. Levels are counted for the last instant only.

    `contacts` are those of a dry run: who would be contacted, or not and why.
    """

    totals: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(
            (
                "events_rolled_up",
                "pages",
                "suppliers_scored",
                *RISK_LEVELS,
                "transitions",
                "interventions",
                "suppressed",
                "milestones",
                "alerts",
            ),
            0,
        )
    )
    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("roll_up", "measure", "score", "save", "total"), 0.0)
    )
    level_changes: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
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
    message = (
        "The run was stopped by a signal. What was saved stays; start it again to do the rest."
    )
