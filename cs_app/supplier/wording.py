"""One supplier in words: how its score moves, why, and what happened. Pure functions."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from cs_app.ui.formats import change as change_of
from cs_app.ui.formats import points as points_of
from cs_core.io.suppliers.one import DayScore
from cs_core.outreach.reasons import NO_DATA
from cs_core.score.change import ScoreChange
from cs_core.score.drivers import Driver

# A change of less than this is noise; of this or more, it is told as fast.
STEADY, FAST = 3, 10
# A day without a score is answered by one of the days before it.
NEAREST_DAYS = 3


def score_before(history: Sequence[DayScore], days: int) -> DayScore | None:
    """Find the score of some days before the newest one; None where there is none."""
    if not history:
        return None
    day = history[-1].score_date - timedelta(days=days)
    oldest = day - timedelta(days=NEAREST_DAYS)
    found = [score for score in history if oldest <= score.score_date <= day]
    return found[-1] if found else None


def trend_in_words(history: Sequence[DayScore]) -> str:
    """Say where a score is going: "Falling fast: ▼ 27 in 7 days, ▼ 31 in 30 days".

    `history`: the oldest first, at least 33 days of it where there are as many.
    """
    week, month = (_change(history, days) for days in (7, 30))
    if week is None:
        return "New: no score of 7 days ago to compare with"
    if abs(week) < STEADY:
        direction = "Steady"
    else:
        direction = "Rising" if week > 0 else "Falling"
        direction += " fast" if abs(week) >= FAST else ""
    parts = [f"{change_of(week)} in 7 days"]
    if month is not None:
        parts.append(f"{change_of(month)} in 30 days")
    return f"{direction}: {', '.join(parts)}"


def why_in_words(drivers: Sequence[Driver], change: ScoreChange | None, days: int = 7) -> str:
    """Say in two sentences what costs a supplier the most points, and what changed."""
    if drivers:
        facts = [
            f"{driver.words.lower()} has {NO_DATA}" if driver.fact == NO_DATA else driver.fact
            for driver in drivers[:2]
        ]
        first = f"What costs the most points: {'; '.join(facts)}."
    else:
        first = "No measure costs a point."
    return f"{first} {_change_sentence(change, days)}".strip()


def _change_sentence(change: ScoreChange | None, days: int) -> str:
    if change is None:
        return ""
    if abs(change.change) < STEADY:
        return f"The score has hardly changed in {days} days."
    fell = change.change < 0
    same_way = [part for part in change.moved if (part.change < 0) == fell]
    start = f"It {'lost' if fell else 'gained'} {abs(change.change)} points in {days} days"
    if not same_way:
        return f"{start}."
    top = same_way[0]
    name, moved = top.words.lower(), f"{_points(top.then)} to {_points(top.now)}"
    if len(change.moved) == 1:
        return f"{start}, all of them on {name} ({moved})."
    # What others gained hides what one lost: its part may be larger than the whole.
    if abs(change.change) / 2 < abs(top.change) <= abs(change.change):
        return f"{start}, most of them on {name} ({moved})."
    return f"{start}; {name} {'fell' if fell else 'rose'} from {moved}."


def _points(points: Decimal | None) -> str:
    return NO_DATA if points is None else points_of(float(points))


def _change(history: Sequence[DayScore], days: int) -> int | None:
    then = score_before(history, days)
    return history[-1].health_score - then.health_score if then else None
