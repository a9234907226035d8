"""Something small that is done again and again beside the work at hand."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cs_core.base.errors import CsError


@contextmanager
def repeated(job: Callable[[], bool], every_seconds: float) -> Iterator[None]:
    """Do a job in the background until it returns False; where it fails, the next time again.

    The work at hand will meet the same trouble, and reports it.
    """
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(every_seconds):
            try:
                if not job():
                    return
            except CsError:
                continue

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        yield
    finally:
        ended.set()
        worker.join()
