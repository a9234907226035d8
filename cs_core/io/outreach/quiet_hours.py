"""Quiet hours at the door: what is due while it is night for the supplier waits."""

import datetime as dt

from cs_core.io.base.client import ServiceClient, call
from cs_core.io.definitions.rules import fetch_rules
from cs_core.outreach.quiet_hours import leaves_at


def put_off_for_quiet_hours(client: ServiceClient, now: dt.datetime) -> int:
    """Let due messages wait where it is quiet, until it is not any more.

    Whatever decided on them has asked the rules of its moment; here those in force now are kept
    to, by what was late, is tried again, or was planned under other rules. What a person timed, or
    chose to send all the same, does not wait.

    How many wait; repeating it finds none of them. Raises OutreachRulesError or NoOutreachRules if
    nobody knows when it is quiet.
    """
    hours = fetch_rules(client).quiet_hours
    if hours is None:
        return 0
    arguments = {"p_now": now.isoformat()}
    zones: list[str] = call(client, "Reading what is due", "waiting_zones", arguments)
    ends = {zone: leaves_at(now, zone, hours) for zone in zones}
    until = {zone: end.isoformat() for zone, end in ends.items() if end > now}
    if not until:
        return 0
    put_off = call(client, "Keeping quiet hours", "put_off", arguments | {"p_until": until})
    return int(put_off)
