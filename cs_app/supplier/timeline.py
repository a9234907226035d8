"""Everything that happened with a supplier, the newest first, grouped by day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import partial
from itertools import groupby

import streamlit as st
from markupsafe import Markup

from cs_app.contacts.actions import Action, request_action, rerun_if_requested
from cs_app.supplier.head import hover
from cs_app.supplier.timeline_wording import Line, lines_of_day
from cs_app.ui.confirm import ask_twice
from cs_app.ui.formats import clock_time, day_in_words, first_upper
from cs_app.ui.guard import Person, require_person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import quiet
from cs_app.ui.page_address import put
from cs_core.base.errors import CsError
from cs_core.base.html import each, fill, together
from cs_core.base.time_zones import open_zone
from cs_core.io.suppliers.timeline import Entry, fetch_timeline

PAGE = 40
MOST_AT_ONCE = 200  # what one request gives at most
FILTER_KEY = "timeline-kinds"
LIST = '<div class="tl"><ul>{}</ul></div>'
# What the reader chooses among: a word for some kinds of entries each.
FILTERS = {
    "logins": ("Logins", ("login",)),
    "features": ("Features", ("feature",)),
    "forms": ("Forms", ("form",)),
    "messages": ("Messages", ("intervention",)),
    "calls": ("Calls", ("call",)),
    "notes": ("Notes", ("note",)),
    "milestones": ("Milestones", ("milestone",)),
}
# What the button says, and its two answers where it asks once more.
ASKING = {
    "retry": ("Try again", "It did not arrive: send it", "Leave it"),
    "cancel": ("Cancel", "Yes, cancel it", "Keep it"),
}


@st.fragment
def show_timeline(supplier_id: str) -> None:
    """Show the timeline; filtering and paging run this part of the page alone."""
    rerun_if_requested()
    person = require_person()
    st.html('<div class="s360"><h2>What happened</h2></div>')
    chosen = _choose_kinds()
    kinds = [kind for name in chosen or FILTERS for kind in FILTERS[name][1]]
    pages_key = f"timeline-pages-{supplier_id}-{'-'.join(chosen)}"
    wanted = PAGE * st.session_state.get(pages_key, 1)
    try:
        entries, has_more = read_entries(person, supplier_id, wanted, kinds)
    except CsError as error:
        st.error(
            f"The timeline could not be loaded. {plain(str(error))}", icon=":material/cloud_off:"
        )
        st.button("Try again", icon=":material/refresh:", key="timeline-again")
        return
    if not entries:
        st.html(quiet(_nothing(chosen)))
    zone = open_zone(st.context.timezone or "UTC")
    today = datetime.now(zone).date()
    for day, of_day in groupby(entries, key=lambda entry: entry.at.astimezone(zone).date()):
        _show_day(
            person,
            supplier_id,
            day,
            today,
            lines_of_day(list(of_day), datetime.now(UTC), st.context.timezone),
        )
    if has_more:
        st.button(
            "Show more",
            key="timeline-more",
            icon=":material/expand_more:",
            on_click=_one_page_more,
            args=[pages_key],
        )


def read_entries(
    person: Person, supplier_id: str, wanted: int, kinds: Sequence[str]
) -> tuple[list[Entry], bool]:
    """Read so many of the newest entries, and say whether there are more.

    From the newest each time: what came in since the last look is there, and nothing is twice.
    """
    entries: list[Entry] = []
    while len(entries) <= wanted:
        limit = min(wanted + 1 - len(entries), MOST_AT_ONCE)
        before = entries[-1] if entries else None
        found = fetch_timeline(person.client, supplier_id, before, limit, kinds)
        entries += found
        if len(found) < limit:
            break
    return entries[:wanted], len(entries) > wanted


def _choose_kinds() -> list[str]:
    """Let the reader choose kinds of entries; none chosen means all. It is in the address."""
    asked = st.query_params.get("show", "").split(",")
    st.session_state[FILTER_KEY] = [name for name in FILTERS if name in asked]
    return list(
        st.pills(
            "Show only",
            list(FILTERS),
            selection_mode="multi",
            format_func=lambda name: FILTERS[name][0],
            key=FILTER_KEY,
            label_visibility="collapsed",
            on_change=_put_kinds_into_address,
        )
    )


def _put_kinds_into_address() -> None:
    chosen = st.session_state[FILTER_KEY]
    put("show", ",".join(name for name in FILTERS if name in chosen))


def _one_page_more(key: str) -> None:
    st.session_state[key] = st.session_state.get(key, 1) + 1


def _nothing(chosen: Sequence[str]) -> str:
    if not chosen:
        return "Nothing has happened yet: no login, no message, no call."
    words = " or ".join(FILTERS[name][0].lower() for name in chosen)
    return f"No {words} so far. Choose other kinds above."


def _show_day(
    person: Person, supplier_id: str, day: date, today: date, lines: Sequence[Line]
) -> None:
    title = day_in_words(day, today)
    is_admin = person.role == "admin"
    with st.container(gap=None):
        st.html(fill('<div class="tl"><h3>{}</h3></div>', first_upper(title)))
        # Lines one can do nothing about are drawn together; the others have a button beside.
        for can, some in groupby(lines, key=lambda line: line if is_admin and line.can else None):
            if can is None:
                st.html(fill(LIST, together(map(_item, some))))
            else:
                _show_with_button(supplier_id, can)


def _show_with_button(supplier_id: str, line: Line) -> None:
    place = st.container(horizontal=True, vertical_alignment="center", gap="small")
    place.html(fill(LIST, _item(line)), width="content")
    kind, key = str(line.can), f"timeline-{line.can}-{line.intervention_id}"
    do = partial(request_action, Action(kind, supplier_id, str(line.intervention_id)))
    words, yes, no = ASKING[kind]
    hint = plain(f"{words}: {line.text}")
    if kind == "retry" and not line.question:
        place.button(words, key=key, help=hint, type="tertiary", on_click=do)
        return
    about = line.question
    ask_twice(
        place, words, key, yes=yes, no=no, question=about, type="tertiary", help=hint, on_yes=do
    )


def _item(line: Line) -> Markup:
    at = hover(line.at, clock_time(line.at, st.context.timezone))
    more = each('<span class="more">{}</span>', line.more)
    return fill(
        '<li><span class="at">{}</span><span class="icon" aria-hidden="true">{}</span>'
        '<span class="text">{}{}</span></li>',
        *(at, line.icon, line.text, more),
    )
