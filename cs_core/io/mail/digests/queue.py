"""Queues the digests that are due: gather, write, queue; each person and day once."""

import datetime as dt
import threading
from typing import Any

from supabase import Client

from cs_core.io.base.client import ServiceClient
from cs_core.io.export.suppliers import export_filtered
from cs_core.io.export.tables import export_lines
from cs_core.io.mail.attachments import store_attachment
from cs_core.io.mail.digests import store as digest_store
from cs_core.io.score.today import fetch_today
from cs_core.mail.addresses import MOST_NAME_CHARACTERS, clean_line
from cs_core.mail.digests.daily import write_daily
from cs_core.mail.digests.facts import DayFacts, Week
from cs_core.mail.digests.schedule import DAILY, DueDigest, plan_digests
from cs_core.mail.digests.weekly import write_weekly
from cs_core.mail.layout import digest_link
from cs_core.mail.messages import Message
from cs_core.suppliers.filter import SupplierFilter

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
# Of the CSV: mail servers take some ten megabytes, people less.
MOST_ATTACHED_BYTES = 2_000_000


def queue_due_digests(
    client: ServiceClient, base_url: str, now: dt.datetime, stop: threading.Event | None = None
) -> int:
    """Queue every digest that is due. Safe to repeat, and to run several times at once.

    Parameters
    ----------
    base_url : str
        Where the dashboard is.
    stop : threading.Event, optional
        Set it to end after the digest at hand.

    Returns
    -------
    int
        How many mails were queued by this call.
    """
    readers, score_date = digest_store.fetch_readers(client)
    due = plan_digests(readers, score_date, now)
    if not due:
        return 0
    writer = DigestWriter(client, base_url)
    queued = 0
    for one in due:
        if stop and stop.is_set():
            break
        message, told, attachment_id = writer.write(one)
        mail = None if message is None else _mail(one, message, base_url, attachment_id)
        queued += digest_store.queue_digest(client, one, told, mail, now) and mail is not None
    return queued


class DigestWriter:
    """Writes digests, and holds what several of them share."""

    def __init__(self, client: Client, base_url: str) -> None:
        self._client = client
        self._base_url = base_url
        self._facts: dict[Any, DayFacts] = {}
        self._calls: dict[tuple[dt.datetime, dt.date], Any] = {}
        self._file: tuple[str, str, bool] | None = None

    def write(self, due: DueDigest) -> tuple[Message | None, dt.date, str | None]:
        """Write one: the message (None: nothing to say), up to which day it tells, its file."""
        if due.digest == DAILY:
            message, told = self.write_daily(due)
            return message, told, None
        return self._write_weekly(due)

    def write_daily(self, due: DueDigest) -> tuple[Message | None, dt.date]:
        """Write a daily one, and up to which scored day it tells."""
        facts = self._read(due.since, due.day_start - DAY, due.day_start)
        key = (due.day_end, due.day)
        if key not in self._calls:
            self._calls[key] = digest_store.fetch_calls_due(self._client, due.day_end, due.day)
        calls, calls_due = self._calls[key]
        message = write_daily(due, facts, calls, calls_due, self._base_url)
        return message, due.since if due.is_behind else facts.score_date

    def newest_day(self) -> dt.date | None:
        """Return the newest scored day."""
        trend = digest_store.fetch_trend(self._client)
        return trend[-1].score_date if trend else None

    def _write_weekly(self, due: DueDigest) -> tuple[Message | None, dt.date, str | None]:
        facts = self._read(due.since, due.day_start - WEEK, due.day_start)
        trend = digest_store.fetch_trend(self._client)
        today = fetch_today(self._client)
        if write_weekly(due, Week(facts, trend, 0, None, None), self._base_url) is None:
            return None, facts.score_date, None
        attachment_id, name, is_whole = self._attach(facts.score_date)
        week = Week(
            facts=facts,
            trend=trend,
            revenue_at_risk=today.revenue_at_risk.now,
            revenue_before=today.revenue_at_risk.week_ago,
            attached=name,
            is_attached_whole=is_whole,
        )
        return write_weekly(due, week, self._base_url), facts.score_date, attachment_id

    def _read(self, since: dt.date, start: dt.datetime, end: dt.datetime) -> DayFacts:
        key = (since, start, end)
        if key not in self._facts:
            self._facts[key] = digest_store.fetch_day_facts(self._client, since, start, end)
        return self._facts[key]

    def _attach(self, day: dt.date) -> tuple[str | None, str | None, bool]:
        """Store the CSV: of all suppliers, or else of those that need somebody, or none."""
        if self._file is None:
            self._file = self._make_file(day)
        attachment_id, name, is_whole = self._file
        return attachment_id or None, name or None, is_whole

    def _make_file(self, day: dt.date) -> tuple[str, str, bool]:
        whole = _text_of(export_lines(self._client, "health"))
        is_whole = whole is not None
        if whole is None:
            wanted = SupplierFilter(levels=("critical", "at_risk"))
            whole = _text_of(export_filtered(self._client, wanted))
        if whole is None:
            return "", "", False
        name = f"health-{day}.csv" if is_whole else f"critical-and-at-risk-{day}.csv"
        # Weekly ones are written to be sent, which the program itself does; a person looks at the
        # daily one only.
        service = ServiceClient(self._client)
        stored = store_attachment(service, f"weekly/{name}", name, whole)
        return stored, name, is_whole


def _text_of(lines: Any) -> bytes | None:
    """Put a file together; None as soon as it is too large for a mail."""
    content, size = [], 0
    for line in lines:
        record = line.encode()
        size += len(record)
        if size > MOST_ATTACHED_BYTES:
            return None
        content.append(record)
    return b"".join(content)


def _mail(
    due: DueDigest, message: Message, base_url: str, attachment_id: str | None
) -> dict[str, Any]:
    reader = due.reader
    return {
        "to_address": reader.email,
        "to_name": clean_line(reader.name, MOST_NAME_CHARACTERS) if "@" not in reader.name else "",
        "subject": message.subject[:300],
        "body_text": message.text,
        "body_html": message.html,
        # The outbox puts the token in as it sends.
        "unsubscribe_url": digest_link(base_url, reader.person_id, due.digest, "{token}"),
        "attachment_id": attachment_id,
    }
