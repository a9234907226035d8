"""Looking at the outbox, and sending what is dead in it again."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cs_core.base.errors import CsError
from cs_core.io.base.client import ServiceClient, call, run_request
from cs_core.io.suppliers.names import fetch_names

TEAM = "team"


class NotDead(CsError):
    message = (
        "No mail that failed for good has the id {mail_id}. `python -m cs_core mail` lists them."
    )
    exit_code = 2


@dataclass(frozen=True)
class ListedMail:
    """One mail as it is listed: without an address.

    `recipient` is a supplier's business name, or "team"; `due` is in UTC.
    """

    id: str
    due: dt.datetime
    recipient: str
    subject: str
    attempts: int
    last_error: str | None


@dataclass(frozen=True)
class FoundMail:
    """Some mail, and how much there is of its kind in all."""

    mails: tuple[ListedMail, ...]
    total: int


def fetch_mail(client: ServiceClient, *, is_dead: bool, limit: int) -> FoundMail:
    """Read what failed for good, the newest first, or what waits, the next one first."""
    query = (
        client.table("outbox")
        .select(
            "id, scheduled_for, recipient_id, subject, attempts, last_error",
            count="exact",  # type: ignore[arg-type]
        )
        .in_("status", ["dead"] if is_dead else ["queued", "sending"])
        .order("scheduled_for" if is_dead else "next_attempt_at", desc=is_dead)
        .order("id")
        .limit(limit)
    )
    answer = run_request("Reading the outbox", query.execute)
    rows: list[Any] = list(answer.data)
    names = fetch_names(client, sorted({row["recipient_id"] for row in rows} - {None}))
    mails = tuple(
        ListedMail(
            id=row["id"],
            due=dt.datetime.fromisoformat(row["scheduled_for"]).astimezone(dt.UTC),
            recipient=names.get(row["recipient_id"], "") if row["recipient_id"] else TEAM,
            subject=row["subject"],
            attempts=row["attempts"],
            last_error=row["last_error"],
        )
        for row in rows
    )
    return FoundMail(mails, answer.count or 0)


def retry_mail(client: ServiceClient, mail_id: str, now: dt.datetime) -> bool:
    """Queue a dead mail again as if it had never been tried. False where it is not dead."""
    arguments = {"p_id": mail_id, "p_now": now.isoformat()}
    # Once: where the answer is lost, a second time would find it queued already.
    return bool(call(client, "Queueing mail again", "retry_mail", arguments, tries=1))


def retry_all_mail(client: ServiceClient, now: dt.datetime) -> tuple[int, int]:
    """Queue all dead mail again but what may have arrived; return how many that is, and is not."""
    arguments = {"p_now": now.isoformat()}
    again = int(call(client, "Queueing mail again", "retry_all_mail", arguments, tries=1))
    return again, fetch_mail(client, is_dead=True, limit=1).total
