"""Sends what the API planned, once the answer is out: one sender, however many requests.

What a server that stops meanwhile leaves behind is sent by the next `python -m cs_core send-mail`
or daily run.
"""

import logging
import threading
from datetime import UTC, datetime

from cs_app import services
from cs_core.errors import CsError, SettingError
from cs_core.io.dispatch import dispatch
from cs_core.io.settings import load_mail_settings
from cs_core.io.writing import write_due_messages

log = logging.getLogger(__name__)


class Delivery:
    """Runs a job in the background, once more if it is asked for while it runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_asked = False
        self._is_running = False
        self._is_idle = threading.Event()
        self._is_idle.set()

    def ask(self) -> None:
        """Have everything sent that is due now."""
        with self._lock:
            self._is_asked = True
            if self._is_running:
                return
            self._is_running = True
            self._is_idle.clear()
        threading.Thread(target=self._work, name="api-delivery", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do; False if that takes longer."""
        return self._is_idle.wait(seconds)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._is_asked:
                    self._is_running = False
                    self._is_idle.set()
                    return
                self._is_asked = False
            try:
                send_due()
            except Exception as error:  # the thread goes on for those who ask later
                log.error("Sending: %s", type(error).__name__)


def send_due() -> None:
    """Write and send everything that is due. What fails is in the log and tried again later."""
    now, service = datetime.now(UTC), services.service_client()
    try:
        try:
            mail = load_mail_settings()
        except SettingError as error:
            log.error("No e-mail can be sent from here: %s", error)
            write_due_messages(service, services.settings().cs_base_url, now)
            return
        problem = dispatch(service, mail, now).problem
    except CsError as error:
        problem = str(error)
    if problem:
        log.error("Sending: %s", problem)


delivery = Delivery()
