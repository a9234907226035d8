"""Outreach rules: those in force, publishing, and what waits under them."""

import datetime as dt

from supabase import Client

from cs_core.base.definitions import Definition
from cs_core.base.errors import CsError
from cs_core.io.base.client import PersonClient, call
from cs_core.io.base.rows import to_record
from cs_core.io.definitions.versions import TRIES, Published, fetch_stored, publish
from cs_core.outreach.rules import OutreachRules
from cs_core.outreach.rules_effect import Waiting


class NoOutreachRules(CsError):
    message = (
        "There are no outreach rules in the database. Apply the migrations of sql/supabase first."
    )


def fetch_rules(client: Client) -> OutreachRules:
    """Return the newest outreach rules.

    Raises
    ------
    NoOutreachRules
        If there are none at all.
    OutreachRulesError
        If the stored ones break a rule; names the field.
    """
    for stored in fetch_stored(client, "rules"):
        return OutreachRules.from_dict(stored.definition, version=stored.version)
    raise NoOutreachRules()


def publish_rules(
    client: Client, definition: Definition, note: str | None, based_on: int
) -> Published:
    """Put outreach rules in force as the next version; see `publish`.

    Raises OutreachRulesError if the definition breaks a rule; nothing is sent then.
    """
    checked = OutreachRules.from_dict(definition, version=based_on + 1).to_dict()
    return publish(client, "rules", "", checked, note, based_on)


def fetch_waiting(client: PersonClient, now: dt.datetime) -> list[Waiting]:
    """Count the messages that are planned and have not left; for admins."""
    arguments = {"p_now": now.isoformat()}
    rows = call(client, "Reading what waits", "waiting_messages", arguments, tries=TRIES)
    return [to_record(Waiting, row) for row in rows]


def count_capped(client: PersonClient, rules: OutreachRules, now: dt.datetime) -> int:
    """Count the active suppliers to whom a frequency cap lets no e-mail go now; for admins."""
    arguments = {"p_now": now.isoformat(), "p_cap": rules.cap}
    return int(call(client, "Counting e-mails", "count_capped", arguments, tries=TRIES))
