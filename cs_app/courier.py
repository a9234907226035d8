"""Sends what is due a little later, from this process, whether anybody still looks or not.

What a server that stops meanwhile leaves behind is sent by the next `python -m cs_core send-mail`
or daily run.
"""

import logging
from datetime import UTC, datetime, timedelta
from threading import Timer

from cs_app import services
from cs_core.errors import CsError
from cs_core.io.dispatch import dispatch
from cs_core.io.settings import load_mail_settings

log = logging.getLogger(__name__)

# The clocks of this machine and of the database need not agree to the second.
MARGIN = timedelta(seconds=1)


def send_at(moment: datetime) -> None:
    """Send everything that is due at a moment, once it has come."""
    wait = moment + MARGIN - datetime.now(UTC)
    timer = Timer(max(wait.total_seconds(), 0.0), deliver)
    timer.daemon = True
    timer.start()


def deliver() -> None:
    """Write and send everything that is due. What fails is in the log and tried again later."""
    try:
        sent = dispatch(services.service_client(), load_mail_settings(), datetime.now(UTC))
    except CsError as error:
        log.error("Sending: %s", error)
        return
    if sent.problem:
        log.error("Sending: %s", sent.problem)
