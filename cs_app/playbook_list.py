"""All playbooks: what each does, whether it is on, and what came of it in 30 days."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from html import escape
from typing import Any

import streamlit as st

from cs_app.contact_words import OUTCOMES, REASONS
from cs_app.formats import counted, whole_number
from cs_app.guard import Person, require_person
from cs_app.markup import address, link
from cs_app.settings_publish import say, say_undo
from cs_core.errors import CsError, PlaybookError
from cs_core.io.playbooks import PlaybookFigures, StoredPlaybook, publish_playbook
from cs_core.playbook_words import playbook_in_words
from cs_core.playbooks import DEFAULT_PRIORITY, Playbook

DAYS = 30
SWITCHING = "playbook-switching"
MESSAGES = {
    "email": ("e-mail sent", "e-mails sent"),
    "in_app": ("message shown", "messages shown"),
}


def show_list(
    playbooks: Sequence[StoredPlaybook], figures: Mapping[str, PlaybookFigures] | None
) -> None:
    """Show all playbooks, the most important first.

    Parameters
    ----------
    playbooks : sequence of StoredPlaybook
    figures : mapping of str to PlaybookFigures, optional
        None where they could not be read.
    """
    on = sum(is_on(playbook) for playbook in playbooks)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        said = f"{counted(len(playbooks), 'playbook')}, {on} of them on"
        st.html(f'<h2 class="cs-answer">{said if playbooks else "No playbooks yet"}.</h2>')
        new = address("/settings", {"part": "playbooks", "playbook": "new"})
        st.html(
            f'<a class="cs-button" href="{escape(new)}" target="_self">New playbook</a>',
            width="content",
        )
    for playbook in sorted(playbooks, key=_importance):
        found = None if figures is None else figures.get(playbook.name, PlaybookFigures())
        _show_one(playbook, found)
    _ask_where_begun(playbooks)


def is_on(playbook: StoredPlaybook) -> bool:
    """Whether the run heeds a playbook."""
    return bool(playbook.definition.get("enabled", True))


def title_of(playbook: StoredPlaybook) -> str:
    """What a playbook is called."""
    return str(playbook.definition.get("title") or playbook.name)


def _importance(playbook: StoredPlaybook) -> tuple[bool, Any, str]:
    priority = playbook.definition.get("priority", DEFAULT_PRIORITY)
    return not is_on(playbook), priority if isinstance(priority, int) else 0, playbook.name


def _show_one(playbook: StoredPlaybook, figures: PlaybookFigures | None) -> None:
    on, name = is_on(playbook), playbook.name
    since = (datetime.now(UTC) - timedelta(days=DAYS)).date()
    where = address("/settings", {"part": "playbooks", "playbook": name})
    state = '<span class="cs-on">on</span>' if on else '<span class="cs-off">off</span>'
    title = link(title_of(playbook), where, css="cs-name")
    sentences = "".join(f"<p>{escape(one)}</p>" for one in playbook_in_words(playbook.definition))
    done = f'<p class="cs-did">{figures_in_words(name, figures, since)}</p>' if figures else ""
    with st.container(
        horizontal=True, vertical_alignment="top", gap="medium", key=f"cs-playbook-{name}"
    ):
        st.html(
            f'<div class="cs-playbook"><p class="cs-playbook-head">{title} {state}</p>'
            f"{_wrong(playbook)}{sentences}{done}</div>",
            width="stretch",
        )
        st.button(
            "Turn off" if on else "Turn on",
            key=f"switch-{name}",
            help=f"Turn “{title_of(playbook)}” {'off' if on else 'on'}",
            on_click=_begin,
            args=[name],
        )


def _wrong(playbook: StoredPlaybook) -> str:
    try:
        Playbook.from_dict(playbook.name, playbook.definition, playbook.version)
    except PlaybookError as error:
        said = "; ".join(f"{path} {what}" for path, what in error.problems)
        return f'<p class="cs-wrong"><b>✕</b> The run leaves it out: {escape(said)}.</p>'
    return ""


def figures_in_words(name: str, figures: PlaybookFigures, since: date) -> str:
    """Say what a playbook did since a day, as HTML; the counts lead to the lists behind them."""
    parts = [_sent(name, figures, since), _calls(figures), _not_sent(name, figures, since)]
    if figures.failed.total():
        words = f"{whole_number(figures.failed.total())} failed"
        parts.append(link(words, _list(name, "failed"), css="cs-critical"))
    if figures.cancelled:
        parts.append(f"{whole_number(figures.cancelled)} taken back")
    if figures.held_out:
        words = f"{whole_number(figures.held_out)} left alone to compare"
        parts.append(link(words, _list(name, "suppressed", reason="holdout", since=str(since))))
    said = " · ".join(filter(None, parts))
    if not said:
        return f'<span class="cs-quiet">Nothing in {DAYS} days.</span>'
    planned = f"{whole_number(figures.planned)} planned"
    return f'<span class="cs-quiet">In {DAYS} days:</span> {planned} · {said}'


def _sent(name: str, figures: PlaybookFigures, since: date) -> str:
    parts = [
        link(counted(figures.sent[kind], *words), _list(name, "sent", type=kind, since=str(since)))
        for kind, words in MESSAGES.items()
        if figures.sent[kind]
    ]
    waiting = figures.waiting.total() - figures.waiting["call"]
    if waiting:
        parts.append(link(f"{whole_number(waiting)} waiting", _list(name, "scheduled")))
    return " · ".join(parts)


def _calls(figures: PlaybookFigures) -> str:
    made, open_calls = figures.calls_made.total(), figures.waiting["call"]
    parts = []
    if made:
        outcomes = ", ".join(
            f"{whole_number(number)} {OUTCOMES.get(outcome or '', 'without outcome').lower()}"
            for outcome, number in figures.calls_made.most_common()
        )
        parts.append(f"{counted(made, 'call')} made ({escape(outcomes)})")
    if open_calls:
        parts.append(counted(open_calls, "call open", "calls open"))
    return " · ".join(parts)


def _not_sent(name: str, figures: PlaybookFigures, since: date) -> str:
    total = figures.suppressed.total()
    if not total:
        return ""
    why = ", ".join(
        link(
            f"{whole_number(number)} {reason.replace('_', ' ')}",
            _list(name, "suppressed", reason=reason, since=str(since)),
            label=f"{whole_number(number)} not sent: {REASONS.get(reason, reason)}",
        )
        for reason, number in figures.suppressed.most_common()
    )
    return f"{whole_number(total)} not sent ({why})"


def _list(name: str, tab: str, **narrowed: str) -> str:
    return address("/interventions", {"tab": tab, "playbook": name} | narrowed)


# ---- on and off ----


def _begin(name: str) -> None:
    st.session_state[SWITCHING] = name


def _end() -> None:
    st.session_state.pop(SWITCHING, None)


def _ask_where_begun(playbooks: Sequence[StoredPlaybook]) -> None:
    name = st.session_state.get(SWITCHING)
    playbook = next((one for one in playbooks if one.name == name), None)
    if playbook is None:
        return
    verb = "off" if is_on(playbook) else "on"

    @st.dialog(f"Turn “{title_of(playbook)}” {verb}?", on_dismiss=_end)
    def question() -> None:
        _show_question(require_person("admin"), playbook)

    question()


def _show_question(person: Person, playbook: StoredPlaybook) -> None:
    on = is_on(playbook)
    if on:
        st.write(
            "From the next run on it contacts nobody. What it has planned stays planned; open"
            " calls are still taken back when the supplier recovers by the usual rule: being"
            " healthy again."
        )
    else:
        for words in playbook_in_words(playbook.definition):
            st.text(words)
        st.write("It begins with the next run.")
    verb = "Turn off" if on else "Turn on"
    with st.container(horizontal=True, gap="small"):
        sure = st.button(verb, type="primary", key="switch-sure")
        if st.button("Cancel", key="switch-cancel"):
            _end()
            st.rerun()
    if sure and switch(person, playbook, is_undo=False):
        _end()
        st.rerun()


def switch(person: Person, playbook: StoredPlaybook, *, is_undo: bool) -> bool:
    """Publish a playbook turned the other way; say what came of it, and how to undo it."""
    on = is_on(playbook)
    note = f"Turned {'off' if on else 'on'}{' again' if is_undo else ''}"
    definition = playbook.definition | {"enabled": not on}
    try:
        done = publish_playbook(person.client, playbook.name, definition, note, playbook.version)
    except CsError as error:
        st.error(f"Nothing was changed. {error}", icon=":material/error:")
        return False
    title = title_of(playbook)
    if not done.is_published:
        say(f"Somebody else has just published version {done.version} of “{title}”; nothing was"
            " changed. Look at it, then decide.", is_well=False)  # fmt: skip
        return True
    now = "off" if on else "on"
    say(f"“{title}” is {now}. The next run heeds it.")
    if not is_undo:
        say_undo(("playbook", playbook.name, done.version))
    return True
