"""What a message to a supplier may say of it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from cs_core.base.time_zones import open_zone
from cs_core.suppliers.feature_suggestions import FeatureUsers, feature_in_words, suggest_features

TEAM = "The WedSync team"


def supplier_values(
    facts: Mapping[str, Any], users: FeatureUsers, now: dt.datetime
) -> dict[str, Any]:
    """Return the variables that templates for suppliers may use.

    Parameters
    ----------
    facts : mapping
        A row of `messages_to_write`; instants as ISO 8601 text.
    users : mapping
        Users per feature (`count_feature_users`), for what to suggest; nothing is suggested
        without any.
    now : datetime
        Gaps in days end here.

    Returns
    -------
    dict
        The variables of audience `supplier`.
    """
    ends_at = _instant(facts["trial_ends_at"])
    contact = _one_line(facts["contact_name"])
    suggested = suggest_features(facts["unused_features"], facts["tier"], facts["category"], users)
    return {
        "contact_name": contact,
        "first_name": contact.split(" ")[0],
        "business_name": _one_line(facts["business_name"]),
        "category": facts["category"],
        "tier": facts["tier"],
        "days_silent": max((now - since).days, 0)
        if (since := _instant(facts["silent_since"]))
        else 0,
        "clients_known": facts["clients_known"],
        "features": [feature_in_words(feature) for feature in suggested],
        "trial_days_left": max((ends_at - now).days, 0) if ends_at else None,
        "trial_ends_on": _day_in_words(ends_at, facts["timezone"]) if ends_at else "",
        "sender_name": _one_line(facts["sender_name"]) or TEAM,
    }


def _instant(text: str | None) -> dt.datetime | None:
    """Read an instant; one so far away that Python has none of it counts as not known."""
    try:
        return dt.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def _day_in_words(instant: dt.datetime, zone: Any) -> str:
    """Write the local date: Thursday 26 November."""
    try:
        local = instant.astimezone(open_zone(zone))
    except OverflowError:  # "never ends", written as the last instant there is
        local = instant
    return f"{local:%A} {local.day} {local:%B}"
