"""Mail that failed for good, as admins see it and send it again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_record

TRIES = 2
PAGE_SIZE = 25


@dataclass(frozen=True)
class DeadMail:
    """One mail that failed for good; `address` is masked. Without a supplier: to the team."""

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
class DeadPage:
    """A page of it; `certain` counts all that cannot have arrived."""

    total: int
    certain: int
    rows: tuple[DeadMail, ...]


def fetch_dead_mail(client: PersonClient, page: int = 1, page_size: int = PAGE_SIZE) -> DeadPage:
    """Read one page of dead mail, the newest first.

    Parameters
    ----------
    page, page_size : int
        From 1.
    """
    arguments = {"p_offset": (page - 1) * page_size, "p_limit": page_size}
    found = call(client, "Reading dead mail", "dead_mail", arguments, tries=TRIES)
    return DeadPage(
        found["total"], found["certain"], tuple(to_record(DeadMail, row) for row in found["rows"])
    )


def retry_dead_mail(client: PersonClient, mail_ids: Sequence[str] | None) -> int:
    """Queue dead mail again, with all its tries; return how many.

    Parameters
    ----------
    mail_ids : sequence of str or None
        None: all but what may have arrived.
    """
    ids = None if mail_ids is None else list(mail_ids)
    return int(call(client, "Queueing mail again", "retry_dead_mail", {"p_ids": ids}, tries=1))
