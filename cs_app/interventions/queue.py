"""The queue of calls: what is due, who is at it, and one click for what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st
from markupsafe import Markup

from cs_app.contacts.actions import UNDO_WITHIN, Action, request_action
from cs_app.contacts.call_wording import ended_in_words
from cs_app.interventions.call_drawer import open_drawer
from cs_app.ui.formats import ago, clock_time, counted, due, money
from cs_app.ui.guard import Person
from cs_app.ui.markup import address, level_mark, link, phone_link, quiet, supplier_link, when
from cs_core.base.html import fill
from cs_core.base.vocabulary import CALL_TYPES, OUTCOMES
from cs_core.io.outreach.call_queue import QueueCounts, QueuedCall
from cs_core.io.outreach.intervention_lists import EndedCall

# A call that left the queue keeps its place so long: what is below does not jump under the
# mouse, and one sees what the others did. What one noted oneself is then listed in "Noted
# lately" as long as it can be undone, so that the queue itself does not fill with what is done.
STAYS = timedelta(seconds=15)
LATELY = 5
SHOWN_KEY = "queue-shown"
SAID = '<div class="iv-said">{}</div>'


@dataclass(frozen=True)
class Row:
    """A call on screen. `left_at` is when it was first found to have left the queue."""

    call: QueuedCall
    left_at: datetime | None = None


def merge_rows(before: Sequence[Row], calls: Sequence[QueuedCall], now: datetime) -> list[Row]:
    """Put calls into the places they had, with those that just left still among them.

    Parameters
    ----------
    before : sequence of Row
        What was on screen.
    calls : sequence of QueuedCall
        What is due now.

    Returns
    -------
    list of Row
        In the order of the queue: the longest due first.
    """
    due_now = {known.id for known in calls}
    left = [
        Row(row.call, row.left_at or now)
        for row in before
        if row.call.id not in due_now and (row.left_at is None or now - row.left_at < UNDO_WITHIN)
    ]
    rows = [Row(known) for known in calls] + left
    latest = datetime.max.replace(tzinfo=UTC)
    return sorted(rows, key=lambda row: (row.call.scheduled_for or latest, row.call.id))


def is_in_place(row: Row, now: datetime) -> bool:
    """Say whether a row still stands in the queue."""
    return row.left_at is None or now - row.left_at < STAYS


def is_own(row: Row, ended: Mapping[str, EndedCall], me: str) -> bool:
    """Say whether this person noted what came of the call, and may take it back."""
    end = ended.get(row.call.id)
    return end is not None and end.is_made and end.made_by == me


def next_change(rows: Sequence[Row], now: datetime) -> datetime | None:
    """Say when a row leaves its place, or can no longer be undone."""
    return min(
        (
            row.left_at + (STAYS if is_in_place(row, now) else UNDO_WITHIN)
            for row in rows
            if row.left_at
        ),
        default=None,
    )


def queue_in_words(counts: QueueCounts) -> str:
    """Answer first: how many calls there are to make, how many of them late."""
    total, late = counts.total, counts.late
    if not total:
        return "No calls are due."
    parts = []
    if late:
        parts.append(f"{late:,} from the days before" if late < total else "all from days before")
    if counts.mine:
        parts.append(f"{counts.mine:,} yours")
    if counts.others:
        parts.append(f"{counts.others:,} in others' hands")
    return f"{counted(total, 'call')} to make" + (f": {', '.join(parts)}." if parts else " today.")


def show_lately(
    rows: Sequence[Row], ended: Mapping[str, EndedCall], person: Person, now: datetime
) -> None:
    """Offer to undo what this person noted in the last minutes, the newest first."""
    own = [row for row in rows if not is_in_place(row, now) and is_own(row, ended, person.id)]
    if not own or person.role != "admin":
        return
    own.sort(key=lambda row: row.left_at or now, reverse=True)
    with st.popover("Noted lately", icon=":material/history:", key="queue-lately"):
        for row in own[:LATELY]:
            place = st.container(horizontal=True, vertical_alignment="center", gap="small")
            words = ended_in_words(ended.get(row.call.id), person.id, now, st.context.timezone)
            place.text(f"{row.call.business_name}: {words.lower()}", width="stretch")
            _button(place, row.call, Action("reopen", *_of(row.call)), "Undo")


def show_rows(
    rows: Sequence[Row], ended: Mapping[str, EndedCall], person: Person, now: datetime
) -> None:
    """Show the queue; people who may act get the buttons."""
    queue = st.container(gap=None)
    for row in rows:
        # Two parts that the styles give their widths: columns cost the browser twice as much.
        line = queue.container(key=f"call-row-{row.call.id}", horizontal=True, gap="medium")
        is_over = row.left_at is not None
        line.html(_facts(row.call, now, st.context.timezone, is_over))
        place = line.container(horizontal=True, gap="xsmall", vertical_alignment="center")
        if is_over:
            _show_ended(place, row, ended.get(row.call.id), person, now)
        else:
            _show_state(place, row.call, person, now)


def _facts(known: QueuedCall, now: datetime, zone: str | None, is_over: bool) -> Markup:
    """Write who is to be called, when and why."""
    due_words = due(known.scheduled_for, now, zone)
    score = "" if known.health_score is None else f"{known.health_score} "
    line = fill("<span>{}{}</span>", score, level_mark(known.risk_level))
    if known.contact_name:
        line += quiet(known.contact_name)
    line += phone_link(known.phone)
    why = "; ".join(known.reasons) or "No reason is noted"
    second = [CALL_TYPES.get(known.type, "Call"), f"their time {clock_time(now, known.timezone)}"]
    if known.monthly_revenue:
        second.append(f"{money(known.monthly_revenue)} a month")
    if known.snoozed_reason:
        second.append(f"put off: {known.snoozed_reason}")
    return fill(
        '<div class="iv-call{}"><div class="iv-when{}">{}</div><div><div>{}</div>'
        '<div class="iv-about iv-second">{}</div></div><div><div class="iv-why" title="{}">{}</div>'
        '<div class="iv-second">{}</div></div></div>',
        " is-over" if is_over else "",
        " iv-late" if due_words.endswith("late") else "",
        when(known.scheduled_for, now, zone, due_words),
        supplier_link(known.business_name, known.supplier_id),
        *(line, why, why, quiet(" · ".join(second))),
    )


def _show_state(
    place: st.delta_generator.DeltaGenerator, known: QueuedCall, person: Person, now: datetime
) -> None:
    """Show who is at a call, and what can be done about it."""
    may_act = person.role == "admin"
    other = known.claimed_by is not None and known.claimed_by != person.id
    if other or not may_act:
        place.html(fill(SAID, _holder(known, now)), width="content")
    if not may_act:
        return
    if not other:
        for key, words in OUTCOMES.items():
            _button(place, known, Action("outcome", *_of(known), outcome=key), words)
        if known.claimed_by is None:
            _button(place, known, Action("claim", *_of(known)), "Take", "Tell the others: I call")
        else:
            _button(place, known, Action("release", *_of(known)), "Yours: give back")
    else:
        _button(place, known, Action("take_over", *_of(known)), "Take over")
    place.button(
        "More",
        key=f"more-{known.id}",
        help="Notes, or put the call off",
        type="tertiary",
        on_click=open_drawer,
        args=(known,),
    )


def _show_ended(
    place: st.delta_generator.DeltaGenerator,
    row: Row,
    ended: EndedCall | None,
    person: Person,
    now: datetime,
) -> None:
    """Show what became of a call, and the way back from a slip."""
    words = ended_in_words(ended, person.id, now, st.context.timezone)
    said = fill('<div class="iv-said" role="status"><b>{}</b></div>', words)
    place.html(said, width="content")
    if ended is not None and is_own(row, {row.call.id: ended}, person.id):
        _button(place, row.call, Action("reopen", *_of(row.call)), "Undo")


def _holder(known: QueuedCall, now: datetime) -> str:
    if known.claimed_by is None:
        return quiet("Nobody is at it yet")
    since = f", {ago(known.claimed_at, now)}" if known.claimed_at else ""
    return f"{known.claimed_by_name or 'Somebody else'} makes this call{since}"


def _of(known: QueuedCall) -> tuple[str, str, str]:
    return known.supplier_id, known.id, known.business_name


def _button(
    place: st.delta_generator.DeltaGenerator,
    known: QueuedCall,
    action: Action,
    words: str,
    hint: str | None = None,
) -> None:
    name = action.outcome or action.kind
    place.button(
        words, key=f"{name}-{known.id}", help=hint, on_click=request_action, args=(action,)
    )


def show_later(later: int, has_calls: bool) -> None:
    """Say what comes after today, and lead there."""
    where = address("/interventions", {"tab": "scheduled", "type": "call"})
    if later > 0:
        words = f"{counted(later, 'call')} for the days to come"
        st.html(fill(SAID, link(words, where)))
    elif not has_calls:
        words = "The daily run plans calls; a call can also be asked for on a supplier's page."
        st.html(fill(SAID, quiet(words)))
