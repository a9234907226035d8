"""Why a score changed: measure by measure, adding up exactly."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import streamlit as st

from cs_app.supplier.wording import score_before
from cs_app.ui.choices import choose_one
from cs_app.ui.formats import change_of_points, points
from cs_app.ui.markup import quiet, render
from cs_app.ui.page_address import put
from cs_core.io.base.client import PersonClient
from cs_core.io.suppliers.one import DayScore, Supplier360, fetch_scorecards
from cs_core.score.change import ScoreChange, explain_change

SPANS = (7, 30)


def change_since(
    client: PersonClient, supplier: Supplier360, history: Sequence[DayScore], days: int
) -> ScoreChange | None:
    """Explain how the current score came from that of some days before; None without one."""
    then = supplier.week_ago if days == 7 else score_before(history, days)
    if supplier.row is None or supplier.scorecard is None or then is None:
        return None
    cards = supplier.scorecards
    if then.scorecard_version not in cards:
        cards = fetch_scorecards(client)
    return explain_change(supplier.row, then.row, supplier.scorecard, cards[then.scorecard_version])


def choose_span() -> int:
    """Let the reader choose how far back to compare; the choice is in the address."""
    asked = st.query_params.get("since", "")
    days = int(asked) if asked in map(str, SPANS) else SPANS[0]
    words = {span: f"{span} days ago" for span in SPANS}
    choose_one(
        "Compare with", words, days, "change-days", lambda span: put("since", span, usual=SPANS[0])
    )
    return days


def show_change(change: ScoreChange | None, days: int) -> None:
    """Show a change as a table whose bars step from the old score to the new one."""
    if change is None:
        st.html(quiet(f"There is no score of {days} days ago to compare with."))
        return
    rows, caption = _rows(change, days), _caption(change, days)
    is_other = change.is_other_scorecard
    st.html(render("supplier/change.html", rows=rows, caption=caption, is_other_scorecard=is_other))


def _caption(change: ScoreChange, days: int) -> str:
    if not change.change:
        return f"The score is what it was {days} days ago."
    verb = "rose" if change.change > 0 else "fell"
    return f"The score {verb} by {abs(change.change)}, from {change.then} to {change.now}."


def _rows(change: ScoreChange, days: int) -> Iterator[tuple[object, ...]]:
    """Give class, words, fact, then, now, change, and the bar's class, beginning and width."""
    at = Decimal(change.then)
    yield "total", f"Score {days} days ago", None, at, "", "", "level", 0, at
    for part in change.measures:
        facts = dict.fromkeys((part.fact_then, part.fact_now))
        figures = _points(part.then), _points(part.now), change_of_points(part.change)
        yield "", part.words, " → ".join(facts), *figures, *_step(at, part.change)
        at += part.change
    if change.rounding:
        figures = "", "", change_of_points(change.rounding)
        fact = "A score is cut down to a whole number"
        yield "", "Rounding", fact, *figures, *_step(at, change.rounding)
    changed = change_of_points(Decimal(change.change))
    yield "total", "Score now", None, "", change.now, changed, "level", 0, change.now


def _step(at: Decimal, change: Decimal) -> tuple[str, str, Decimal]:
    start = min(max(min(at, at + change), Decimal(0)), Decimal(100))
    way = "up" if change > 0 else "down" if change else ""
    return way, f"{start}%", abs(change)


def _points(got: Decimal | None) -> str:
    return "–" if got is None else points(float(got))
