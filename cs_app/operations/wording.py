"""How runs, mail and data stand, in words. Pure functions."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cs_app.ui.formats import (
    STALE_AFTER,
    ago,
    counted,
    date_in_words,
    in_words,
    is_stale,
    whole_number,
)
from cs_core.io.operations.status import DataStatus, MailStatus, RunStatus, Source, StoredRun

GOOD, LOOK, BAD = "good", "look", "bad"
KINDS = {
    "daily": "Daily",
    "changed": "Changed suppliers",
    "supplier": "One supplier",
    "backfill": "Past days",
    "rescoring": "Everybody, from the settings",
}
EVENTS = {
    "login": "Logins",
    "feature_used": "Features used",
    "client_added": "Clients added",
    "client_active": "Clients active",
    "form_sent": "Forms sent",
    "form_completed": "Forms completed",
    "journey_step_due": "Journey steps due",
    "journey_step_completed": "Journey steps completed",
}
# The command line sends every few minutes; so long, and somebody should look.
MAIL_IS_STUCK = dt.timedelta(minutes=30)
EVENTS_ARE_LATE = dt.timedelta(hours=24)
# A type of which fewer came a day, or not on nearly every day, may well be silent for a day.
STEADY = 20.0
STEADY_SHARE = 0.85
DAYS_COMPARED = 14
RUN_AGAIN = "Run it again with the button; repeating it is safe."


@dataclass(frozen=True)
class Verdict:
    """How something stands: `state` good, look or bad; what is so; what to do, if anything."""

    state: str
    words: str
    advice: str = ""


@dataclass(frozen=True)
class Progress:
    """How far a run is; `share` 0 to 1, None where that is not known."""

    share: float | None
    words: str


def duration(seconds: float | None) -> str:
    """Write a span of time: "0.5 s", "45 s", "3 min 20 s", "1 h 5 min"."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def run_kind(run: StoredRun) -> str:
    """Name what a run did: "Daily", "Past days 1 Aug 2026 to 31 Aug 2026"."""
    words = KINDS.get(run.kind, in_words(run.kind))
    if run.from_date is None:
        return words
    return f"{words} {date_in_words(run.from_date)} to {date_in_words(run.score_date)}"


def run_outcome(run: StoredRun) -> Verdict:
    """Say how a run ended, or that it is at work."""
    if run.status == "done":
        return Verdict(GOOD, "Done")
    if run.status == "running":
        if run.is_alive:
            return Verdict(GOOD, "At work")
        return Verdict(BAD, "Stopped without finishing", RUN_AGAIN)
    why = " ".join((run.error or "no reason was noted").split())
    kept = f" {counted(run.suppliers_scored, 'supplier')} were saved." if run.is_partial else ""
    return Verdict(BAD, "Failed in part" if run.is_partial else "Failed", f"{why}{kept}")


def run_seconds(run: StoredRun) -> float | None:
    """How long a run took; None while it is at work."""
    return (run.finished_at - run.started_at).total_seconds() if run.finished_at else None


def progress_of(status: RunStatus) -> Progress:
    """Say how far the run at work is, and how long it takes still. `status`: with a run."""
    run = status.running
    assert run is not None
    spent = max((status.now - run.started_at).total_seconds(), 0.0)
    done, to_do = run.suppliers_scored, status.to_do
    if not to_do:
        so_far = f"{counted(done, 'supplier')} so far" if done else "Reading new events"
        return Progress(None, f"{so_far}, {duration(spent)}")
    if done == 0:
        usual = _usual(status, to_do)
        left = f"; usually {duration(usual)} in all" if usual else ""
        return Progress(0.0, f"Reading new events, {duration(spent)} so far{left}")
    share = min(done / to_do, 1.0)
    words = f"{share:.0%}: {whole_number(done)} of {counted(to_do, 'supplier')}"
    if share >= 1.0:
        return Progress(1.0, f"{words}; finishing")
    # Events are read before the first supplier is scored, so the pace since then is better.
    return Progress(share, f"{words}; about {duration(spent * (1 - share) / share)} left")


def _usual(status: RunStatus, to_do: int) -> float | None:
    if not status.usual_seconds or not status.usual_suppliers:
        return None
    return status.usual_seconds * to_do / status.usual_suppliers


def judge_run(status: RunStatus) -> Verdict:
    """Say how the daily run stands."""
    newest = status.newest_daily
    if newest is None:
        return Verdict(LOOK, "There has been no daily run yet.", "Start one with the button.")
    began = f"The daily run that began {ago(newest['started_at'], status.now)}"
    if newest["status"] == "failed":
        why = " ".join((newest["error"] or "no reason was noted").split())
        return Verdict(BAD, f"{began} failed: {why}", RUN_AGAIN)
    if newest["status"] == "running":
        if newest["is_alive"]:
            return Verdict(GOOD, f"{began} is at work.")
        return Verdict(BAD, f"{began} stopped without finishing.", RUN_AGAIN)
    scored = counted(newest["suppliers_scored"], "supplier")
    words = f"{began} scored {scored}."
    if is_stale(newest["finished_at"], status.now):
        hours = int(STALE_AFTER.total_seconds() // 3600)
        advice = f"There should be one every {hours - 2} hours: look at the job that starts it."
        return Verdict(BAD, words, advice)
    return Verdict(GOOD, words)


def judge_mail(mail: MailStatus, now: dt.datetime) -> Verdict:
    """Say whether mail leaves."""
    waits = [at for at in (mail.oldest_due_at, mail.oldest_to_write_at) if at]
    oldest = min(waits, default=None)
    if oldest and now - oldest > MAIL_IS_STUCK:
        count = counted(mail.due + mail.to_write, "mail")
        words = (
            f"Mail does not leave: {count} should be out, the oldest was due {ago(oldest, now)}."
        )
        if mail.last_error:
            return Verdict(BAD, words, mail.last_error)
        return Verdict(BAD, words, "Does cron run `python -m cs_core send-mail` every few minutes?")
    refused = mail.due and mail.last_error
    dead = f"{counted(mail.dead, 'mail')} failed for good"
    if refused:
        words = f"{counted(mail.due, 'mail')} could not be sent and will be tried again"
        words = f"{words}; {dead}." if mail.dead else f"{words}."
        return Verdict(LOOK, words, refused)
    if mail.dead:
        advice = "Look at why, then send again what is still worth it."
        return Verdict(LOOK, f"Mail leaves, but {dead}.", advice)
    if mail.last_sent_at is None:
        return Verdict(GOOD, "No mail was sent yet, and none waits.")
    return Verdict(GOOD, "Mail leaves.")


def silent_sources(data: DataStatus, now: dt.datetime) -> list[Source]:
    """Name the types of events that came steadily, and then not for a day in which others came."""
    newest = data.newest_event_at
    return [
        one
        for one in data.sources
        if newest and newest - one.last_at > EVENTS_ARE_LATE and _was_steady(one, now)
    ]


def _was_steady(source: Source, now: dt.datetime) -> bool:
    """Whether events came until they stopped; the days of silence say nothing of that."""
    # One day of silence is not among those that are compared.
    days = DAYS_COMPARED + 1 - (now - source.last_at).days
    events = source.a_day_before * DAYS_COMPARED
    return 0 < days <= source.days_before / STEADY_SHARE and events >= STEADY * days


def judge_data(data: DataStatus, now: dt.datetime) -> Verdict:
    """Say how fresh events and scores are."""
    if data.newest_event_at is None:
        return Verdict(LOOK, "No event has arrived yet.", "Does the product send its events?")
    if now - data.newest_event_at > EVENTS_ARE_LATE:
        words = f"No event has arrived since {ago(data.newest_event_at, now)}."
        return Verdict(BAD, words, "Scores fall as if everybody were silent: look at the sender.")
    stopped = silent_sources(data, now)
    if stopped:
        names = ", ".join(EVENTS.get(one.event_type, in_words(one.event_type)) for one in stopped)
        words = f"No longer arriving: {names}. They came almost every day before."
        return Verdict(BAD, words, "Scores fall because of it: look at what sends them.")
    if data.not_scored:
        words = f"{counted(data.not_scored, 'active supplier')} have no score of the newest day."
        return Verdict(LOOK, words, "The next daily run scores them.")
    return Verdict(GOOD, f"The newest event arrived {ago(data.newest_event_at, now)}.")


def summary(verdicts: Sequence[Verdict]) -> str:
    """Answer whether anything needs somebody, in one line."""
    wrong = [one.words for one in verdicts if one.state == BAD]
    if wrong:
        return " ".join(wrong)
    look = [one.words for one in verdicts if one.state == LOOK]
    if look:
        return " ".join(look)
    return "All is well: the daily run, mail and data."
