"""The top of the first screen: the answer in words, the figures, how fresh it all is."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from cs_app.ui.formats import ago, change, counted, day_in_words, is_stale, money, whole_number
from cs_app.ui.levels import BY_KEY, LEVELS
from cs_app.ui.markdown import plain
from cs_app.ui.markup import Query, address, change_mark, link, quiet, spark, when
from cs_core.base.html import fill, together
from cs_core.io.score.today import Figure, LastRun, Today

SCORE_NOW = "python daily_scoring.py"
AT_RISK: Query = {"risk": ["critical", "at_risk"], "sort": "-revenue"}
LONGEST_ERROR = 200
KINDS = {
    "daily": "daily run",
    "changed": "run for changed suppliers",
    "supplier": "run for one supplier",
    "backfill": "run for past days",
    "rescoring": "run from the settings",
}


@dataclass(frozen=True)
class Notice:
    """Something about the data that the reader must know. `kind` is info or warning."""

    kind: str
    words: str


def since_when(today: Today, now: dt.datetime) -> str:
    """Say when the changes of the newest scored day happened: "since yesterday", mostly."""
    current = now.astimezone(dt.UTC).date()
    if today.score_date is None or today.score_date >= current:
        return "since yesterday"
    words = day_in_words(today.score_date, current)
    return words if words == "yesterday" else f"on {words}"


def headline(today: Today, now: dt.datetime) -> Markup:
    """Answer who needs attention, as HTML. `today`: of a day that was scored."""
    turned, unplanned = today.turned_critical, today.turned_critical_unplanned
    since = since_when(today, now)
    if turned == 0:
        return fill("No supplier turned critical {}.", since)
    door = address("/today", {"all": "turned_critical"})
    first = link(f"{counted(turned, 'supplier')} turned critical", door, css="cs-critical")
    if unplanned == 0:
        rest = "it has a contact planned" if turned == 1 else "all have a contact planned"
        return fill("{} {}; {}.", first, since, rest)
    if turned == 1:
        return fill("{} {}; it has {}.", first, since, link("nothing planned", door))
    words = f"{whole_number(unplanned)} {'has' if unplanned == 1 else 'have'} nothing planned"
    return fill("{} {}; {}.", first, since, link(words, door))


def greeting(name: str, now: dt.datetime) -> str:
    """Greet a person by first name, at the time of day where the person is."""
    part = "morning" if 4 <= now.hour < 12 else "afternoon" if 12 <= now.hour < 18 else "evening"
    first = name.split("@")[0].split()[0] if name.split("@")[0].split() else name
    return f"Good {part}, {first}."


def freshness(today: Today, now: dt.datetime, zone: str | None) -> Markup:
    """Say how old the scores are, and what the last run does or did, as HTML."""
    if today.scored_at is None:
        return Markup()
    state = "overdue" if is_stale(today.scored_at, now) else "fresh"
    tone = "cs-worse" if state == "overdue" else "cs-quiet"
    scored = when(today.scored_at, now, zone, f"Scored {ago(today.scored_at, now)}")
    run, doing = today.last_run, Markup()
    if run is not None and run.status == "running" and run.is_alive:
        doing = " · " + quiet(_at_work(run))
    return fill('{} · <span class="{}">{}</span>{}', scored, tone, state, doing)


def notices(today: Today, now: dt.datetime) -> list[Notice]:
    """List what is wrong with the data, and what to do; nothing where all is well."""
    if not today.has_suppliers:
        return [
            Notice(
                "info", "No suppliers yet. They appear here as soon as the first one has signed up."
            )
        ]
    found = [*_about_run(today, now)]
    if today.score_date is None and not found:
        return [Notice("info", f"No supplier is scored yet. Run `{SCORE_NOW}`.")]
    if today.scored_at is not None and is_stale(today.scored_at, now) and not found:
        found.append(
            Notice(
                "warning",
                f"The scores are {ago(today.scored_at, now).removesuffix(' ago')} old: the daily"
                f" run is overdue. Run `{SCORE_NOW}`, or look at the job that starts it.",
            )
        )
    if today.scorecard_changed_on is not None:
        day = day_in_words(today.scorecard_changed_on, now.astimezone(dt.UTC).date())
        found.append(
            Notice(
                "info",
                f"The scorecard changed {day}: a part of what changed since is the new rules, not"
                " the suppliers.",
            )
        )
    return found


def _about_run(today: Today, now: dt.datetime) -> list[Notice]:
    run = today.last_run
    if run is None or run.status == "done":
        return []
    what, when_begun = KINDS.get(run.kind, "run"), ago(run.started_at, now)
    shown = "What you see is from the run before." if today.scored_at else ""
    again = f"Run `{SCORE_NOW}` again; repeating it is safe."
    if run.status == "failed":
        why = " ".join((run.error or "no reason was noted").split())
        if len(why) > LONGEST_ERROR:
            why = f"{why[:LONGEST_ERROR].rstrip()} …"
        words = f"The {what} that began {when_begun} failed: {plain(why).rstrip('.')}."
        return [Notice("warning", " ".join(filter(None, (words, shown, again))))]
    if not run.is_alive:
        words = f"The {what} that began {when_begun} stopped without finishing."
        return [Notice("warning", " ".join(filter(None, (words, shown, again))))]
    if today.scored_at is None:
        return [Notice("info", f"The first scores are being made: {_at_work(run)}.")]
    return []


def _at_work(run: LastRun) -> str:
    what = KINDS.get(run.kind, "run")
    return f"a {what} is at work, {counted(run.suppliers_scored, 'supplier')} so far"


def strip_of_figures(today: Today) -> Markup:
    """Show the five figures with their change and their last 30 days, as HTML."""
    cells = []
    for level in LEVELS:
        figure: Figure = getattr(today, level.key)
        good = 1 if level.key == "healthy" else -1
        title = fill('<b class="cs-{}">{}</b> {}', level.key, level.sign, level.word)
        cells.append(_cell(title, level.word, figure, {"risk": level.key}, good, f"cs-{level.key}"))
    cells.append(_cell("All active", "All active", today.total, {}, 0, "cs-quiet"))
    unseen = f" a month ({BY_KEY['critical'].word} and at risk)"
    title = fill('Revenue at risk<span class="cs-unseen">{}</span>', unseen)
    revenue = today.revenue_at_risk
    cells.append(_cell(title, "Revenue at risk", revenue, AT_RISK, -1, "cs-accent", money))
    return fill('<div class="cs-figures">{}</div>', together(cells))


def _count(number: float) -> str:
    return whole_number(round(number))


def _cell(
    title: str,
    word: str,
    figure: Figure,
    query: Query,
    good: int,
    css: str,
    written: Callable[[float], str] = _count,
) -> Markup:
    said = written(figure.now)
    label = f"{word}: {counted(round(figure.now), 'supplier')}"
    if written is money:
        label = f"{said} a month at risk"
    number = fill('<span class="cs-figure">{}</span>', said)
    return fill(
        '<div class="cs-cell" title="Compared with 7 days ago; the line shows 30 days">'
        '<span class="cs-cell-title">{}</span><span class="cs-cell-line">{} {}</span>{}</div>',
        *(title, link(number, address("/suppliers", query), label=label)),
        change_mark(figure.change, change(figure.change, written), good),
        spark(figure.days, _spark_words(word, figure, written), css),
    )


def _spark_words(word: str, figure: Figure, written: Callable[[float], str]) -> str:
    if len(figure.days) < 2:
        return word
    first, last = (written(day) for day in (figure.days[0], figure.days[-1]))
    return f"{word}, last {counted(len(figure.days), 'scored day')}: from {first} to {last}"
