"""Taking and keeping the lease: at most one run writes scores at a time.

The database sees to that: `begin_run` and `require_lease` in 30_run.sql.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from cs_core.base.errors import LeaseHeld
from cs_core.io.base.client import ServiceClient
from cs_core.io.base.repeating import repeated
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


def kept_lease(
    client: ServiceClient, run: LeasedRun, suppliers_done: Callable[[], int]
) -> AbstractContextManager[None]:
    """Renew the lease in the background, and note the progress with it."""
    # Where it is lost the next save is refused, and says why.
    return repeated(
        lambda: run_store.renew_lease(client, run, suppliers_done()),
        run_store.LEASE_SECONDS / 4,
    )
