"""The versions of a definition: who published them, when, why, what changed, and the way back."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TypeVar

import streamlit as st
from markupsafe import Markup

from cs_app.settings.publish import Changes
from cs_app.ui.formats import counted, date_in_words
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import heading, nothing, quiet, when, why
from cs_core.base.errors import DefinitionError, StoreError
from cs_core.base.html import each, fill
from cs_core.io.definitions.versions import (
    DEFAULT_VERSION,
    VERSIONS_AT_ONCE,
    Kind,
    ScorecardVersion,
    Version,
    fetch_versions,
)

T = TypeVar("T")
MOST_CHANGES = 6


def how_many(what: str) -> int:
    """Say how many versions of a definition the reader wants to see."""
    return int(st.session_state.get(f"versions-{what}", VERSIONS_AT_ONCE))


def read_versions(person: Person, kind: Kind, name: str, what: str) -> list[Version]:
    """Read the versions of a definition; the editor is worth showing without them."""
    try:
        return fetch_versions(person.client, kind, name, limit=how_many(what) + 1)
    except StoreError as error:
        st.html(nothing(f"The versions could not be read. {error}"))
        return []


def read_newest(
    person: Person, kind: Kind, newest: Version, read: Callable[[Version], T], so: str
) -> tuple[T, bool]:
    """Read the version in force; where it breaks a rule the default stands in, and it is said.

    `so`: what follows from its breaking a rule.
    """
    try:
        return read(newest), False
    except DefinitionError as error:
        st.error(
            f"Version {newest.version}, which is stored, cannot be used{so}. {plain(str(error))}"
            " The form begins with the default; publish it, or go back to an older version.",
            icon=":material/error:",
        )
        (default,) = fetch_versions(person.client, kind, before=DEFAULT_VERSION + 1, limit=1)
        return read(default), True


def _want_more(what: str) -> None:
    st.session_state[f"versions-{what}"] = how_many(what) + VERSIONS_AT_ONCE


def show_versions(
    what: str,
    versions: Sequence[Version],
    changes: Changes,
    go_back: Callable[[Version], None],
    zone: str | None,
) -> None:
    """Show versions, the newest first.

    Parameters
    ----------
    what : str
        Of which definition: `scorecard`.
    versions : sequence of Version
        Without a gap; one more than `how_many`, where there are older ones.
    changes : callable
        Says what one definition changes against another.
    go_back : callable
        Puts a version's content into the draft; called before the page is drawn again.
    zone : str, optional
        The reader's.
    """
    st.html(heading("Versions", "the newest first"))
    if not versions:
        st.html(nothing("Nothing is published yet."))
        return
    now, most = datetime.now(UTC), how_many(what)
    # Beside each the one before it.
    for version, older in zip_longest(versions[:most], versions[1:]):
        is_in_force = version is versions[0]
        with st.container(
            horizontal=True,
            vertical_alignment="top",
            gap="small",
            key=f"cs-version-{version.version}",
        ):
            words = changes(older.definition, version.definition) if older else []
            st.html(_line(version, words, is_in_force, now, zone), width="stretch")
            if not is_in_force:
                st.button(
                    "Go back to this",
                    key=f"go-back-{version.version}",
                    help="See what it would change, then publish it as a new version",
                    on_click=go_back,
                    args=[version],
                )
    if len(versions) > most:
        st.button("Show older versions", key="older-versions", on_click=_want_more, args=[what])


def show_standing(newest: Version, zone: str | None) -> None:
    """Show which version is in force, since when, and why."""
    note = fill(" <q>{}</q>", newest.note) if newest.note and not is_default(newest) else ""
    pattern = '<p class="cs-standing"><b>Version {} is in force</b> {}</p>'
    st.html(fill(pattern, newest.version, quiet(_published(newest, zone) + note)))


def in_force(version: Version, zone: str | None) -> Markup:
    """Say which version is in force, and since when."""
    about = quiet(_published(version, zone))
    return fill('<p class="cs-standing">Version {} is in force {}</p>', version.version, about)


def standing(words: str) -> Markup:
    """Say quietly what else there is to know of a definition."""
    return fill('<p class="cs-standing cs-quiet">{}</p>', words)


def _published(version: Version, zone: str | None) -> Markup:
    """Say who published a version and when: "published by Ada 3 days ago"."""
    if is_default(version):
        return Markup("the default")
    moment = when(version.published_at, datetime.now(UTC), zone)
    return fill("published by {} {}", author(version), moment)


def is_default(version: Version) -> bool:
    """Whether a version came with the program: when that was put in says nothing to a reader."""
    return version.version == 1 and not version.published_by


def author(version: Version) -> str:
    """Say who published a version."""
    if version.published_by:
        return version.published_by
    return "Default" if is_default(version) else "Command line, or somebody who has left"


def _line(
    version: Version, changes: list[str], is_in_force: bool, now: datetime, zone: str | None
) -> Markup:
    state = Markup(' <span class="cs-in-force">in force</span>') if is_in_force else ""
    moment = "" if is_default(version) else " · " + when(version.published_at, now, zone)
    note = fill("<p>{}</p>", version.note) if version.note and not is_default(version) else ""
    shown = changes[:MOST_CHANGES]
    if len(changes) > len(shown):
        shown.append(f"and {len(changes) - len(shown)} more")
    return fill(
        '<div class="cs-version"><p><b>Version {}</b>{} {}{}</p>{}<ul>{}</ul>{}</div>',
        *(version.version, state, quiet(author(version)), moment, note),
        each("<li>{}</li>", shown),
        why(_use(version)) if isinstance(version, ScorecardVersion) else "",
    )


def _use(version: ScorecardVersion) -> str:
    if version.first_used_on is None or version.last_used_on is None:
        return "No run has scored with it."
    first, last = map(date_in_words, (version.first_used_on, version.last_used_on))
    days = first if first == last else f"{first} to {last}"
    used = f"Scored {days} ({counted(version.runs, 'run')})"
    return f"{used}; a day keeps it until it is scored again."
