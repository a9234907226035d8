"""What is asked before many suppliers are contacted, and what stays of it afterwards."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from cs_app.suppliers.bulk_wording import BulkDone
from cs_app.suppliers.selection import Selection, clear_selection
from cs_core.io.base.client import PersonClient
from cs_core.io.outreach.bulk import BulkPreview, choose_suppliers, preview_bulk

DRAFT_KEY = "bulk-draft"
BROKEN_KEY = "bulk-broken"
DONE_KEY = "bulk-done"


@dataclass(frozen=True)
class BulkDraft:
    """What is asked: fixed when the question is, whatever the list shows meanwhile.

    `bulk_id` stays the same however often it is confirmed, so nobody is contacted twice.
    `rest` are those that match besides, for another action after this one.
    """

    kind: str
    bulk_id: str
    supplier_ids: tuple[str, ...]
    left_out: int
    preview: BulkPreview | None
    rest: Selection | None = None

    @classmethod
    def make(cls, client: PersonClient, kind: str, selection: Selection) -> "BulkDraft":
        """Find out who is meant, and who could be contacted."""
        who = selection.filter if selection.ids is None else selection.ids
        if kind == "owner":
            preview = None
            chosen, left_out = choose_suppliers(client, who, selection.already)
            ids = tuple(chosen)
        else:
            now = datetime.now(UTC)
            preview = preview_bulk(client, who, kind, now, already=selection.already)
            ids, left_out = preview.supplier_ids, preview.left_out
        rest = None
        if left_out:
            rest = Selection(left_out, selection.filter, None, (*selection.already, *ids))
        return cls(kind, str(uuid.uuid4()), ids, left_out, preview, rest)


def close_question() -> None:
    """Forget what was begun."""
    st.session_state.pop(DRAFT_KEY, None)
    if st.session_state.pop(BROKEN_KEY, None) is not None:
        # What of it is planned is the newest there is: the screen asks the database for it.
        st.session_state.pop(DONE_KEY, None)


def finish(done: BulkDone) -> None:
    """Keep what was done, for the screen to show, and begin anew."""
    close_question()
    st.session_state[DONE_KEY] = done
    clear_selection()
    st.rerun()
