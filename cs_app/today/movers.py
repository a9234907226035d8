"""Who moved: those that turned critical, the largest drops, and those that recovered."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from cs_app.today.figures import since_when
from cs_app.ui.formats import ago, whole_number
from cs_app.ui.levels import BY_KEY
from cs_app.ui.markup import address, heading, link, nothing, panel, quiet, render, when
from cs_core.io.score.movers import Mover, Movers
from cs_core.io.score.today import Today

SHOWN = {"turned_critical": 8, "drops": 5, "recoveries": 5}
MOST = 50  # the database keeps no more of a kind


@dataclass(frozen=True)
class Kind:
    """One list of movers."""

    key: str
    title: str
    none: str


KINDS = (
    Kind("turned_critical", "Turned critical", "Nobody turned critical since the day before."),
    Kind("drops", "Biggest drops", "No score fell by 5 points or more in 7 days."),
    Kind("recoveries", "Recoveries", "Nobody came back to a better level in 7 days."),
)
BY_KIND = {kind.key: kind for kind in KINDS}
NO_MORE_DROPS = "No other score fell by 5 points or more in 7 days."
Lists = Mapping[str, Sequence[Mover]]


def moves_table(
    kind: Kind, lists: Lists, today: Today, expanded: bool, now: dt.datetime, zone: str
) -> Markup:
    """Show one list of movers, as HTML.

    Parameters
    ----------
    lists : mapping
        Key of a kind -> its movers in order, of all kinds.
    today : Today
        For how many turned critical in all, and when.
    expanded : bool
        Show all that there are, not only the first.
    zone : str
        The reader's.
    """
    movers = lists[kind.key]
    shown = movers if expanded else movers[: SHOWN[kind.key]]
    head = heading(
        kind.title, _beside(kind, lists, today, now), _more(kind, movers, today, expanded)
    )
    if not shown:
        is_rest = kind.key == "drops" and lists["turned_critical"]
        words = NO_MORE_DROPS if is_rest else kind.none
        return panel(head, nothing(words), anchor=kind.key)
    contact_of, why_of = partial(_contact, now=now, zone=zone), partial(_why, kind=kind)
    table = render(
        "today/movers.html", kind=kind, movers=shown, contact_of=contact_of, why_of=why_of
    )
    return panel(head, table, anchor=kind.key)


def _beside(kind: Kind, lists: Lists, today: Today, now: dt.datetime) -> str:
    """Say since when, in which order, and what is left out."""
    turned = lists["turned_critical"]
    if kind.key == "turned_critical":
        since = since_when(today, now)
        return f"{since} · {_order(turned)}" if len(turned) > 1 else since
    if kind.key == "drops" and turned:
        return "in 7 days, besides those above"
    return "in 7 days"


def _order(turned: Sequence[Mover]) -> str:
    is_mixed = len({move.has_open_call for move in turned}) > 1
    return "without a call first, then most revenue" if is_mixed else "most revenue first"


def _more(kind: Kind, movers: Sequence[Mover], today: Today, expanded: bool) -> str:
    total = today.turned_critical if kind.key == "turned_critical" else len(movers)
    if expanded:
        words, where = "Show fewer", "/today"
        if total > len(movers):
            words = f"The first {len(movers)} of {total:,} · show fewer"
        return link(words, where, css="cs-more")
    if total <= SHOWN[kind.key]:
        return ""
    # Of drops and recoveries the database keeps the first so many and does not count the rest.
    some = kind.key != "turned_critical" and total >= MOST
    words = f"First {MOST}" if some else f"All {whole_number(total)}"
    return link(words, address("/today", {"all": kind.key}), css="cs-more")


def _why(move: Mover, kind: Kind) -> str:
    if kind.key != "recoveries":
        return move.reason or ""
    was = f"Was {BY_KEY[move.previous_level].word.lower()}"
    if not move.reason:
        return was
    return f"{was}; {move.reason[:1].lower()}{move.reason[1:]}"


def _contact(move: Mover, now: dt.datetime, zone: str) -> str:
    if move.has_open_call:
        return quiet("Call planned")
    if move.last_contacted_at is None:
        return "No call, never contacted"
    words = f"No call, contacted {ago(move.last_contacted_at, now)}"
    return when(move.last_contacted_at, now, zone, words)


def in_order(movers: Movers) -> dict[str, list[Mover]]:
    """Give the movers by kind; of those that turned critical, who has no call planned first."""
    turned = sorted(movers.turned_critical, key=lambda move: move.has_open_call)
    return {"turned_critical": turned, "drops": movers.drops, "recoveries": movers.recoveries}
