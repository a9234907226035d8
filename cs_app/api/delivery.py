"""Sends what the API planned, once the answer is out: one sender, however many requests."""

import logging
import threading

from cs_app.server.sender import deliver

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
                deliver()
            except Exception as error:  # the thread goes on for those who ask later
                log.error("Sending: %s", type(error).__name__)


delivery = Delivery()
