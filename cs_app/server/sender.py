"""Sends what is due, now or a little later, whether anybody still looks or not.

What a server that stops meanwhile leaves behind is sent by the next `python -m cs_core send-mail`
or daily run.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Timer

from cs_app.server import clients
from cs_core.base.errors import CsError, SettingError
from cs_core.io.base.config import load_mail_settings
from cs_core.io.dispatch import dispatch

log = logging.getLogger(__name__)

# The clocks of this machine and of the database need not agree to the second.
MARGIN = timedelta(seconds=1)


def send_now(only: tuple[str, str] | None = None, *, is_mail: bool = True) -> str | None:
    """Write and send what is due; say in a sentence what stood in the way.

    `only`: supplier and intervention: this message and nothing else. `is_mail`: False: it is shown
    in the product, which needs no mail server.
    """
    try:
        mail = load_mail_settings() if is_mail else None
        return dispatch(clients.service_client(), mail, datetime.now(UTC), only=only).problem
    except SettingError as error:
        return (
            f"No e-mail can be sent from here: {error} The person who runs the dashboard can"
            " set it; what is planned is sent by the next daily run."
        )
    except CsError as error:
        return f"{error} What is planned is sent by the next daily run."


def send_at(moment: datetime, only: Sequence[tuple[str, str]] = ()) -> None:
    """Send what is due at a moment, once it has come.

    `only`: supplier and intervention: these messages and nothing else; empty: all that is due.
    """
    wait = moment + MARGIN - datetime.now(UTC)
    timer = Timer(max(wait.total_seconds(), 0.0), deliver, (only,))
    timer.daemon = True
    timer.start()


def deliver(only: Sequence[tuple[str, str]] = ()) -> None:
    """Write and send what is due. What fails is in the log and tried again later."""
    for one in only or (None,):
        problem = send_now(one)
        if problem:
            log.error("Sending: %s", problem)
