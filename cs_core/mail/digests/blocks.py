"""Pieces that digests are made of, each as plain text and as HTML that mail programs show."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from cs_core.base.counting import counted
from cs_core.base.html import each, fill, together
from cs_core.base.vocabulary import OUTCOMES, RISK_LEVELS
from cs_core.mail.addresses import clean_line
from cs_core.mail.digests.facts import DayFacts, Moved

MOST_NAME_CHARACTERS = 80
OUTCOME_WORDS = OUTCOMES | {"other": "Noted otherwise"}
COLOURS = {"critical": "#b42318", "at_risk": "#d99a00", "healthy": "#1a7f37"}
NEW_RULES = "some of them may have moved by the new rules only."
LEFT_ALONE = "Left alone on purpose, to compare: please do not contact it."


@dataclass(frozen=True)
class Part:
    """One piece of a mail, twice."""

    text: str
    html: Markup


def day_words(day: dt.date) -> str:
    """Write a day as "Sunday, 22 November"."""
    return f"{day:%A}, {day.day} {day:%B}"


def short(name: str, most: int = MOST_NAME_CHARACTERS) -> str:
    """Shorten a name, or longer words, on one line."""
    line = clean_line(name) or "No name"
    if len(line) <= most:
        return line
    return f"{line[: most - 1].rstrip()}…"


def first_name(name: str) -> str:
    """Return what a person is greeted with; of an address what stands before the @."""
    words = short(name).split("@")[0].split()
    return words[0] if words else short(name)


def supplier_link(base_url: str, supplier_id: str, name: str) -> Markup:
    """Write a supplier's name, leading to its page."""
    return fill('<a href="{}/supplier?id={}">{}</a>', base_url, supplier_id, name)


def heading(words: str) -> Part:
    """Write a heading."""
    html = fill('<h2 style="margin-top:24px">{}</h2>', words)
    return Part(f"{words}\n{'-' * len(words)}", html)


def paragraph(words: str) -> Part:
    """Write a paragraph."""
    return Part(words, fill("<p>{}</p>", words))


def listing(lines: Sequence[tuple[str, str]], hidden: int, more: str) -> Part:
    """Write lines (text, HTML) as a list, and how many more there are at an address."""
    text = [f"* {line}" for line, _ in lines]
    html = each("<li>{}</li>", (line for _, line in lines))
    if hidden > 0:
        text.append(f"  and {hidden:,} more: {more}")
        html += fill('<li><a href="{}">and {} more</a></li>', more, f"{hidden:,}")
    return Part("\n".join(text), fill("<ul>{}</ul>", html))


def moves(facts: DayFacts, base_url: str, most: int | None = None) -> list[Part]:
    """List who turned critical and who recovered, at most so many of each by name."""
    parts = []
    for count, shown, words, level in (
        (facts.turned_critical, facts.turned, "turned critical", "critical"),
        (facts.recovered, facts.recoveries, "recovered", "healthy"),
    ):
        if count:
            lines = [_moved_line(one, base_url) for one in shown[:most]]
            more = f"{base_url}/suppliers?risk={level}"
            parts.append(heading(f"{counted(count, 'supplier')} {words}"))
            parts.append(listing(lines, count - len(lines), more))
    if parts and facts.scorecard_changed_on:
        parts.append(
            paragraph(
                f"The scorecard changed on {day_words(facts.scorecard_changed_on)}: {NEW_RULES}"
            )
        )
    return parts


def calls_in_words(facts: DayFacts) -> str:
    """Say how many calls were made and what came of them: "3 calls: 2 reached, 1 no answer."."""
    if not facts.calls:
        return "No calls were made."
    return f"{counted(facts.calls, 'call')}: {_outcomes_in_words(facts.outcomes)}."


def _moved_line(one: Moved, base_url: str) -> tuple[str, str]:
    """Say how a supplier moved: its score before and now, and what costs it most."""
    name = short(one.business_name)
    change = one.health_score - one.previous_score
    sign = "▲" if change > 0 else "▼"
    figures = f"{one.health_score} {sign} {abs(change)}"
    about = f", {_why(one)}" if _why(one) else ""
    money = f", £{round(one.monthly_revenue):,} a month" if one.monthly_revenue else ""
    text, note = f"{name}: {figures}{about}{money}.", Markup()
    if one.is_held_out:
        text, note = f"{text} {LEFT_ALONE}", fill(" <em>{}</em>", LEFT_ALONE)
    link = supplier_link(base_url, one.supplier_id, name)
    return text, fill("{}: <strong>{}</strong>{}{}.{}", link, figures, about, money, note)


def _why(one: Moved) -> str:
    """Say what costs one the most points; of one that recovered, what it is now."""
    if one.health_score >= one.previous_score:
        before, now = (RISK_LEVELS[level].lower() for level in (one.previous_level, one.risk_level))
        return f"{before} before, {now} now"
    reason = clean_line(one.reason or "")
    return f"{reason[:1].lower()}{reason[1:]}"


def _outcomes_in_words(outcomes: Mapping[str, int]) -> str:
    """Say what came of calls: "3 reached, 2 no answer"."""
    ordered = [name for name in OUTCOME_WORDS if outcomes.get(name)]
    return ", ".join(f"{outcomes[name]:,} {outcome_in_words(name)}" for name in ordered)


def outcome_in_words(name: str) -> str:
    """Say what came of a call, within a sentence."""
    return OUTCOME_WORDS[name].lower()


def joined(parts: Sequence[Part]) -> Part:
    """Put parts one below the other."""
    return Part(
        "\n\n".join(part.text for part in parts if part.text), together(part.html for part in parts)
    )
