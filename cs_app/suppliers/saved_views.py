"""Saved views: filters that people keep under a name, for themselves or for the team."""

from collections.abc import Sequence

import streamlit as st

from cs_app.suppliers.address import from_text, put_list, to_text
from cs_app.ui.confirm import SURE_KEY, ask_twice
from cs_app.ui.guard import Person, require_person
from cs_app.ui.markdown import plain
from cs_core.base.errors import CsError
from cs_core.io.suppliers.find import Owner
from cs_core.io.suppliers.saved_views import (
    LONGEST_NAME,
    SavedView,
    change_view,
    delete_view,
    fetch_views,
    save_view,
)
from cs_core.suppliers.filter import SupplierList

SAID_KEY = "views-said"
EDITED_KEY = "view-edited"


def show_views(person: Person, wanted: SupplierList, owners: Sequence[Owner]) -> None:
    """Show the person's views and those that others share, and a way to keep this one."""
    said = st.session_state.pop(SAID_KEY, None)
    if said:
        st.toast(said)
    views = fetch_views(person.client, person.id)
    now = to_text(wanted)
    current = next((view.name for view in views if _same(view, now)), None)
    with st.popover(
        plain(current) if current else "Saved views", icon=":material/bookmark:", key="views"
    ):
        if not views:
            st.caption("No views yet. Choose a filter and an order, then save them here.")
        names = {owner.id: owner.name for owner in owners}
        for view in views:
            _show_view(view, person, names, is_current=_same(view, now))
        _show_form(person, now)
    if st.session_state.get(EDITED_KEY):
        _edit(st.session_state[EDITED_KEY])


def _same(view: SavedView, query: str) -> bool:
    return to_text(from_text(view.query)) == query


def _show_view(view: SavedView, person: Person, names: dict[str, str], is_current: bool) -> None:
    is_mine = view.owner_id == person.id
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        words = plain(view.name)
        if not is_mine:
            words += f" · by {plain(names.get(view.owner_id, 'somebody'))}"
        elif view.is_shared:
            words += " · shared"
        st.button(
            words,
            key=f"view-{view.id}",
            type="primary" if is_current else "secondary",
            width="stretch",
            on_click=put_list,
            args=(from_text(view.query),),
        )
        if is_mine and st.button(
            "",
            icon=":material/edit:",
            key=f"view-edit-{view.id}",
            help=f"Rename, share or delete {plain(view.name)}",
        ):
            st.session_state[EDITED_KEY] = view.id


def _show_form(person: Person, query: str) -> None:
    with st.form("view-new", border=False, clear_on_submit=False):
        name = st.text_input("Save what is on screen as", max_chars=LONGEST_NAME, key="view-name")
        is_shared = st.checkbox("Share with the team", key="view-shared")
        if st.form_submit_button("Save view", icon=":material/bookmark_add:"):
            try:
                save_view(person.client, person.id, name, query, is_shared=is_shared)
            except CsError as error:
                st.error(f"Not saved. {plain(str(error))}")
                return
            _say(f"View saved: {plain(' '.join(name.split()))}")


def _close_edit() -> None:
    st.session_state.pop(EDITED_KEY, None)
    st.session_state.pop(SURE_KEY, None)


@st.dialog("Saved view", icon=":material/bookmark:", on_dismiss=_close_edit)
def _edit(view_id: str) -> None:
    person = require_person()
    try:
        views = fetch_views(person.client, person.id)
        view = next((one for one in views if one.id == view_id), None)
        if view is None or view.owner_id != person.id:
            st.info("This view is not there any more.")
            return
        _show_edit(person, view)
    except CsError as error:
        st.error(f"{plain(str(error))} Nothing was changed. Try again.")


def _show_edit(person: Person, view: SavedView) -> None:
    name = st.text_input("Name", view.name, max_chars=LONGEST_NAME, key="view-rename")
    is_shared = st.checkbox("Share with the team", view.is_shared, key="view-share")
    if st.button("Save", type="primary", key="view-save"):
        change_view(person.client, view.id, name=name, is_shared=is_shared)
        _say(f"View changed: {plain(' '.join(name.split()))}")
    others = " The team will not see it any more either." if view.is_shared else ""
    if ask_twice(
        st.container(horizontal=True, vertical_alignment="center"),
        "Delete",
        "view-delete",
        yes="Delete for good",
        question=f"Delete the view {plain(view.name)}? This cannot be undone.{others}",
        icon=":material/delete:",
    ):
        delete_view(person.client, view.id)
        _say(f"View deleted: {plain(view.name)}")


def _say(words: str) -> None:
    """Run the page again, and say there what was done."""
    st.session_state[SAID_KEY] = words
    _close_edit()
    st.rerun()
