"""Mail for tests to put into the outbox."""

import datetime as dt
from typing import Any

from supabase import Client

from cs_core.io.supabase import call

NOW = dt.datetime(2026, 6, 1, 6, tzinfo=dt.UTC)


def letter(key: str, **fields: Any) -> dict[str, Any]:
    """One mail as `queue_mail` takes it, due at NOW."""
    return {
        "dedupe_key": key,
        "to_address": f"{key}@supplier.example",
        "to_name": "Rowan & Fox",
        "subject": f"About {key}",
        "body_text": f"Text of {key}",
        "scheduled_for": NOW.isoformat(),
    } | fields


def queue(client: Client, *letters: dict[str, Any]) -> list[str]:
    """Queue letters and return their ids, in their order."""
    made = call(client, "Queueing", "queue_mail", {"p_mail": list(letters)})
    ids = {row["dedupe_key"]: row["id"] for row in made}
    return [ids[one["dedupe_key"]] for one in letters]
