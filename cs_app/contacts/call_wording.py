"""What became of a call, in the words people use. Pure functions."""

from datetime import datetime

from cs_app.ui.formats import due
from cs_core.base.vocabulary import OUTCOMES
from cs_core.io.outreach.intervention_lists import EndedCall


def ended_in_words(ended: EndedCall | None, me: str, now: datetime, zone: str | None) -> str:
    """Say what became of a call that just left the queue."""
    if ended is None or ended.is_cancelled:
        return "Not needed any more"
    if ended.is_made:
        outcome = OUTCOMES.get(ended.outcome or "", "Made")
        if ended.made_by == me:
            return outcome
        return f"{outcome}, noted by {ended.made_by_name or 'somebody else'}"
    if ended.scheduled_for and ended.scheduled_for > now:
        return f"Put off: {due(ended.scheduled_for, now, zone)}"
    return "No longer in this list"
