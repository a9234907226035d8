"""Milestones in words: what was reached, and how it was celebrated."""

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape

from cs_app.contacts.wording import CHANNELS, because
from cs_app.ui.formats import counted, first_upper, whole_number
from cs_app.ui.markup import (
    address,
    bar,
    level_mark,
    link,
    quiet,
    supplier_link,
    when,
)
from cs_core.io.outreach.celebrations import Celebration
from cs_core.io.score.today import ReachedMilestone
from cs_core.outreach.milestones import CATALOGUE, milestone_title


def celebrated_in_words(milestone: ReachedMilestone, messages: Sequence[Celebration]) -> str:
    """Say how a milestone was celebrated, or why not.

    Parameters
    ----------
    milestone : Milestone
    messages : sequence of Celebration
        Those about it.

    Returns
    -------
    str
        "In the product and by e-mail", "In the product; not by e-mail: opted out of e-mail",
        "Not yet: waits to be sent by e-mail", "Not celebrated: it was noticed too late".
    """
    sent = {one.type for one in messages if one.status == "sent"}
    ways = [CHANNELS[channel] for channel in ("in_app", "email") if channel in sent]
    others = [words for one in messages if (words := _not_sent(one))]
    if ways:
        return "; ".join([first_upper(" and ".join(ways)), *others])
    if milestone.celebrated:
        return "Celebrated"
    if milestone.uncelebrated_reason:
        return "Not celebrated: it was noticed too late"
    if others:
        return (
            f"Not yet: {'; '.join(others)}" if _waits(messages) else first_upper("; ".join(others))
        )
    return "Not yet celebrated"


def _not_sent(message: Celebration) -> str:
    way = CHANNELS[message.type]
    if message.status in ("planned", "sending"):
        return f"waits to be sent {way}"
    if message.status == "failed":
        return f"sending {way} failed"
    if message.status in ("suppressed", "cancelled"):
        return f"not {way}: {because(message.reason)}"
    return ""


def _waits(messages: Sequence[Celebration]) -> bool:
    return any(message.status in ("planned", "sending") for message in messages)


def bars_by_type(counts: Mapping[str, int], chosen: str | None, days: int) -> str:
    """Show how often each milestone was reached; each bar filters by its type, as HTML."""
    most = max(counts.values(), default=0)
    rows = []
    for milestone in CATALOGUE:
        number = counts.get(milestone.type, 0)
        here = " cs-chosen" if milestone.type == chosen else ""
        name = link(
            milestone.title,
            address("/milestones", {"type": milestone.type, "days": days}),
            label=f"{milestone.title}: {counted(number, 'supplier')}",
        )
        shown = whole_number(number) if number else quiet("none")
        rows.append(
            f'<tr class="cs-by-type{here}"><td class="cs-whole">{name}</td><td class="cs-wide">'
            f"{bar(number / most if most else 0, 'cs-accent')}</td>"
            f'<td class="cs-right">{shown}</td></tr>'
        )
    return f'<table class="cs-table"><tbody>{"".join(rows)}</tbody></table>'


def milestone_table(
    milestones: Sequence[ReachedMilestone],
    celebrations: Mapping[tuple[str, str], Sequence[Celebration]],
    now: dt.datetime,
    zone: str,
) -> str:
    """Show one page of milestones, as HTML."""
    rows = []
    for one in milestones:
        reached = when(one.achieved_at, now, zone)
        how = celebrated_in_words(one, celebrations.get((one.supplier_id, one.milestone_type), ()))
        sign = "✓" if one.celebrated else "–"
        tone = "" if one.celebrated else ' class="cs-quiet"'
        rows.append(
            f"<tr><td>{supplier_link(one.business_name, one.supplier_id)}</td>"
            f'<td class="cs-whole">{escape(milestone_title(one.milestone_type))}</td>'
            f'<td class="cs-right">{reached}</td>'
            f'<td{tone}><span aria-hidden="true">{sign}</span> {escape(how)}</td>'
            f"<td>{level_mark(one.current_risk_level)}</td></tr>"
        )
    names = ("Supplier", "Milestone", "Reached", "Celebrated", "Level now")
    head = "".join(
        f'<th scope="col"{" class=cs-right" if name == "Reached" else ""}>{name}</th>'
        for name in names
    )
    return (
        f'<table class="cs-table cs-milestones"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
