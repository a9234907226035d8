"""Why a score changed: measure by measure, adding up exactly."""

from collections.abc import Sequence
from decimal import Decimal
from html import escape

import streamlit as st

from cs_app.supplier.wording import score_before
from cs_app.ui.formats import change_of_points, points
from cs_app.ui.page_address import put
from cs_core.io.base.client import PersonClient
from cs_core.io.suppliers.one import DayScore, Supplier360, fetch_scorecards
from cs_core.score.change import MeasureChange, ScoreChange, explain_change

SPANS = (7, 30)
SPAN_KEY = "change-days"


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
    st.session_state[SPAN_KEY] = int(asked) if asked in map(str, SPANS) else SPANS[0]
    days = st.segmented_control(
        "Compare with",
        SPANS,
        required=True,
        format_func=lambda span: f"{span} days ago",
        key=SPAN_KEY,
        label_visibility="collapsed",
        on_change=_put_span_into_address,
    )
    return days or SPANS[0]


def show_change(change: ScoreChange | None, days: int) -> None:
    """Show a change as a table whose bars step from the old score to the new one."""
    if change is None:
        st.html(
            f'<span class="cs-quiet">There is no score of {days} days ago to compare with.</span>'
        )
        return
    note = ""
    if change.is_other_scorecard:
        note = (
            '<p class="cs-quiet">The two scores were made with different scorecards; a part of'
            " the change is the new rules, not the supplier.</p>"
        )
    rows = [_end_row(f"Score {days} days ago", change.then), *_steps(change)]
    rows.append(_end_row("Score now", change.now, change.change))
    st.html(
        f'<table class="change"><caption class="cs-quiet" style="text-align:left;'
        f'padding:0 0 .2rem">{escape(_caption(change, days))}</caption>'
        '<thead><tr class="cs-quiet"><th scope="col">Measure</th>'
        '<th scope="col" class="number">Then</th><th scope="col" class="number">Now</th>'
        '<th scope="col" class="number">Change</th><th scope="col" class="fall"></th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>{note}"
    )


def _caption(change: ScoreChange, days: int) -> str:
    if not change.change:
        return f"The score is what it was {days} days ago."
    verb = "rose" if change.change > 0 else "fell"
    return f"The score {verb} by {abs(change.change)}, from {change.then} to {change.now}."


def _steps(change: ScoreChange) -> list[str]:
    at = Decimal(change.then)
    rows = []
    for part in change.measures:
        rows.append(_measure_row(part, at))
        at += part.change
    if change.rounding:
        rows.append(
            '<tr><th scope="row">Rounding<span class="fact">A score is cut down to a whole'
            ' number</span></th><td></td><td></td><td class="number">'
            f"{change_of_points(change.rounding)}</td>"
            f'<td class="fall">{_step(at, change.rounding)}</td></tr>'
        )
    return rows


def _measure_row(part: MeasureChange, at: Decimal) -> str:
    fact = (
        part.fact_now if part.fact_now == part.fact_then else f"{part.fact_then} → {part.fact_now}"
    )
    changed = change_of_points(part.change)
    return (
        f'<tr><th scope="row">{escape(part.words)}<span class="fact">{escape(fact)}</span></th>'
        f'<td class="number">{_points(part.then)}</td><td class="number">{_points(part.now)}</td>'
        f'<td class="number">{changed}</td><td class="fall">{_step(at, part.change)}</td></tr>'
    )


def _end_row(words: str, score: int, change: int | None = None) -> str:
    changed = "" if change is None else change_of_points(Decimal(change))
    then, now = (score, "") if change is None else ("", score)
    bar = f'<div class="axis"><i class="level" style="left:0;width:{score}%"></i></div>'
    return (
        f'<tr class="total"><th scope="row">{words}</th><td class="number">{then}</td>'
        f'<td class="number">{now}</td><td class="number">{changed}</td>'
        f'<td class="fall">{bar}</td></tr>'
    )


def _step(at: Decimal, change: Decimal) -> str:
    if not change:
        return '<div class="axis"></div>'
    start = min(max(min(at, at + change), Decimal(0)), Decimal(100))
    way = "up" if change > 0 else "down"
    width = abs(change)
    return f'<div class="axis"><i class="{way}" style="left:{start}%;width:{width}%"></i></div>'


def _points(got: Decimal | None) -> str:
    return "–" if got is None else points(float(got))


def _put_span_into_address() -> None:
    put("since", st.session_state[SPAN_KEY], usual=SPANS[0])
