"""The text of the weekly report: the levels now and over eight weeks, and what was done."""

from markupsafe import Markup

from cs_core.base.counting import counted
from cs_core.base.html import fill, together
from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.mail.digests.blocks import (
    COLOURS,
    Part,
    calls_in_words,
    day_words,
    first_name,
    heading,
    joined,
    listing,
    moves,
    paragraph,
)
from cs_core.mail.digests.facts import Levels, Week
from cs_core.mail.digests.schedule import DueDigest
from cs_core.mail.messages import Message

MOST_NAMED = 8


def write_weekly(due: DueDigest, week: Week, base_url: str) -> Message | None:
    """Write the weekly report.

    `base_url`: where the dashboard is. None where no supplier is scored, or nothing was scored in
    the week.
    """
    if not week.trend or week.trend[-1].total == 0:
        return None
    now = week.trend[-1]
    if (due.day - now.score_date).days >= 7:
        return None  # nothing new since the last report
    mails = counted(week.facts.mails_sent, "e-mail")
    parts = [
        paragraph(f"{_hello(due)} This is how the week to {day_words(now.score_date)} went."),
        _figures(week),
        heading("Levels, week by week"),
        _trend(week.trend),
        *moves(week.facts, base_url, MOST_NAMED),
        heading("What was done"),
        paragraph(f"{calls_in_words(week.facts)} {mails} went to suppliers."),
        paragraph(_attachment(week, base_url)),
    ]
    whole = joined(parts)
    return Message(_subject(week), whole.text, whole.html)


def _subject(week: Week) -> str:
    now = week.trend[-1]
    told = f"Week to {now.score_date.day} {now.score_date:%b}: {now.critical:,} critical"
    return f"{told}{_change(week, 'critical')}, {now.at_risk:,} at risk{_change(week, 'at_risk')}"


def _hello(due: DueDigest) -> str:
    return f"Hello {first_name(due.reader.name)}."


def _change(week: Week, level: str) -> str:
    """Write how a level changed in the week; nothing where that is not known."""
    before = _week_before(week)
    if before is None:
        return ""
    difference = getattr(week.trend[-1], level) - getattr(before, level)
    if difference == 0:
        return " (no change)"
    return f" ({'▲' if difference > 0 else '▼'} {abs(difference):,})"


def _week_before(week: Week) -> Levels | None:
    return week.trend[-2] if len(week.trend) > 1 else None


def _figures(week: Week) -> Part:
    now = week.trend[-1]
    lines = [
        f"{getattr(now, level):,} {words.lower()}{_change(week, level)}"
        for level, words in RISK_LEVELS.items()
    ]
    money = f"£{round(week.revenue_at_risk):,} a month is at risk"
    if week.revenue_before is not None:
        difference = round(week.revenue_at_risk - week.revenue_before)
        sign = "▲" if difference > 0 else "▼"
        money += f" ({sign} £{abs(difference):,})" if difference else " (no change)"
    return joined([listing([(line, line) for line in (*lines, money)], 0, "")])


def _trend(trend: tuple[Levels, ...]) -> Part:
    """Draw one bar a week from table cells: every mail program shows those, and no image."""
    text = [
        f"{one.score_date.isoformat()}  critical {one.critical:>6,}  at risk {one.at_risk:>6,}"
        f"  healthy {one.healthy:>6,}"
        for one in trend
    ]
    legend = (
        fill('<span style="color:{}">&#9632;</span> {}', COLOURS[level], words.lower())
        for level, words in RISK_LEVELS.items()
    )
    html = fill(
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'
        ' style="font-size:13px;line-height:1.4">{}</table>'
        '<p class="quiet" style="font-size:13px;margin-top:8px">{}</p>',
        *(together(_trend_row(one) for one in trend), together(legend, " ")),
    )
    return Part("\n".join(text), html)


def _trend_row(one: Levels) -> Markup:
    cells = together(
        fill(
            '<td style="background-color:{};height:14px;font-size:1px;line-height:1px"'
            ' width="{}%">&nbsp;</td>',
            *(COLOURS[level], f"{100 * getattr(one, level) / one.total:.0f}"),
        )
        for level in RISK_LEVELS
        if one.total and round(100 * getattr(one, level) / one.total)
    )
    figures = " · ".join(f"{getattr(one, level):,}" for level in RISK_LEVELS)
    return fill(
        '<tr><td style="padding:3px 10px 3px 0;white-space:nowrap">{}</td>'
        '<td width="60%" style="padding:3px 0"><table role="presentation" width="100%"'
        ' cellpadding="0" cellspacing="0" border="0"><tr>{}</tr></table></td>'
        '<td align="right" style="padding:3px 0 3px 10px;white-space:nowrap">{}</td></tr>',
        *(f"{one.score_date.day} {one.score_date:%b}", cells, figures),
    )


def _attachment(week: Week, base_url: str) -> str:
    where = f"{base_url}/suppliers"
    if week.attached is None:
        return f"The list of suppliers is too long for a mail: {where} exports it."
    if not week.is_attached_whole:
        return f"Attached: the critical and at-risk suppliers. All of them: {where}"
    return f"Attached: all scored suppliers as CSV. The dashboard: {where}"
