"""Taking and keeping the lease: at most one run writes scores at a time."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cs_core.base.errors import CsError, LeaseHeld
from cs_core.io.base.client import ServiceClient
from cs_core.io.run import store as run_store
from cs_core.io.run.store import LeasedRun


def take_lease(begin: Callable[[], LeasedRun]) -> LeasedRun:
    """Open a run, waiting for a holder that has fallen silent, but for no living one.

    `begin`: tries once; raises LeaseHeld, with the time of the last renewal, where it is taken.
    Raises LeaseHeld as soon as the holder is seen to renew its lease.
    """
    renewed_at: object = None
    while True:
        try:
            return begin()
        except LeaseHeld as error:
            seen: object = error.renewed_at  # type: ignore[attr-defined]
            if renewed_at not in (None, seen):
                raise
            renewed_at = seen
        time.sleep(run_store.LEASE_SECONDS / 20)


@contextmanager
def kept_lease(
    client: ServiceClient, run: LeasedRun, suppliers_done: Callable[[], int]
) -> Iterator[None]:
    """Renew the lease in the background, and note the progress with it."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(run_store.LEASE_SECONDS / 4):
            try:
                if not run_store.renew_lease(client, run, suppliers_done()):
                    return  # the next save is refused, and says why
            except CsError:
                continue  # saving will meet the same trouble and report it

    keeper = threading.Thread(target=renew, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()
