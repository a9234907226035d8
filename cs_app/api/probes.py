"""What monitoring asks: is the process alive, can it work, did the daily run happen."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from cs_app.api.errors import ApiProblem
from cs_app.api.models import Health, Readiness, ReadinessQuery, ReportedRun
from cs_app.api.replies import Reply
from cs_app.server import clients
from cs_core.base.errors import StoreError
from cs_core.run.last_run import judge_last_run

# Whoever asks how often: Supabase is asked once in this time, and once at a time.
FRESH_SECONDS = 2.0
RETRY = {"Retry-After": "10"}


def show_health() -> Reply:
    """GET /healthz: the process answers. Nothing else is looked at."""
    return Reply(Health())


def show_readiness(query: ReadinessQuery) -> Reply:
    """GET /readyz: Supabase answers; with `max_run_age_hours` also that the daily run is well."""
    now = datetime.now(UTC)
    try:
        run = newest_run.fetch()
    except StoreError:
        text = "Supabase does not answer, so nothing can be read or written."
        raise ApiProblem(503, "unavailable", text, None, RETRY) from None
    if query.max_run_age_hours is not None:
        ok, _ = judge_last_run(run, now, timedelta(hours=query.max_run_age_hours))
        if not ok:
            age = None if run is None else _last_run(run, now).age_hours
            text = (
                "The newest daily run failed, was killed, or is too old, or there has been none."
                " On the server: python -m cs_core last-run says which."
            )
            raise ApiProblem(503, "no_recent_run", text, {"ageHours": age}, RETRY)
    return Reply(Readiness(last_run=_last_run(run, now) if run else None))


def _last_run(run: dict[str, Any], now: datetime) -> ReportedRun:
    since = run["finished_at"] or run["started_at"]
    return ReportedRun(
        status=run["status"],
        started_at=run["started_at"],
        finished_at=run["finished_at"],
        age_hours=round(max((now - since) / timedelta(hours=1), 0.0), 2),
    )


class NewestRun:
    """Reads the newest run; who asks just after another gets the same answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh_until = 0.0
        self._found: dict[str, Any] | StoreError | None = None

    def fetch(self) -> dict[str, Any] | None:
        """Return it, None if there is none, or raise StoreError."""
        with self._lock:
            if time.monotonic() >= self._fresh_until:
                self._found = self._ask()
                self._fresh_until = time.monotonic() + FRESH_SECONDS
            found = self._found
        if isinstance(found, StoreError):
            raise found
        return found

    def forget(self) -> None:
        """Ask anew next time."""
        self._fresh_until = 0.0

    def _ask(self) -> dict[str, Any] | StoreError | None:
        # Imported late: it brings libraries that only scoring needs.
        from cs_core.io.run.store import fetch_newest_daily_run

        try:
            return fetch_newest_daily_run(clients.probe_client(), tries=1)
        except StoreError as error:
            return error


newest_run = NewestRun()
