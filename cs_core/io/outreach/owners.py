"""Who looks after which suppliers, and undoing a change for many."""

from collections.abc import Sequence

from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_record
from cs_core.io.outreach.bulk_state import BulkUndone

TRIES = 2  # a person is waiting


def assign_owner(
    client: PersonClient,
    supplier_ids: Sequence[str],
    owner_id: str | None,
    bulk_id: str | None = None,
) -> int:
    """Say who looks after some suppliers; None: nobody. Return how many changed hands.

    Parameters
    ----------
    supplier_ids : sequence of str
        At most 10,000.
    owner_id : str or None
        An admin or analyst.
    bulk_id : str, optional
        A UUID chosen by the caller, for `undo_owners`; the same again changes nothing twice.
    """
    arguments = {"p_suppliers": list(supplier_ids), "p_owner": owner_id, "p_bulk": bulk_id}
    tries = TRIES if bulk_id else 1
    return int(call(client, "Assigning the owner", "assign_owner", arguments, tries=tries))


def undo_owners(client: PersonClient, bulk_id: str) -> BulkUndone:
    """Give suppliers back to who had them before. Repeating it is harmless.

    Those that changed hands again meanwhile, or whose owner of before has left the team, stay as
    they are: `too_late` counts them.

    `bulk_id`: as of `assign_owner`, within 7 days.
    """
    arguments = {"p_bulk": bulk_id}
    found = call(client, "Undoing", "undo_owners", arguments, tries=TRIES)
    return to_record(BulkUndone, found)
