"""Who looks after which suppliers, so that a change of hands can be undone."""

from collections.abc import Mapping, Sequence
from typing import Any

from supabase import Client

from cs_core.io.queue import assign_owner
from cs_core.io.supabase import run_request

TRIES = 2
CHUNK = 100  # ids in one address


def fetch_owners(client: Client, supplier_ids: Sequence[str]) -> dict[str, str | None]:
    """Read the owner of each supplier; None where there is none."""
    owners: dict[str, str | None] = {}
    for start in range(0, len(supplier_ids), CHUNK):
        chunk = list(supplier_ids[start : start + CHUNK])
        query = client.table("suppliers").select("id, owner_id").in_("id", chunk)
        rows: list[Any] = list(run_request("Reading owners", query.execute, tries=TRIES).data)
        owners |= {row["id"]: row["owner_id"] for row in rows}
    return owners


def restore_owners(client: Client, owners: Mapping[str, str | None]) -> int:
    """Give suppliers back to the owners they had; return how many changed hands.

    Parameters
    ----------
    client : Client
        An admin's own.
    owners : mapping
        Supplier's id -> owner's id or None, as `fetch_owners` returned it.
    """
    ids: dict[str | None, list[str]] = {}
    for supplier_id, owner in owners.items():
        ids.setdefault(owner, []).append(supplier_id)
    return sum(assign_owner(client, theirs, owner) for owner, theirs in ids.items())
