"""What other outreach rules would do, in words."""

from collections.abc import Sequence
from datetime import datetime

from cs_app.ui.formats import counted, due
from cs_core.outreach.rules import OutreachRules
from cs_core.outreach.rules_effect import Delay, RulesEffect

MOST_DELAYS = 4


def effect_in_words(
    effect: RulesEffect,
    capped: Sequence[int] | None,
    before: OutreachRules,
    after: OutreachRules,
    now: datetime,
    zone: str | None,
) -> list[str]:
    """Say what rules would do, a sentence each.

    `capped`: how many suppliers a frequency cap lets no e-mail go to, before and after.
    """
    told = _messages(effect, before, after, now, zone)
    if capped is not None:
        old, new = capped
        told.append(f"{_capped(new)}; by the rules in force, {old:,} had.")
    if effect.call_before != effect.call_after:
        old_call, new_call = (
            due(one, now, zone) for one in (effect.call_before, effect.call_after)
        )
        told.append(
            f"A call that is planned now, for a supplier in your time zone, would be {new_call}"
            f" instead of {old_call}."
        )
    if before.alert_to != after.alert_to:
        to = ", ".join(after.alert_to) or "the addresses that the server is set up with"
        told.append(f"The next alert goes to {to}.")
    return told or ["Nothing that waits now changes."]


def _messages(
    effect: RulesEffect,
    before: OutreachRules,
    after: OutreachRules,
    now: datetime,
    zone: str | None,
) -> list[str]:
    if before.quiet_hours == after.quiet_hours:
        return []
    if not effect.waiting:
        return ["No message waits now, so none would leave later."]
    told = [_delayed(delay, now, zone) for delay in effect.delays[:MOST_DELAYS]]
    rest = sum(delay.number for delay in effect.delays[MOST_DELAYS:])
    if rest:
        told.append(f"{counted(rest, 'more message')} would leave later, too.")
    if effect.early:
        told.append(
            f"{counted(effect.early, 'message')} already put off for the night"
            f" {'stays' if effect.early == 1 else 'stay'} put off until then."
        )
    return told or [
        f"None of the {counted(effect.waiting, 'message')} that {_wait(effect.waiting)} now would"
        " leave at another time."
    ]


def _capped(suppliers: int) -> str:
    who = counted(suppliers, "supplier") if suppliers else "No supplier"
    return f"{who} had as many e-mails as the cap allows"


def _delayed(delay: Delay, now: datetime, zone: str | None) -> str:
    old = "now" if delay.instead_of <= now else due(delay.instead_of, now, zone)
    return (
        f"{counted(delay.number, 'message')} that {_wait(delay.number)} now would leave"
        f" {due(delay.leaves_at, now, zone)} instead of {old}."
    )


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"
