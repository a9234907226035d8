"""What a filter says, in words. Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from cs_app.ui.formats import counted, in_words, up_to, whole_number
from cs_app.ui.levels import BY_KEY
from cs_core.base.html import fill
from cs_core.io.suppliers.find import MOST_COUNTED, Owner
from cs_core.suppliers.filter import SupplierFilter

SORT_WORDS = {
    "score": "Worst score first",
    "-score": "Best score first",
    "change": "Largest drop first",
    "-revenue": "Most revenue first",
    "revenue": "Least revenue first",
    "login": "Longest silent first",
    "name": "Name, from A",
}
QUIET_DAYS = 14


@dataclass(frozen=True)
class Chip:
    """One active part of a filter: what it says, and what to change to take it away."""

    words: str
    without: Mapping[str, Any]


def chips_of(wanted: SupplierFilter, owners: Sequence[Owner]) -> Iterator[Chip]:
    """Give a chip for each active part that is not on screen anyway, as levels and text are.

    `owners`: for their names.
    """
    for name in ("tiers", "categories"):
        chosen = getattr(wanted, name)
        for value in chosen:
            rest = tuple(other for other in chosen if other != value)
            yield Chip(in_words(value), {name: rest})
    if wanted.owner is not None:
        yield Chip(owner_words(wanted.owner, owners), {"owner": None})
    if wanted.score_from is not None or wanted.score_to is not None:
        low = 0 if wanted.score_from is None else wanted.score_from
        high = 100 if wanted.score_to is None else wanted.score_to
        yield Chip(f"Score {low} to {high}", {"score_from": None, "score_to": None})
    if wanted.silent_days is not None:
        words = f"No login for {counted(wanted.silent_days, 'day')}"
        yield Chip(words, {"silent_days": None})
    if wanted.not_contacted_days is not None:
        words = f"No contact for {counted(wanted.not_contacted_days, 'day')}"
        yield Chip(words, {"not_contacted_days": None})
    if wanted.trial is not None:
        yield Chip("On trial" if wanted.trial else "Not on trial", {"trial": None})
    if wanted.open_call is not None:
        yield Chip("Call planned" if wanted.open_call else "No call planned", {"open_call": None})


def owner_words(owner: str, owners: Sequence[Owner]) -> str:
    """Say whose suppliers are meant."""
    if owner == "me":
        return "My suppliers"
    if owner == "none":
        return "Nobody's suppliers"
    names = {known.id: known.name for known in owners}
    return f"Owner: {names.get(owner, 'somebody who left')}"


def bounded(count: int) -> str:
    """Give a count that ends at `MOST_COUNTED`: 10,001 as "10,000+"."""
    return up_to(count, MOST_COUNTED)


def result_words(wanted: SupplierFilter, counts: Mapping[str, int]) -> str:
    """Say how many match: "85 critical and 162 at risk", "623 suppliers"."""
    if not wanted.levels:
        total = sum(counts.values())
        return counted(total, "supplier")
    parts = [
        f"{whole_number(counts[level])} {BY_KEY[level].word.lower()}" for level in wanted.levels
    ]
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def quiet_words(count: int) -> str:
    """Say how many of them nobody has contacted lately."""
    return f"{bounded(count)} without contact in {QUIET_DAYS} days"


def result_line(
    wanted: SupplierFilter, counts: Mapping[str, int], quiet: int, quiet_address: str
) -> Markup:
    """Write the result line as HTML; the second figure leads to the suppliers it counts."""
    line = fill("<b>{}</b>", result_words(wanted, counts))
    if quiet and wanted.not_contacted_days is None:
        line += fill(', <a href="{}">{}</a>', quiet_address, quiet_words(quiet))
    if counts.get("not_scored") and not wanted.levels:
        line += f", {whole_number(counts['not_scored'])} not scored yet"
    return fill('<p class="sup-result" role="status">{}</p>', line)


def matching(counts: Mapping[str, int], levels: Sequence[str]) -> int:
    """Count what matches, given the counts per level and the levels chosen."""
    return sum(count for level, count in counts.items() if not levels or level in levels)
