"""Milestones in words: what was reached, and how it was celebrated."""

import datetime as dt
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from cs_app.contacts.wording import CHANNELS, because
from cs_app.ui.formats import counted, first_upper, whole_number
from cs_app.ui.markup import address, bar, level_mark, link, quiet, supplier_link, table, when
from cs_core.base.html import fill, together
from cs_core.io.outreach.celebrations import Celebration
from cs_core.io.score.today import ReachedMilestone
from cs_core.outreach.milestones import CATALOGUE, milestone_title


def celebrated_in_words(milestone: ReachedMilestone, messages: Sequence[Celebration]) -> str:
    """Say how a milestone was celebrated, or why not.

    Parameters
    ----------
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


def bars_by_type(counts: Mapping[str, int], chosen: str | None, days: int) -> Markup:
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
            fill(
                '<tr class="cs-by-type{}"><td class="cs-whole">{}</td><td class="cs-wide">{}</td>'
                '<td class="cs-right">{}</td></tr>',
                *(here, name, bar(number / most if most else 0, "cs-accent"), shown),
            )
        )
    return fill('<table class="cs-table"><tbody>{}</tbody></table>', together(rows))


def milestone_table(
    milestones: Sequence[ReachedMilestone],
    celebrations: Mapping[tuple[str, str], Sequence[Celebration]],
    now: dt.datetime,
    zone: str,
) -> Markup:
    """Show one page of milestones, as HTML."""
    rows = []
    for one in milestones:
        how = celebrated_in_words(one, celebrations.get((one.supplier_id, one.milestone_type), ()))
        rows.append(
            fill(
                '<tr><td>{}</td><td class="cs-whole">{}</td><td class="cs-right">{}</td>'
                '<td{}><span aria-hidden="true">{}</span> {}</td><td>{}</td></tr>',
                supplier_link(one.business_name, one.supplier_id),
                milestone_title(one.milestone_type),
                when(one.achieved_at, now, zone),
                "" if one.celebrated else Markup(' class="cs-quiet"'),
                "✓" if one.celebrated else "–",
                *(how, level_mark(one.current_risk_level)),
            )
        )
    heads = ("Supplier", "Milestone", "Reached", "Celebrated", "Level now")
    return table("cs-table cs-milestones", heads, rows, right=["Reached"])
