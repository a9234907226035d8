"""What one action for many suppliers is called, and what became of it. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cs_app.contacts.wording import ICONS as INTERVENTION_ICONS
from cs_app.contacts.wording import NOUNS, of_some
from cs_app.suppliers.selection import Selection
from cs_app.ui.formats import ago, counted, whole_number
from cs_app.ui.markdown import plain
from cs_core.base.vocabulary import INTERVENTION_TYPES
from cs_core.io.outreach.bulk import MOST_AT_ONCE, UNDO_SECONDS
from cs_core.io.outreach.bulk_state import BulkState

LATELY = timedelta(minutes=2)
ICONS = INTERVENTION_ICONS | {"owner": ":material/person:"}
TITLES = INTERVENTION_TYPES | {"call": "Plan calls", "owner": "Assign owner"}


@dataclass(frozen=True)
class BulkDone:
    """What was done for many suppliers at once, as long as the screen shows it.

    `waiting`: how many are not sent or made yet, where the database was asked. `begun_at`: when
    it was asked for, where that is known. `rest`: who matched besides those that one action
    takes. `at_night`: for how many it is night, so that theirs leave later. `already`: how many
    had this owner before. `ending`: how it ended, once nothing can be undone any more.
    """

    kind: str
    bulk_id: str
    count: int
    suppressed: Mapping[str, int] = field(default_factory=dict)
    due_at: datetime | None = None
    owner_name: str | None = None
    waiting: int | None = None
    begun_at: datetime | None = None
    rest: Selection | None = None
    ending: str | None = None
    at_night: int = 0
    already: int = 0

    @classmethod
    def of(cls, state: BulkState) -> "BulkDone":
        """Make it of what the database says."""
        return cls(
            state.type,
            state.bulk_id,
            state.planned,
            state.suppressed,
            state.due_at,
            state.owner_name,
            waiting=state.waiting,
            begun_at=state.begun_at,
        )


def confirm_words(kind: str, count: int) -> str:
    """Say what a click does: "Send 26 e-mails"."""
    if kind == "call":
        return f"Plan {counted(count, *NOUNS[kind])}"
    return f"Send {counted(count, *NOUNS[kind])}"


def will_words(kind: str, count: int) -> str:
    """Say who will be contacted."""
    if not count:
        return "Nobody would be contacted."
    what = {
        "email": "an e-mail",
        "call": "a call in the queue",
        "in_app": "a message in the product",
    }[kind]
    return f"**{counted(count, 'supplier')}** will get {what}."


def reason_words(reason: str, count: int) -> str:
    """Say why some are left out: "2 have opted out of e-mail"."""
    return f"{whole_number(count)} {of_some(reason, count)}"


def suppressed_words(suppressed: Mapping[str, int]) -> str:
    """Say who was left out and why, the most frequent reason first."""
    if not suppressed:
        return ""
    ranked = sorted(suppressed.items(), key=lambda item: -item[1])
    return f"Not contacted: {', '.join(reason_words(*item) for item in ranked)}."


def done_words(done: BulkDone, now: datetime) -> str:
    """Say what was done, and what can still be undone."""
    if done.ending is not None:
        return done.ending
    if done.kind == "owner":
        return _hands_words(done)
    one, many = NOUNS[done.kind]
    if not done.count:
        return "Nobody was contacted."
    several = counted(done.count, one, many)
    verb = "is" if done.count == 1 else "are"
    left = seconds_left(done, now)
    if done.at_night == done.count or (not left and done.waiting == done.at_night > 0):
        return waiting_words(done.at_night)
    if left:
        words = f"{several} {'leaves' if done.count == 1 else 'leave'} in {counted(left, 'second')}"
    elif done.waiting is not None and done.waiting < done.count:
        not_yet = "made" if done.kind == "call" else "sent"
        verb = "is" if done.waiting == 1 else "are"
        words = f"{whole_number(done.waiting)} of {several} {verb} not {not_yet} yet"
    else:
        words = f"{several} {verb} {'planned' if done.kind == 'call' else 'on the way'}"
    if done.begun_at is not None and now - done.begun_at >= LATELY:
        words += f", asked for {ago(done.begun_at, now)}"
    return f"{words}."


def _hands_words(done: BulkDone) -> str:
    name = plain(done.owner_name) if done.owner_name else None
    if not done.count:
        return f"Nothing changed: all belong to {name}." if name else "Nothing changed: no owners."
    is_one = done.count == 1
    if name:
        who = f"now {'belongs' if is_one else 'belong'} to {name}"
    else:
        who = f"{'has' if is_one else 'have'} no owner now"
    before = f" {whole_number(done.already)} did before." if done.already and name else ""
    return f"{counted(done.count, 'supplier')} {who}.{before}"


def broken_words(state: BulkState, total: int) -> str:
    """Say what is planned of a bulk that was cut off."""
    if not state.planned:
        held_back = f" {suppressed_words(state.suppressed)}" if state.suppressed else ""
        return f"So far nobody of {total:,} will be contacted.{held_back}"
    one, many = NOUNS[state.type]
    words = f"{counted(state.planned, one, many)} for {total:,} suppliers"
    verb = "is" if state.planned == 1 else "are"
    return f"So far {words} {verb} planned. {suppressed_words(state.suppressed)}".strip()


def next_words(kind: str, left_out: int) -> str:
    """Say what a click does for those that one action could not take: "Write to the next 1,000"."""
    verb = {"call": "Plan calls to", "owner": "Assign"}.get(kind, "Write to")
    if left_out <= MOST_AT_ONCE:
        return f"{verb} the other {whole_number(left_out)}"
    return f"{verb} the next {MOST_AT_ONCE:,} of {left_out:,}"


def ended_words(state: BulkState, count: int) -> str:
    """Say what became of `count` messages once none waits any more."""
    if not state.planned:
        return "All were taken back."
    words = sent_words(state.planned, state.failed)
    if state.planned < count:
        words += f" {whole_number(count - state.planned)} taken back."
    return words


def sent_words(count: int, failed: int) -> str:
    """Say what became of messages."""
    if failed:
        return f"{count - failed:,} of {count:,} sent, {failed:,} failed; Interventions says why."
    return "Sent." if count == 1 else f"All {count:,} sent."


def waiting_words(count: int) -> str:
    """Say that messages wait for the morning of those who get them."""
    return f"{whole_number(count)} {'waits' if count == 1 else 'wait'} until quiet hours end."


def given_back_words(undone: int, too_late: int) -> str:
    """Say how many suppliers are back with who had them before."""
    words = f"Undone: {counted(undone, 'supplier')} given back to who had them before."
    if not undone:
        words = "Nothing was undone."
    if too_late == 1:
        words += " 1 stays: it has changed hands since, or who had it has left."
    elif too_late:
        words += f" {whole_number(too_late)} stay: they have changed hands since, or who had them"
        words += " has left."
    return words


def seconds_left(done: BulkDone, now: datetime) -> int:
    """How many seconds there are to take messages back; 0 where it is too late."""
    if done.due_at is None:
        return 0
    left = int((done.due_at - now).total_seconds()) + 1
    return max(0, min(left, UNDO_SECONDS))
