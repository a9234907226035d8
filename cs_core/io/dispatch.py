"""What follows a decision to contact somebody: messages are written, and mail is sent."""

import datetime as dt
import threading

from supabase import Client

from cs_core.errors import CsError
from cs_core.io.outbox import SendResult, send_due_mail
from cs_core.io.settings import MailSettings
from cs_core.io.writing import write_due_messages


class SendingStopped(CsError):
    """Sending was stopped; {waiting:,} mails wait. The next run, or send-mail, sends them."""


def dispatch(
    client: Client,
    mail: MailSettings,
    now: dt.datetime,
    stop: threading.Event | None = None,
    only: tuple[str, str] | None = None,
) -> SendResult:
    """Write and send all that is due. Safe to repeat, and to run several times at once.

    Parameters
    ----------
    client : Client
        Holding the secret key.
    mail : MailSettings
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
    write_due_messages(client, mail.base_url, now, stop, only[1] if only else None)
    return send_due_mail(client, mail, now, stop, only=only)
