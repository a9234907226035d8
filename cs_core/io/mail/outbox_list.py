"""Mail that failed for good or that waits, as it is listed, and sending dead mail again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from supabase import Client

from cs_core.io.base.client import call
from cs_core.io.base.rows import to_record

TRIES = 2
PAGE_SIZE = 25


@dataclass(frozen=True)
class ListedMail:
    """One mail; `address` is masked. Without a supplier: to `person`, or to the team."""

    id: str
    subject: str
    due: dt.datetime
    tried_at: dt.datetime
    attempts: int
    last_error: str | None
    may_have_arrived: bool
    supplier_id: str | None
    business_name: str | None
    person: str | None
    address: str


@dataclass(frozen=True)
class MailPage:
    """A page of it; `certain` counts all that cannot have arrived."""

    total: int
    certain: int
    rows: tuple[ListedMail, ...]


def fetch_mail(
    client: Client, *, is_dead: bool = True, page: int = 1, page_size: int = PAGE_SIZE
) -> MailPage:
    """Read a page (from 1) of what failed for good, the newest first, or waits, the next one first.

    `client`: an admin's own, or the program's.
    """
    arguments = {"p_is_dead": is_dead, "p_offset": (page - 1) * page_size, "p_limit": page_size}
    found = call(client, "Reading the outbox", "mail_list", arguments, tries=TRIES)
    rows = tuple(to_record(ListedMail, row) for row in found["rows"])
    return MailPage(found["total"], found["certain"], rows)


def retry_mail(client: Client, mail_ids: Sequence[str] | None, now: dt.datetime) -> int:
    """Queue dead mail again as if it had never been tried; return how many.

    Parameters
    ----------
    client : Client
        An admin's own, or the program's.
    mail_ids : sequence of str or None
        None: all but what may have arrived.
    now : datetime
        When it is due.
    """
    ids = None if mail_ids is None else list(mail_ids)
    arguments = {"p_ids": ids, "p_now": now.isoformat()}
    # Once: where the answer is lost, a second time would find it queued already.
    return int(call(client, "Queueing mail again", "retry_mail", arguments, tries=1))
