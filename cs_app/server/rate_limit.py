"""Counts what was tried lately, in memory, per server process."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable


class RateLimit:
    """At most so many attempts per key in a span of time.

    Parameters
    ----------
    most : int
        Attempts allowed in the span.
    clock : callable
        Seconds that never go back (another one in tests).
    most_keys : int
        The keys tried longest ago are forgotten beyond this many, so that made-up keys
        cannot fill the memory.
    """

    def __init__(
        self,
        most: int,
        span_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        most_keys: int = 10_000,
    ) -> None:
        self.most = most
        self.span_seconds = span_seconds
        self._clock = clock
        self._most_keys = most_keys
        self._attempts: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> bool:
        """Note an attempt and say whether it is allowed. One that is not does not count."""
        with self._lock:
            now = self._clock()
            attempts = self._attempts.setdefault(key, deque())
            self._attempts.move_to_end(key)
            while attempts and attempts[0] <= now - self.span_seconds:
                attempts.popleft()
            if len(attempts) >= self.most:
                return False
            attempts.append(now)
            while len(self._attempts) > self._most_keys:
                self._attempts.popitem(last=False)
            return True

    def forget(self, key: str) -> None:
        """Start over for a key."""
        with self._lock:
            self._attempts.pop(key, None)
