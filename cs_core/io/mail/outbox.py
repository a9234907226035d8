"""Sending what is due in the outbox: each mail at most once, whoever is stopped when."""

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from cs_core.io.base.client import ServiceClient, call, run_request
from cs_core.io.base.config import MailSettings
from cs_core.io.base.repeating import repeated
from cs_core.io.mail.attachments import Attachments
from cs_core.io.mail.message import Attachment, BadRecipient, CannotBeWritten, Mail
from cs_core.io.mail.smtp import (
    MailConnection,
    MailMayHaveArrived,
    MailNotTaken,
    MailRefused,
    MailServerUnusable,
)
from cs_core.mail.addresses import Address
from cs_core.mail.messages import wrap_html, wrap_text

# So long after a sender was killed its mail is taken over. A living one renews its claims.
CLAIM_SECONDS = 30.0
BATCH = 50
# How long a mail waits after each try; the last wait repeats until the mail is given up.
WAITS = (timedelta(minutes=5), timedelta(minutes=20), timedelta(hours=1), timedelta(hours=6))
GIVE_UP_AFTER = timedelta(days=3)  # from the first try on


class Layout(NamedTuple):
    """What is put around a mail: HTML (subject, inner HTML, link) and text (text, link)."""

    html: Callable[[str, str, str | None], str]
    text: Callable[[str, str | None], str]


SUPPLIER_LAYOUT = Layout(wrap_html, wrap_text)
DIGEST_LAYOUT = Layout(partial(wrap_html, is_digest=True), partial(wrap_text, is_digest=True))


@dataclass
class SendResult:
    """What became of the mail that was due.

    Attributes
    ----------
    sent, dead : int
        Taken by the mail server; failed for good. In this call.
    waiting : int
        Due by now and still in the outbox, to be tried again later.
    was_stopped : bool
        The caller's `stop` was set; what was not sent waits.
    problem : str or None
        Why no mail gets through at all, in one line.
    """

    sent: int = 0
    waiting: int = 0
    dead: int = 0
    was_stopped: bool = False
    problem: str | None = None


def send_due_mail(
    client: ServiceClient,
    mail: MailSettings,
    now: datetime,
    stop: threading.Event | None = None,
    *,
    only: tuple[str, str] | None = None,
) -> SendResult:
    """Send all mail that is due, and wait for what a stopped sender left in the middle.

    Several callers at once share the work; none sends what another has in hand. While the mail
    server cannot be used no try is counted. Still, what was first tried more than three days
    ago is given up, so that no mail leaves weeks after it was meant to; one whose first try
    comes late, because nothing ran, has its three days from then on.

    Parameters
    ----------
    now : datetime
        What is due by then is sent; it is also what the mails are dated.
    stop : threading.Event, optional
        Set it to end after the mail at hand; the others are given back.
    only : tuple of str, optional
        Supplier and intervention: send its mail alone, unless another sender has it in hand.

    Returns
    -------
    SendResult
        A mail server that cannot be used is no error: nothing is lost, and `problem` says why.

    Raises
    ------
    StoreError
        If the database fails. The mail just sent is then not sent again by itself.
    """
    sender = _Sender(client, mail, now, stop or threading.Event())
    return sender.send_one(*only) if only else sender.send_all()


def plan_next_attempt(attempts: int, first_tried_at: datetime, now: datetime) -> datetime | None:
    """Say when a mail is tried again after a passing fault; None: it is given up.

    Parameters
    ----------
    attempts : int
        Tries so far, the one that just failed included; at least 1.
    first_tried_at : datetime
        Three days after that no mail is tried any more. Not when it was due: one that is first
        tried late has all its tries.
    """
    upcoming = now + WAITS[min(attempts, len(WAITS)) - 1]
    return None if upcoming > first_tried_at + GIVE_UP_AFTER else upcoming


class _Sender:
    """One caller's work on the outbox, under an id of its own."""

    def __init__(
        self,
        client: ServiceClient,
        mail: MailSettings,
        now: datetime,
        stop: threading.Event,
    ) -> None:
        self._client = client
        self._mail = mail
        self._now = now
        self._stop = stop
        self._claimant = str(uuid.uuid4())
        self._result = SendResult()
        self._attached = Attachments(client)

    def send_all(self) -> SendResult:
        while not self._stop.is_set():
            claimed = self._claim()
            self._result.dead += claimed["dead"]
            if claimed["mails"]:
                if not self._send_claimed(claimed["mails"]):
                    break
            elif claimed["busy_until"]:
                # In the hands of another, who finishes or falls silent.
                # Not stop.wait: a signal's handler that sets it meanwhile could block on its lock.
                time.sleep(CLAIM_SECONDS / 20)
            else:
                break
        else:
            self._release(None)
        self._result.was_stopped = self._stop.is_set()
        self._result.waiting = self._count_waiting()
        return self._result

    def send_one(self, supplier_id: str, intervention_id: str) -> SendResult:
        terms = {"p_supplier": supplier_id, "p_intervention": intervention_id}
        arguments = self._claim_terms() | terms
        mails = call(self._client, "Taking the mail in hand", "claim_mail_of", arguments)
        if mails:
            self._send_claimed(mails)
        return self._result

    def _send_claimed(self, mails: list[dict[str, Any]]) -> bool:
        """Send mails; False where the server cannot be used: they are given back then."""
        try:
            with self._kept_claims():
                self._send_batch(mails)
        except MailServerUnusable as error:
            self._result.problem = str(error)
            self._release(str(error))
            return False
        return True

    def _send_batch(self, mails: list[dict[str, Any]]) -> None:
        """Send mails on one connection; each outcome is written before the next one leaves."""
        with MailConnection(self._mail.smtp, self._mail.mail_from) as connection:
            done = None
            for row in mails:
                if self._stop.is_set():
                    break
                is_ours = self._note(done, row["id"])
                done = None
                if is_ours:
                    try:
                        done = self._try(connection, row)
                    except MailServerUnusable as error:
                        # Due at once, but behind the others: were this mail to blame after
                        # all, it would hold them up.
                        self._note(self._outcome(row, "untried", str(error), self._now), None)
                        raise
            self._note(done, None)

    def _try(self, connection: MailConnection, row: dict[str, Any]) -> dict[str, Any]:
        """Send one mail and say what became of it."""
        attachment = self._attached.read(row["attachment_id"])
        try:
            connection.send(_lay_out(row, attachment), self._now)
        except (BadRecipient, CannotBeWritten, MailRefused) as error:
            return self._outcome(row, "dead", str(error))
        except MailMayHaveArrived as error:
            # No further attempt: the instant of this one, from which on the frequency cap counts.
            return self._outcome(row, "may_have_arrived", str(error), self._now)
        except MailNotTaken as error:
            first = row["first_tried_at"]
            first_tried_at = datetime.fromisoformat(first) if first else self._now
            upcoming = plan_next_attempt(row["attempts"] + 1, first_tried_at, self._now)
            if upcoming is None:
                problem = f"It could not be sent for three days. {error}"
                return self._outcome(row, "dead", problem)
            return self._outcome(row, "retry", str(error), upcoming)
        return self._outcome(row, "sent")

    def _outcome(
        self,
        row: dict[str, Any],
        outcome: str,
        error: str | None = None,
        next_attempt_at: datetime | None = None,
    ) -> dict[str, Any]:
        self._result.sent += outcome == "sent"
        self._result.dead += outcome in ("dead", "may_have_arrived")
        return {
            "id": row["id"],
            "outcome": outcome,
            "error": error,
            "at": self._now.isoformat(),
            "next_attempt_at": next_attempt_at.isoformat() if next_attempt_at else None,
        }

    def _claim(self) -> dict[str, Any]:
        arguments = self._claim_terms() | {
            "p_now": self._now.isoformat(),
            "p_limit": BATCH,
            "p_give_up_before": (self._now - GIVE_UP_AFTER).isoformat(),
        }
        return dict(call(self._client, "Taking mail in hand", "claim_mail", arguments))

    def _note(self, done: dict[str, Any] | None, upcoming: str | None) -> bool:
        arguments = self._claim_terms() | {"p_done": done, "p_next": upcoming}
        return bool(call(self._client, "Noting what became of a mail", "note_mail", arguments))

    def _release(self, error: str | None) -> None:
        # Due as before: it is the server that has to be waited for, and the next call sees to that.
        arguments = {
            "p_claimant": self._claimant,
            "p_now": self._now.isoformat(),
            "p_error": error,
        }
        call(self._client, "Putting mail back", "release_mail", arguments)

    def _claim_terms(self) -> dict[str, Any]:
        return {"p_claimant": self._claimant, "p_claim_seconds": CLAIM_SECONDS}

    def _count_waiting(self) -> int:
        query = self._client.table("outbox").select("id", count="exact", head=True)  # type: ignore[arg-type]
        query = query.eq("status", "queued").lte("scheduled_for", self._now.isoformat())
        return run_request("Counting waiting mail", query.execute).count or 0

    def _kept_claims(self) -> AbstractContextManager[None]:
        """Renew the claims in the background: a slow mail server may need longer than they last."""

        def renew() -> bool:
            self._note(None, None)
            return True

        return repeated(renew, CLAIM_SECONDS / 4)


def _lay_out(row: dict[str, Any], attachment: Attachment | None) -> Mail:
    """Put a row of the outbox into its layout."""
    link = row["unsubscribe_url"]
    inner = row["body_html"]
    layout = DIGEST_LAYOUT if row["is_digest"] else SUPPLIER_LAYOUT
    try:
        return Mail(
            id=row["id"],
            to=Address(row["to_name"] or "", row["to_address"]),
            subject=row["subject"],
            text=layout.text(row["body_text"], link),
            html=None if inner is None else layout.html(row["subject"], inner, link),
            unsubscribe_url=link,
            attachment=attachment,
        )
    except Exception as error:  # whatever it is, it is this message's and no other's
        raise CannotBeWritten(reason=type(error).__name__) from error
