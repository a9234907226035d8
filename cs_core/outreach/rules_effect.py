"""What other outreach rules would do to what waits now. Nothing is written."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cs_core.outreach.quiet_hours import leaves_at
from cs_core.outreach.rules import OutreachRules, next_working_moment


@dataclass(frozen=True)
class Waiting:
    """Messages that have not left: how many of a time zone are due at a minute.

    `keeps_quiet_hours` is False for what a person timed, or chose to send all the same.
    """

    timezone: str
    due_at: dt.datetime
    keeps_quiet_hours: bool
    number: int


@dataclass(frozen=True)
class Delay:
    """Messages that would leave later."""

    leaves_at: dt.datetime
    instead_of: dt.datetime
    number: int


@dataclass(frozen=True)
class RulesEffect:
    """What rules would change."""

    delays: tuple[Delay, ...]  # the most messages first
    waiting: int  # messages that wait, whenever they leave
    # Messages that were put off for quiet hours of which none would be left: they stay put off.
    early: int
    # When a call that is planned now would be, for a supplier in `zone`.
    call_before: dt.datetime
    call_after: dt.datetime


def compare_rules(
    before: OutreachRules,
    after: OutreachRules,
    waiting: Iterable[Waiting],
    now: dt.datetime,
    zone: str,
) -> RulesEffect:
    """Compare the rules in force with others.

    Parameters
    ----------
    waiting : iterable of Waiting
        What is planned now; due now at the earliest.
    zone : str
        Of the call that is taken for an example.

    Raises
    ------
    NoWorkingDay
        If one of them leaves no day to call on.
    """
    groups, total, early = Counter[tuple[dt.datetime, dt.datetime]](), 0, 0
    for one in waiting:
        total += one.number
        if not one.keeps_quiet_hours:
            continue
        old, new = (
            leaves_at(one.due_at, one.timezone, rules.quiet_hours) for rules in (before, after)
        )
        if new > old:
            groups[new, old] += one.number
        elif one.due_at > now and _ends_then(before, one) and not _ends_then(after, one):
            early += one.number
    delays = [Delay(new, old, number) for (new, old), number in groups.items()]
    delays.sort(key=lambda delay: (-delay.number, delay.leaves_at, delay.instead_of))
    return RulesEffect(
        delays=tuple(delays),
        waiting=total,
        early=early,
        call_before=next_working_moment(now, zone, before),
        call_after=next_working_moment(now, zone, after),
    )


def _ends_then(rules: OutreachRules, one: Waiting) -> bool:
    """Whether quiet hours end where a message is due: it was put off until then."""
    just_before = one.due_at - dt.timedelta(minutes=1)
    return leaves_at(just_before, one.timezone, rules.quiet_hours) == one.due_at
