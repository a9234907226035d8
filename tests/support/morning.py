"""Mornings of a customer-success team: daily runs that contact people, and the mail they make."""

import datetime as dt
import email
import email.policy
from email.message import EmailMessage
from typing import Any

import psycopg
from supabase import Client

from cs_core.io.base.config import load_mail_settings
from cs_core.io.dispatch import dispatch
from cs_core.io.mail.outbox import SendResult
from cs_core.io.run.request import Contacting, RunRequest, RunResult
from cs_core.io.run.run import run_scoring
from embedded.mail_sink import set_mode
from embedded.stack import Stack


def morning_of(day: str) -> dt.datetime:
    """Return 06:00 UTC of a day."""
    return dt.datetime.fromisoformat(f"{day}T06:00:00+00:00")


class Team:
    """Runs the job on one morning after the other, as cron would have."""

    def __init__(self, stack: Stack, client: Client, sql: psycopg.Connection[Any]) -> None:
        self._stack = stack
        self._client = client
        self._sql = sql
        self.mail = load_mail_settings(stack.env)
        self._known = set(self._files())

    def run(self, day: str, **how: Any) -> RunResult:
        """Run the job on the morning of a day, and send what it decided."""
        now = morning_of(day)
        done = self.decide(now, **how)
        self.send(now)
        return done

    def decide(self, now: dt.datetime, **how: Any) -> RunResult:
        """Run the job without sending."""
        request = RunRequest(as_ofs=(now,), contacting=Contacting(now, self.mail), **how)
        return run_scoring(self._client, request)

    def send(self, now: dt.datetime) -> SendResult:
        """Write and send what is due."""
        return dispatch(self._client, self.mail, now)

    def run_days(self, first: str, last: str) -> None:
        """Run the job on every morning from one day to another."""
        day, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        while day <= end:
            self.run(day.isoformat())
            day += dt.timedelta(days=1)

    def mail_server(self, mode: str) -> None:
        """Tell the mail server to accept, refuse, reject or drop."""
        set_mode(self._stack.data_dir, mode)

    def new_mails(self) -> list[EmailMessage]:
        """Return the mails that arrived since this was last asked."""
        found = [path for path in self._files() if path not in self._known]
        self._known.update(found)
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in found
        ]

    def contacts(self, supplier: str, **which: str) -> list[dict[str, Any]]:
        """Return a supplier's interventions, the oldest first."""
        rows = self._sql.execute(
            "select to_jsonb(i) from interventions i where supplier_id = %s"
            " order by created_at, dedupe_key",
            (supplier,),
        ).fetchall()
        return [row for (row,) in rows if all(row[name] == value for name, value in which.items())]

    def made(self, supplier: str, **which: str) -> list[dict[str, Any]]:
        """Return the interventions that were not suppressed."""
        return [c for c in self.contacts(supplier, **which) if c["status"] != "suppressed"]

    def milestone(self, supplier: str, kind: str) -> dict[str, Any]:
        """Return one milestone of a supplier."""
        row = self._sql.execute(
            "select to_jsonb(m) from success_milestones m"
            " where supplier_id = %s and milestone_type = %s",
            (supplier, kind),
        ).fetchone()
        assert row is not None, f"{kind} was not reached"
        return dict(row[0])

    def _files(self) -> list[Any]:
        return sorted((self._stack.data_dir / "mail").glob("*.eml"))
