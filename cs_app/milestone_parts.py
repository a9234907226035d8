"""Milestones in words: what was reached, and how it was celebrated."""

import datetime as dt
from collections.abc import Mapping, Sequence
from html import escape

from cs_app.formats import counted, whole_number
from cs_app.markup import (
    address,
    bar,
    heading,
    level_mark,
    link,
    nothing,
    panel,
    quiet,
    supplier_link,
    when,
)
from cs_core.io.celebrations import Celebration
from cs_core.io.today import Milestone
from cs_core.milestones import CATALOGUE

TITLES = {milestone.type: milestone.title for milestone in CATALOGUE}
CHANNELS = {"in_app": "in the product", "email": "by e-mail"}
WHY_NOT = {
    "too_long_ago": "it was noticed too late",
    "holdout": "left alone for comparison",
    "cool_down": "contacted for this lately",
    "frequency_cap": "another e-mail went out that week",
    "opt_out": "opted out of e-mail",
    "no_address": "no e-mail address",
    "open_call": "a call is open",
    "supplier_left": "the supplier left",
    "by_person": "taken back by hand",
    "recovered": "no longer needed",
}


def title_of(milestone_type: str) -> str:
    """Give a type of milestone in words."""
    return TITLES.get(milestone_type) or milestone_type.replace("_", " ").capitalize()


def celebrated_in_words(milestone: Milestone, messages: Sequence[Celebration]) -> str:
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
    ways = [words for channel, words in CHANNELS.items() if channel in sent]
    others = [words for one in messages if (words := _not_sent(one))]
    if ways:
        return "; ".join([_first_upper(" and ".join(ways)), *others])
    if milestone.celebrated:
        return "Celebrated"
    if milestone.uncelebrated_reason:
        why = WHY_NOT.get(milestone.uncelebrated_reason, milestone.uncelebrated_reason)
        return f"Not celebrated: {why.replace('_', ' ')}"
    if others:
        return (
            f"Not yet: {'; '.join(others)}" if _waits(messages) else _first_upper("; ".join(others))
        )
    return "Not yet celebrated"


def _not_sent(message: Celebration) -> str:
    way = CHANNELS.get(message.type, "by call")
    if message.status in ("planned", "sending"):
        return f"waits to be sent {way}"
    if message.status == "failed":
        return f"sending {way} failed"
    if message.status in ("suppressed", "cancelled"):
        return f"not {way}: {WHY_NOT.get(message.reason or '', 'held back')}"
    return ""


def _waits(messages: Sequence[Celebration]) -> bool:
    return any(message.status in ("planned", "sending") for message in messages)


def _first_upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def week_panel(
    counts: Mapping[str, int], newest: Sequence[Milestone], now: dt.datetime, zone: str
) -> str:
    """Show what was reached in the last 7 days, for the first screen, as HTML."""
    total = sum(counts.values())
    every = link(f"All {whole_number(total)}", address("/milestones", {"days": 7}), css="cs-more")
    head = heading("Milestones", "in 7 days", every if total else "")
    if not total:
        return panel(head, nothing("Nothing was reached in the last 7 days."))
    kinds = " · ".join(
        link(
            f"{title_of(kind)} {whole_number(number)}",
            address("/milestones", {"type": kind, "days": 7}),
        )
        for kind, number in _by_size(counts)
    )
    rows = "".join(
        f"<tr><td>{supplier_link(one.business_name, one.supplier_id)} "
        f"{quiet(title_of(one.milestone_type))}</td>"
        f'<td class="cs-right cs-quiet">{when(one.achieved_at, now, zone)}</td></tr>'
        for one in newest
    )
    table = f'<table class="cs-table"><tbody>{rows}</tbody></table>'
    return panel(head, f'<p class="cs-kinds">{kinds}</p>', table)


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
    milestones: Sequence[Milestone],
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
            f'<td class="cs-whole">{escape(title_of(one.milestone_type))}</td>'
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


def _by_size(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: -item[1])
