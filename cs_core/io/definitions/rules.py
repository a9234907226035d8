"""Outreach rules as admins steer them: versions, publishing, and what waits under them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_record
from cs_core.io.definitions.versions import (
    NEWEST,
    TRIES,
    VERSIONS_AT_ONCE,
    Published,
    Version,
    publish,
)
from cs_core.outreach.rules import OutreachRules
from cs_core.outreach.rules_effect import Waiting


def fetch_rules_versions(
    client: PersonClient, before: int = NEWEST, limit: int = VERSIONS_AT_ONCE
) -> list[Version]:
    """Read versions of the outreach rules, the newest first, unchecked as they are stored.

    Parameters
    ----------
    before : int
        Only older versions than this one.
    """
    arguments = {"p_before": before, "p_limit": limit}
    rows = call(client, "Reading the outreach rules", "outreach_versions", arguments, tries=TRIES)
    return [to_record(Version, row) for row in rows]


def publish_rules(
    client: PersonClient, definition: Mapping[str, Any], note: str, based_on: int
) -> Published:
    """Put outreach rules in force as the next version.

    Parameters
    ----------
    definition : mapping
        As `OutreachRules.from_dict` takes it.
    note : str
        What changed, and why.
    based_on : int
        The version it was made from: where that is no longer the newest, nothing is published.

    Raises
    ------
    OutreachRulesError
        If the definition breaks a rule; nothing is sent then.
    """
    checked = OutreachRules.from_dict(definition, version=based_on + 1).to_dict()
    arguments = {"p_definition": checked, "p_note": note, "p_based_on": based_on}
    return publish(
        client,
        "publish_outreach_rules",
        arguments,
        lambda: fetch_rules_versions(client, limit=1),
    )


def fetch_waiting(client: PersonClient, now: dt.datetime) -> list[Waiting]:
    """Count the messages that are planned and have not left; for admins."""
    arguments = {"p_now": now.isoformat()}
    rows = call(client, "Reading what waits", "waiting_messages", arguments, tries=TRIES)
    return [to_record(Waiting, row) for row in rows]


def count_capped(client: PersonClient, rules: OutreachRules, now: dt.datetime) -> int:
    """Count the active suppliers to whom a frequency cap lets no e-mail go now; for admins."""
    arguments = {"p_now": now.isoformat(), "p_cap": rules.cap}
    return int(call(client, "Counting e-mails", "count_capped", arguments, tries=TRIES))
