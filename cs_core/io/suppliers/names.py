"""Which suppliers there are: by id, by name, how many."""

from typing import Any

from postgrest import CountMethod
from supabase import Client

from cs_core.io.base.client import PersonClient, run_request

IDS_IN_AN_ADDRESS = 100  # 4 kB of address, which every server takes


def supplier_exists(client: Client, supplier_id: str) -> bool:
    """Tell whether a supplier has this id."""
    query = client.table("suppliers").select("id").eq("id", supplier_id).limit(1)
    return bool(run_request("Looking up the supplier", query.execute).data)


def count_suppliers(client: PersonClient) -> int:
    """Count the suppliers that are neither paused nor churned today, for a progress bar."""
    query = client.table("suppliers").select("id", count=CountMethod.exact, head=True)
    query = query.in_("status", ["trial", "active"])
    return run_request("Counting suppliers", query.execute).count or 0


def fetch_names(client: Client, supplier_ids: list[str]) -> dict[str, str]:
    """Return the business names of suppliers by id."""
    names: dict[str, str] = {}
    for start in range(0, len(supplier_ids), IDS_IN_AN_ADDRESS):
        some = supplier_ids[start : start + IDS_IN_AN_ADDRESS]
        query = client.table("suppliers").select("id, business_name").in_("id", some)
        rows: list[Any] = list(run_request("Reading names", query.execute).data)
        names |= {row["id"]: row["business_name"] for row in rows}
    return names
