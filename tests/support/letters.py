"""Mail for tests to put into the outbox."""

import datetime as dt
import uuid
from typing import Any

from supabase import Client

from cs_core.io.base.client import call

NOW = dt.datetime(2026, 6, 1, 6, tzinfo=dt.UTC)
LINK = "https://success.example.com/unsubscribe?supplier=1&token={token}"


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


class Sender:
    """One caller of the outbox functions, as `cs_core.io.mail.outbox` calls them."""

    def __init__(self, client: Client, seconds: float = 30.0) -> None:
        self.client = client
        self.terms = {"p_claimant": str(uuid.uuid4()), "p_claim_seconds": seconds}

    def claim(self, limit: int = 50, now: dt.datetime = NOW) -> dict[str, Any]:
        more = {
            "p_now": now.isoformat(),
            "p_limit": limit,
            "p_give_up_before": (now - dt.timedelta(days=3)).isoformat(),
        }
        return dict(call(self.client, "Claiming", "claim_mail", self.terms | more))

    def ids(self, **how: Any) -> list[str]:
        return [mail["id"] for mail in self.claim(**how)["mails"]]

    def note(self, done: dict[str, Any] | None = None, upcoming: str | None = None) -> bool:
        more = {"p_done": done, "p_next": upcoming}
        return bool(call(self.client, "Noting", "note_mail", self.terms | more))

    def release(self, error: str | None = "no server") -> int:
        more = {"p_error": error, "p_now": NOW.isoformat()}
        claimant = {"p_claimant": self.terms["p_claimant"]}
        return int(call(self.client, "Releasing", "release_mail", claimant | more))
