"""Edits of the settings that are not published, kept in the database; each person sees the own."""

from dataclasses import dataclass, field
from typing import Any

from postgrest.types import ReturnMethod

from cs_core.io.base.client import PersonClient, run_request
from cs_core.io.base.rows import to_record

COLUMNS = "what, based_on, base, edited, note"


@dataclass(frozen=True)
class KeptDraft:
    """Edits of one definition."""

    what: str  # `scorecard`, `playbook/sharp_drop`
    based_on: int  # the version they were made from; 0 for something new
    base: dict[str, Any] = field(repr=False)  # what that version says
    edited: dict[str, Any] = field(repr=False)  # what has become of it; it may break a rule
    note: str = ""  # what changed and why, for the history


def fetch_draft(client: PersonClient, person_id: str, what: str) -> KeptDraft | None:
    """Read one's own edits of a definition; None where there are none."""
    query = client.table("settings_drafts").select(COLUMNS)
    query = query.eq("person_id", person_id).eq("what", what).limit(1)
    rows: list[Any] = run_request("Reading your edits", query.execute, tries=2).data
    return to_record(KeptDraft, rows[0]) if rows else None


def fetch_begun(client: PersonClient, person_id: str) -> set[str]:
    """Read of which definitions a person has edits that are not published."""
    query = client.table("settings_drafts").select("what").eq("person_id", person_id)
    rows: list[Any] = run_request("Reading your edits", query.execute, tries=2).data
    return {row["what"] for row in rows}


def save_draft(client: PersonClient, person_id: str, draft: KeptDraft) -> None:
    """Keep one's own edits of a definition, in place of those kept before."""
    row = {
        "person_id": person_id,
        "what": draft.what,
        "based_on": draft.based_on,
        "base": draft.base,
        "edited": draft.edited,
        "note": draft.note,
        "saved_at": "now",
    }
    # Nothing comes back: it may be long, and is known.
    query = client.table("settings_drafts").upsert(
        row, on_conflict="person_id,what", returning=ReturnMethod.minimal
    )
    run_request("Keeping your edits", query.execute, tries=2)


def forget_draft(client: PersonClient, person_id: str, what: str) -> None:
    """Delete one's own edits of a definition, where there are any."""
    query = client.table("settings_drafts").delete(returning=ReturnMethod.minimal)
    query = query.eq("person_id", person_id).eq("what", what)
    run_request("Discarding your edits", query.execute, tries=2)
