"""What follows a decision to contact somebody: messages are written, and mail is sent."""

import datetime as dt
import threading

from cs_core.base.errors import CsError
from cs_core.io.base.client import ServiceClient
from cs_core.io.base.config import MailSettings
from cs_core.io.mail.compose import write_due_messages
from cs_core.io.mail.digests.queue import queue_due_digests
from cs_core.io.mail.outbox import SendResult, send_due_mail
from cs_core.io.outreach.quiet_hours import put_off_for_quiet_hours


class SendingStopped(CsError):
    message = "Sending was stopped; {waiting:,} mails wait. The next run, or send-mail, sends them."


def dispatch(
    client: ServiceClient,
    mail: MailSettings | None,
    now: dt.datetime,
    stop: threading.Event | None = None,
    only: tuple[str, str] | None = None,
) -> SendResult:
    """Write and send all that is due. Safe to repeat, and to run several times at once.

    Messages to suppliers for whom it is night, by the outreach rules, wait until it is not.

    Parameters
    ----------
    client : ServiceClient
    mail : MailSettings, optional
        None: `only` names a message in the product; it is shown, and no mail is sent.
    now : datetime
    stop : threading.Event, optional
        Set it to end after what is at hand.
    only : tuple of str, optional
        Supplier and intervention: write and send its message, and nothing else.

    Returns
    -------
    SendResult
        How many mails were sent, wait or died; in-app messages are not among them.
    """
    if mail is None:
        if only is None:
            raise ValueError("Without mail settings only one message in the product can be shown.")
        write_due_messages(client, "", now, stop, only[1])
        return SendResult()
    put_off_for_quiet_hours(client, now)
    write_due_messages(client, mail.base_url, now, stop, only[1] if only else None)
    problem = None if only else _queue_digests(client, mail, now, stop)
    result = send_due_mail(client, mail, now, stop, only=only)
    result.problem = result.problem or problem
    return result


def _queue_digests(
    client: ServiceClient, mail: MailSettings, now: dt.datetime, stop: threading.Event | None
) -> str | None:
    """Queue digests; what goes wrong with them holds up no other mail."""
    try:
        queue_due_digests(client, mail.base_url, now, stop)
    except CsError as error:
        return f"Digests could not be written: {error}"
    return None
