"""What operators look at: the run at work, whether mail leaves, how fresh the data is."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cs_core.io.base.client import PersonClient, ServiceClient, call, run_request
from cs_core.io.base.rows import to_record

TRIES = 2  # a person is waiting
RUNS_A_PAGE = 25


@dataclass(frozen=True)
class StoredRun:
    """One execution of the daily job, as it is stored; `seconds` per step."""

    id: str
    kind: str
    status: str
    as_of: dt.datetime
    score_date: dt.date
    from_date: dt.date | None
    started_at: dt.datetime
    finished_at: dt.datetime | None
    suppliers_scored: int
    transitions: int
    interventions: int
    suppressed: int
    milestones: int
    alerts: int
    events_rolled_up: int
    critical: int
    scorecard_version: int | None
    is_alive: bool = False
    seconds: dict[str, float] | None = None
    error: str | None = None

    @property
    def is_partial(self) -> bool:
        """Whether it failed after some suppliers were saved."""
        return self.status == "failed" and self.suppliers_scored > 0


@dataclass(frozen=True)
class RequestedRun:
    """A run that a person asked for: `status` starting, working, done, failed or busy."""

    id: str
    by: str | None
    requested_at: dt.datetime
    status: str
    ended_at: dt.datetime | None
    message: str | None
    is_alive: bool


@dataclass(frozen=True)
class RunStatus:
    """How the run at work stands.

    `running` is None where none is; one that is not `is_alive` was stopped. `to_do` is how many
    suppliers it will score (None: not known beforehand). `usual_seconds` is how long one took
    last, for `usual_suppliers`. `now` is the database's clock.
    """

    now: dt.datetime
    running: StoredRun | None
    to_do: int | None
    holder: str | None
    is_held: bool
    renewed_at: dt.datetime | None
    usual_seconds: float | None
    usual_suppliers: int | None
    newest_daily: dict[str, Any] | None
    request: RequestedRun | None

    @property
    def is_busy(self) -> bool:
        """Whether a run is at work, or about to be."""
        return self.is_held or bool(self.request and self.request.is_alive)


@dataclass(frozen=True)
class MailStatus:
    """Whether mail leaves. `due` waits although its time has come; `to_write` is unwritten."""

    due: int
    oldest_due_at: dt.datetime | None
    last_error: str | None
    later: int
    dead: int
    may_have_arrived: int
    last_sent_at: dt.datetime | None
    sent_in_a_day: int
    to_write: int
    oldest_to_write_at: dt.datetime | None


@dataclass(frozen=True)
class Source:
    """Events of one type: how many in a day, and on average a day in the 14 days before.

    `days_before` is on how many of those 14 there were any.
    """

    event_type: str
    last_at: dt.datetime
    in_a_day: int
    a_day_before: float
    days_before: int


@dataclass(frozen=True)
class DataStatus:
    """How fresh events and scores are; None: there are none."""

    newest_event_at: dt.datetime | None
    score_date: dt.date | None
    scored_at: dt.datetime | None
    active: int
    not_scored: int
    sources: tuple[Source, ...]


def fetch_run_status(client: PersonClient) -> RunStatus:
    """Read how the run at work stands, if there is one."""
    found = call(client, "Reading the run", "run_status", {}, tries=TRIES)
    lease, usual, newest = found["lease"], found["usual"] or {}, found["newest_daily"]
    for name in ("started_at", "finished_at"):
        if newest and newest[name]:
            newest[name] = dt.datetime.fromisoformat(newest[name])
    return to_record(
        RunStatus,
        found,
        running=to_record(StoredRun, found["running"]) if found["running"] else None,
        holder=lease["holder"],
        is_held=lease["is_alive"],
        renewed_at=dt.datetime.fromisoformat(lease["renewed_at"]) if lease["renewed_at"] else None,
        usual_seconds=usual.get("seconds"),
        usual_suppliers=usual.get("suppliers"),
        newest_daily=newest,
        request=to_record(RequestedRun, found["request"]) if found["request"] else None,
    )


def fetch_mail_status(client: PersonClient, now: dt.datetime) -> MailStatus:
    """Read whether mail leaves; see `fetch_run_status`."""
    arguments = {"p_now": now.isoformat()}
    return to_record(
        MailStatus, call(client, "Reading the outbox", "mail_status", arguments, tries=TRIES)
    )


def fetch_data_status(client: PersonClient, now: dt.datetime) -> DataStatus:
    """Read how fresh the data is; see `fetch_run_status`."""
    found = call(client, "Reading the data", "data_status", {"p_now": now.isoformat()}, tries=TRIES)
    sources = tuple(to_record(Source, row) for row in found["sources"])
    return to_record(DataStatus, found, sources=sources)


def fetch_runs(
    client: PersonClient,
    outcome: str = "all",
    before: dt.datetime | None = None,
    limit: int = RUNS_A_PAGE,
) -> list[StoredRun]:
    """Read runs, the newest first.

    Parameters
    ----------
    outcome : {'all', 'failed', 'partial'}
        `partial`: failed after some suppliers were saved.
    before : datetime, optional
        Only those that began before.
    limit : int
        One more than that are read, if there are: so that the caller knows of older ones.
    """
    query = client.table("runs").select("*")
    if outcome in ("failed", "partial"):
        query = query.eq("status", "failed")
    if outcome == "partial":
        query = query.gt("suppliers_scored", 0)
    if before is not None:
        query = query.lt("started_at", before.isoformat())
    query = query.order("started_at", desc=True).limit(limit + 1)
    rows: list[Any] = list(run_request("Reading runs", query.execute, tries=TRIES).data)
    return [to_record(StoredRun, row) for row in rows]


def fetch_last_done(client: PersonClient) -> StoredRun | None:
    """Read the newest daily run that ended well; None where there is none yet."""
    query = client.table("runs").select("*").eq("kind", "daily").eq("status", "done")
    query = query.order("started_at", desc=True).limit(1)
    rows: list[Any] = list(run_request("Reading the last run", query.execute, tries=TRIES).data)
    return to_record(StoredRun, rows[0]) if rows else None


def ask_for_run(client: PersonClient) -> tuple[str | None, str | None]:
    """Ask for a daily run now.

    Returns
    -------
    request_id, held_by : str or None
        The id, for `note_run`; or, where it is refused, who is at work.
    """
    # Once: where the answer is lost, a second try would be refused because of the first.
    found = call(client, "Asking for a run", "request_run", {}, tries=1)
    return found["id"], found["held_by"]


def note_run(
    client: ServiceClient, request_id: str, status: str, message: str | None = None
) -> None:
    """Note how a run that was asked for stands."""
    arguments = {"p_id": request_id, "p_status": status, "p_message": message}
    call(client, "Noting the run", "note_run_request", arguments)
