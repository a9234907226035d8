"""Milestones of the week on the first screen."""

import datetime as dt
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from cs_app.ui.formats import whole_number
from cs_app.ui.markup import address, heading, link, nothing, panel, render
from cs_core.io.score.today import ReachedMilestone
from cs_core.outreach.milestones import milestone_title


def week_panel(
    counts: Mapping[str, int], newest: Sequence[ReachedMilestone], now: dt.datetime, zone: str
) -> Markup:
    """Show what was reached in the last 7 days, for the first screen, as HTML."""
    total = sum(counts.values())
    every = link(f"All {whole_number(total)}", address("/milestones", {"days": 7}), css="cs-more")
    head = heading("Milestones", "in 7 days", every if total else "")
    if not total:
        return panel(head, nothing("Nothing was reached in the last 7 days."))
    kinds = [
        link(
            f"{milestone_title(kind)} {whole_number(number)}",
            address("/milestones", {"type": kind, "days": 7}),
        )
        for kind, number in _by_size(counts)
    ]
    values = {"kinds": kinds, "newest": newest, "now": now, "zone": zone}
    return panel(head, render("today/milestones.html", title_of=milestone_title, **values))


def _by_size(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: -item[1])
