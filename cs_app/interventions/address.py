"""What the address of the interventions screen says: the list, its filters, its page."""

import datetime as dt
import re
from collections.abc import Container, Mapping

from cs_app.contacts.wording import REASONS
from cs_app.ui.page_address import is_uuid, read_day
from cs_core.base.vocabulary import INTERVENTION_STATUSES, INTERVENTION_TYPES
from cs_core.io.outreach.intervention_lists import ListFilter
from cs_core.io.outreach.interventions import TABS

CALLS = "calls"
LISTS = (CALLS, *TABS)
OWNERS = ("me", "none")
NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
# Address -> field of the filter.
FIELDS = {
    "type": "type",
    "playbook": "playbook",
    "status": "status",
    "reason": "reason",
    "person": "person",
    "supplier": "supplier_id",
    "bulk": "bulk_id",
    "since": "since",
    "until": "until",
}
CHOICES: Mapping[str, Container[str]] = {
    "type": INTERVENTION_TYPES,
    "status": INTERVENTION_STATUSES,
    "reason": REASONS,
}
# What each list can be narrowed by, besides one supplier or one bulk, which only links set.
OFFERED = {
    "scheduled": ("type", "playbook", "person"),
    "sent": ("type", "playbook", "person", "since", "until"),
    "failed": ("type", "playbook", "since", "until"),
    "suppressed": ("type", "playbook", "reason", "since", "until"),
    "history": ("type", "playbook", "status", "reason", "person", "since", "until"),
}


def read_list(query: Mapping[str, str]) -> str:
    """Return the list that is asked for; the queue of calls unless it is another one."""
    asked = query.get("tab", "")
    return asked if asked in LISTS else CALLS


def read_filter(query: Mapping[str, str], tab: str) -> ListFilter:
    """Return the filter that a list's address asks for; what cannot be is left out."""
    found = {}
    for name in (*OFFERED.get(tab, ()), "supplier", "bulk"):
        value = _read(name, query.get(name, ""))
        if value is not None:
            found[FIELDS[name]] = value
    return ListFilter(**found)  # type: ignore[arg-type]


def read_owner(query: Mapping[str, str], me: str) -> str | None:
    """Return whose suppliers' calls are asked for: an id, `none`, or None for everybody's."""
    asked = query.get("owner", "")
    if asked == "me":
        return me
    return asked if asked == "none" or is_uuid(asked) else None


def _read(name: str, text: str) -> str | dt.date | None:
    if name in CHOICES:
        return text if text in CHOICES[name] else None
    if name == "playbook":
        return text if NAME.fullmatch(text) else None
    if name in ("since", "until"):
        return read_day(text)
    return text if is_uuid(text) else None
