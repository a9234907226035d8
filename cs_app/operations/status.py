"""The first part of the operations screen: does everything work, and the run at work."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from cs_app.operations.progress import show_run_now
from cs_app.operations.runs import runs_table
from cs_app.operations.wording import (
    EVENTS,
    Verdict,
    judge_data,
    judge_mail,
    judge_run,
    run_seconds,
    silent_sources,
    summary,
)
from cs_app.operations.wording import duration as duration_words
from cs_app.ui.formats import ago, counted, day_in_words, in_words, whole_number
from cs_app.ui.guard import Person
from cs_app.ui.markup import address, answer, heading, link, quiet, when
from cs_app.ui.refresh import rerun_when_changed
from cs_core.base.html import fill, together
from cs_core.io.base.client import PersonClient
from cs_core.io.operations.status import (
    DataStatus,
    MailStatus,
    RunStatus,
    StoredRun,
    fetch_data_status,
    fetch_last_done,
    fetch_mail_status,
    fetch_run_status,
    fetch_runs,
)

SIGNS = {"good": ("✓", "Works"), "look": ("!", "Look"), "bad": ("✕", "Needs you")}
RECENT = 8
Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Watched:
    """What the screen is watched for; equal where nothing worth drawing changed."""

    run: tuple[str, bool] | None
    is_busy: bool
    request: tuple[str, str] | None
    newest: str | None
    mail: MailStatus
    ten_minutes: int


def show_status(person: Person) -> None:
    """Show whether all works, run now, and the newest runs."""
    zone, now = st.context.timezone, dt.datetime.now(dt.UTC)
    status = fetch_run_status(person.client)
    mail = fetch_mail_status(person.client, now)
    data = fetch_data_status(person.client, now)
    runs = fetch_runs(person.client, limit=RECENT)[:RECENT]
    last_done = fetch_last_done(person.client)
    verdicts = [judge_run(status), judge_mail(mail, now), judge_data(data, now)]
    st.html(answer(summary(verdicts)))
    show_run_now(person, status, data.active)
    panels = (
        _panel("Daily run", verdicts[0], _run_facts(last_done, runs, now, zone)),
        _panel("Mail", verdicts[1], _mail_facts(mail, now, zone)),
        _panel("Data", verdicts[2], _data_facts(data, now, zone)),
    )
    st.html(fill('<div class="op-three">{}</div>', together(panels)))
    more = link("All runs", address("/operations", {"part": "runs"}), css="cs-more")
    st.html(heading("Newest runs", right=more) + runs_table(runs, status, now, zone))
    rerun_when_changed(person, _watch, _watched(status, mail, now))


def _watch(client: PersonClient) -> Watched:
    now = dt.datetime.now(dt.UTC)
    return _watched(fetch_run_status(client), fetch_mail_status(client, now), now)


def _watched(status: RunStatus, mail: MailStatus, now: dt.datetime) -> Watched:
    newest = status.newest_daily
    return Watched(
        run=(status.running.id, status.running.is_alive) if status.running else None,
        is_busy=status.is_busy,
        request=(status.request.id, status.request.status) if status.request else None,
        newest=f"{newest['started_at']}/{newest['status']}" if newest else None,
        mail=mail,
        ten_minutes=now.minute // 10,
    )


def _panel(title: str, verdict: Verdict, facts: Facts) -> Markup:
    sign, word = SIGNS[verdict.state]
    advice = fill('<p class="op-advice">{}</p>', verdict.advice) if verdict.advice else ""
    return fill(
        '<section aria-label="{}">{}<p class="op-state op-{}"><b>{} {}.</b> {}</p>'
        '{}<dl class="op-facts">{}</dl></section>',
        *(title, heading(title), verdict.state, sign, word, verdict.words, advice),
        together(fill("<dt>{}</dt><dd>{}</dd>", *fact) for fact in facts),
    )


def _run_facts(
    done: StoredRun | None, runs: Sequence[StoredRun], now: dt.datetime, zone: str | None
) -> Facts:
    facts: Facts = []
    if done is not None:
        facts.append(("Last done", when(done.finished_at, now, zone)))
        facts.append(("Took", duration_words(run_seconds(done))))
        facts.append(("Changed level", whole_number(done.transitions)))
        facts.append(("Contacts planned", whole_number(done.interventions)))
    failed = sum(run.status == "failed" for run in runs)
    if failed:
        words = f"{failed} of the last {len(runs)}"
        facts.append(
            ("Failed", link(words, address("/operations", {"part": "runs", "outcome": "failed"})))
        )
    return facts


def _mail_facts(mail: MailStatus, now: dt.datetime, zone: str | None) -> Facts:
    due = mail.due + mail.to_write
    oldest = min((at for at in (mail.oldest_due_at, mail.oldest_to_write_at) if at), default=None)
    facts: Facts = [
        ("Last sent", when(mail.last_sent_at, now, zone)),
        ("Sent in 24 hours", whole_number(mail.sent_in_a_day)),
        ("Should be out by now", whole_number(due) if due else "none"),
    ]
    if oldest is not None:
        facts.append(("Oldest of them due", when(oldest, now, zone)))
    if mail.later:
        facts.append(("Due later", whole_number(mail.later)))
    failed = (
        link(counted(mail.dead, "mail"), address("/operations", {"part": "mail"}))
        if mail.dead
        else "none"
    )
    facts.append(("Failed for good", failed))
    if mail.may_have_arrived:
        facts.append(("May have arrived", whole_number(mail.may_have_arrived)))
    return facts


def _data_facts(data: DataStatus, now: dt.datetime, zone: str | None) -> Facts:
    facts: Facts = [("Newest event", when(data.newest_event_at, now, zone))]
    if data.score_date is not None:
        day = day_in_words(data.score_date, now.date())
        facts.append(("Newest scored day", day))
        facts.append(("Scored", when(data.scored_at, now, zone)))
    facts.append(("Active suppliers", whole_number(data.active)))
    missing = data.not_scored if data.score_date is not None else data.active
    facts.append(("Without that day's score", whole_number(missing) if missing else "none"))
    stopped = silent_sources(data, now)
    for source in data.sources:
        name = EVENTS.get(source.event_type, in_words(source.event_type))
        if source in stopped:
            words = f"last {ago(source.last_at, now)}"
            facts.append((name, fill('<span class="cs-worse">{}</span>', words)))
    received = sum(source.in_a_day for source in data.sources)
    before = sum(source.a_day_before for source in data.sources)
    compared = quiet(f"({round(before):,} a day before)")
    facts.append(("Events in 24 hours", fill("{} {}", whole_number(received), compared)))
    return facts
