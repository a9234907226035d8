"""All playbooks: what each does, whether it is on, and what came of it in 30 days."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st
from markupsafe import Markup

from cs_app.contacts.wording import because, in_short
from cs_app.settings.drafts import UNPUBLISHED
from cs_app.settings.fields import show_list_head
from cs_app.settings.playbooks.switch import ask_where_begun, is_on, show_switch, title_of
from cs_app.ui.formats import counted, whole_number
from cs_app.ui.markup import address, link, quiet
from cs_core.base.errors import PlaybookError
from cs_core.base.html import each, fill, together
from cs_core.base.vocabulary import OUTCOMES
from cs_core.io.definitions.playbooks import PlaybookFigures
from cs_core.io.definitions.versions import Stored
from cs_core.outreach.playbook_wording import playbook_in_words
from cs_core.outreach.playbooks import DEFAULT_PRIORITY, Playbook

DAYS = 30
MESSAGES = {"email": ("e-mail sent", "e-mails sent"), "in_app": ("message shown", "messages shown")}


def show_list(
    playbooks: Sequence[Stored],
    figures: Mapping[str, PlaybookFigures] | None,
    begun: Collection[str],
) -> None:
    """Show all playbooks, the most important first.

    `figures`: None where they could not be read. `begun`: names of those with unpublished edits.
    """
    on = sum(is_on(playbook) for playbook in playbooks)
    of_them = "all" if on == len(playbooks) else f"{on} of them"
    said = f"{counted(len(playbooks), 'playbook')}, {of_them} on"
    show_list_head(said if playbooks else "No playbooks yet", "playbook", begun)
    for playbook in sorted(playbooks, key=_importance):
        found = None if figures is None else figures.get(playbook.name, PlaybookFigures())
        _show_one(playbook, found, playbook.name in begun)
    ask_where_begun(playbooks)


def _importance(playbook: Stored) -> tuple[bool, Any, str]:
    priority = playbook.definition.get("priority", DEFAULT_PRIORITY)
    return not is_on(playbook), priority if isinstance(priority, int) else 0, playbook.name


def _show_one(playbook: Stored, figures: PlaybookFigures | None, is_begun: bool) -> None:
    name = playbook.name
    where = address("/settings", {"part": "playbooks", "playbook": name})
    state = on_or_off(playbook)
    if is_begun:
        state += " " + UNPUBLISHED
    title = link(title_of(playbook), where, css="cs-name")
    sentences = each("<p>{}</p>", playbook_in_words(playbook.definition))
    with st.container(
        horizontal=True, vertical_alignment="top", gap="medium", key=f"cs-playbook-{name}"
    ):
        pattern = '<div class="cs-playbook"><p class="cs-playbook-head">{} {}</p>{}{}{}</div>'
        said = fill(pattern, title, state, _wrong(playbook), sentences, did_html(name, figures))
        st.html(said, width="stretch")
        show_switch(playbook)


def on_or_off(playbook: Stored) -> Markup:
    """Say whether a playbook is on."""
    state = "on" if is_on(playbook) else "off"
    return fill('<span class="cs-{}">{}</span>', state, state)


def _wrong(playbook: Stored) -> Markup:
    try:
        Playbook.from_dict(playbook.name, playbook.definition, playbook.version)
    except PlaybookError as error:
        said = "; ".join(f"{path} {what}" for path, what in error.problems)
        return fill('<p class="cs-wrong"><b>✕</b> The run leaves it out: {}.</p>', said)
    return Markup()


def first_instant() -> datetime:
    """Give the instant from which on it is counted: the lists that are linked begin with days."""
    day = datetime.now(UTC).date() - timedelta(days=DAYS)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def did_html(name: str, figures: PlaybookFigures | None) -> Markup:
    """Say what a playbook did in 30 days, as a paragraph; nothing where that is not known."""
    if figures is None:
        return Markup()
    said = figures_in_words(name, figures, first_instant().date())
    return fill('<p class="cs-did">{}</p>', said)


def figures_in_words(name: str, figures: PlaybookFigures, since: date) -> Markup:
    """Say what a playbook did since a day, as HTML; the counts lead to the lists behind them."""
    parts = [
        _sent(name, figures, since),
        _calls(name, figures, since),
        _not_sent(name, figures, since),
    ]
    if figures.failed.total():
        words = f"{whole_number(figures.failed.total())} failed"
        parts.append(link(words, _list(name, "failed", since=str(since)), css="cs-critical"))
    if figures.cancelled:
        words = f"{whole_number(figures.cancelled)} taken back"
        parts.append(link(words, _list(name, "history", status="cancelled", since=str(since))))
    if figures.held_out:
        words = f"{whole_number(figures.held_out)} left alone to compare"
        parts.append(link(words, _list(name, "suppressed", reason="holdout", since=str(since))))
    said = together(filter(None, parts), " · ")
    if not said:
        return quiet(f"Nothing in {DAYS} days.")
    planned = whole_number(figures.planned)
    return fill("{} {} planned · {}", quiet(f"In {DAYS} days:"), planned, said)


def _sent(name: str, figures: PlaybookFigures, since: date) -> Markup:
    parts = [
        link(counted(figures.sent[kind], *words), _list(name, "sent", type=kind, since=str(since)))
        for kind, words in MESSAGES.items()
        if figures.sent[kind]
    ]
    waiting = figures.waiting.total() - figures.waiting["call"]
    if waiting:
        parts.append(link(f"{whole_number(waiting)} waiting", _list(name, "scheduled")))
    return together(parts, " · ")


def _calls(name: str, figures: PlaybookFigures, since: date) -> Markup:
    made, open_calls = figures.calls_made.total(), figures.waiting["call"]
    parts = []
    if made:
        outcomes = ", ".join(
            f"{whole_number(number)} {OUTCOMES.get(outcome or '', 'without outcome').lower()}"
            for outcome, number in figures.calls_made.most_common()
        )
        where = _list(name, "history", type="call", status="done", since=str(since))
        words = f"{counted(made, 'call')} made"
        parts.append(fill("{} ({})", link(words, where), outcomes))
    if open_calls:
        where = _list(name, "history", type="call", status="planned", since=str(since))
        parts.append(link(counted(open_calls, "call open", "calls open"), where))
    return together(parts, " · ")


def _not_sent(name: str, figures: PlaybookFigures, since: date) -> Markup:
    total = figures.suppressed.total()
    if not total:
        return Markup()
    why = [
        link(
            f"{whole_number(number)} {in_short(reason).lower()}",
            _list(name, "suppressed", reason=reason, since=str(since)),
            label=f"{whole_number(number)} {in_short(reason).lower()}, not sent: {because(reason)}",
        )
        for reason, number in figures.suppressed.most_common()
    ]
    return fill("{} not sent ({})", whole_number(total), together(why, ", "))


def _list(name: str, tab: str, **narrowed: str) -> str:
    return address("/interventions", {"tab": tab, "playbook": name} | narrowed)
