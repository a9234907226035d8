"""The text of the daily digest: who moved, today's calls, what came of yesterday's."""

import datetime as dt
from collections.abc import Sequence

from cs_core.base.counting import counted
from cs_core.base.html import fill
from cs_core.base.time_zones import open_zone
from cs_core.mail.digests.blocks import (
    Part,
    calls_in_words,
    day_words,
    first_name,
    heading,
    joined,
    listing,
    moves,
    outcome_in_words,
    paragraph,
    short,
    supplier_link,
)
from cs_core.mail.digests.facts import CallDue, DayFacts
from cs_core.mail.digests.schedule import DueDigest
from cs_core.mail.messages import Message

MOST_REASON_CHARACTERS = 160  # as of when it is stands at its end
NO_MOVES = "Nobody turned critical, and nobody recovered, since the last one."


def write_daily(
    due: DueDigest, facts: DayFacts, calls: Sequence[CallDue], calls_due: int, base_url: str
) -> Message | None:
    """Write the daily digest.

    Parameters
    ----------
    due : DueDigest
        For whom, and for which day.
    facts : DayFacts
        Moves since the last digest; calls and mail of the reader's day before.
    calls : sequence of CallDue
        Calls to make by the end of the reader's day, the oldest first; the first of them.
    calls_due : int
        How many there are.
    base_url : str
        Where the dashboard is.

    Returns
    -------
    Message or None
        None where there is nothing to say.
    """
    has_moves = not due.is_behind and (facts.turned_critical or facts.recovered)
    if not (has_moves or calls_due or facts.calls or facts.mails_sent):
        return None
    parts = [paragraph(_opening(due))]
    if due.is_behind:
        parts.append(paragraph(_behind(facts.score_date)))
    else:
        parts += moves(facts, base_url) or [paragraph(NO_MOVES)]
    parts += _calls(due, calls, calls_due, base_url)
    parts += _yesterday(facts, base_url)
    whole = joined(parts)
    return Message(_subject(due, facts, calls_due), whole.text, whole.html)


def _subject(due: DueDigest, facts: DayFacts, calls_due: int) -> str:
    told = []
    if not due.is_behind:
        if facts.turned_critical:
            told.append(f"{facts.turned_critical:,} turned critical")
        if facts.recovered:
            told.append(f"{facts.recovered:,} recovered")
    if calls_due:
        told.append(f"{counted(calls_due, 'call')} today")
    return ", ".join(told) if told else f"Yesterday's calls and mail ({due.day.day} {due.day:%b})"


def _opening(due: DueDigest) -> str:
    hello = f"Good {_part_of_day(due.reader.hour)}, {first_name(due.reader.name)}."
    return f"{hello} Your digest for {day_words(due.day)}."


def _part_of_day(hour: int) -> str:
    return "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"


def _behind(score_date: dt.date) -> str:
    return (
        f"There are no new scores: the newest are those of {day_words(score_date)}, which you know."
        " The daily run is overdue; an admin sees why under Operations."
    )


def _calls(due: DueDigest, calls: Sequence[CallDue], calls_due: int, base_url: str) -> list[Part]:
    if not calls_due:
        return [paragraph("There are no calls to make today.")]
    lines = [_call_line(due, one, base_url) for one in calls]
    more = f"{base_url}/interventions"
    return [
        heading(f"{counted(calls_due, 'call')} to make today"),
        listing(lines, calls_due - len(lines), more),
    ]


def _call_line(due: DueDigest, one: CallDue, base_url: str) -> tuple[str, str]:
    name = short(one.business_name)
    facts = [_when(due, one.scheduled_for)]
    if one.reason:
        facts.append(short(one.reason, MOST_REASON_CHARACTERS))
    if one.owner:
        facts.append(short(one.owner))
    about = ", ".join(facts)
    link = supplier_link(base_url, one.supplier_id, name)
    return f"{name}: {about}", fill("{}: {}", link, about)


def _when(due: DueDigest, at: dt.datetime | None) -> str:
    if at is None:
        return "any time"
    if at < due.day_start:
        late = (due.day - at.astimezone(open_zone(due.reader.timezone)).date()).days
        return f"{counted(late, 'day')} late"
    return f"{at.astimezone(open_zone(due.reader.timezone)):%H:%M}"


def _yesterday(facts: DayFacts, base_url: str) -> list[Part]:
    if not (facts.calls or facts.mails_sent):
        return []
    mails = f" {counted(facts.mails_sent, 'e-mail')} went to suppliers." if facts.mails_sent else ""
    parts = [heading("Yesterday"), paragraph(calls_in_words(facts) + mails)]
    lines = []
    for one in facts.calls_made:
        name, became = short(one.business_name), outcome_in_words(one.outcome)
        link = supplier_link(base_url, one.supplier_id, name)
        lines.append((f"{name}: {became}", fill("{}: {}", link, became)))
    if lines:
        more = f"{base_url}/interventions?tab=sent"
        parts.append(listing(lines, facts.calls - len(lines), more))
    return parts
