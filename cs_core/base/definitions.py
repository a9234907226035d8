"""What is published as JSON (scorecard, playbook, rules): its type, and merging two changes."""

from collections.abc import Mapping
from typing import Any

Definition = Mapping[str, Any]  # checked by the type it is read into

_ABSENT = object()


def bring_onto(base: Any, mine: Any, theirs: Any) -> Any:
    """Bring one's own changes onto a version that somebody else published meanwhile.

    Parameters
    ----------
    base : JSON value
        The version both began with.
    mine, theirs : JSON value
        What each made of it.

    Returns
    -------
    JSON value
        `theirs` with all that differs between `base` and `mine` as it is in `mine`. Objects are
        put together key by key; a list is one thing, and mine where I changed it.
    """
    if not all(isinstance(part, Mapping) for part in (base, mine, theirs)):
        return theirs if mine == base else mine
    merged = {}
    for key in dict.fromkeys((*theirs, *mine)):
        part = bring_onto(*(side.get(key, _ABSENT) for side in (base, mine, theirs)))
        if part is not _ABSENT:
            merged[key] = part
    return merged
