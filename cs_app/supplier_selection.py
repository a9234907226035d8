"""Which suppliers are selected: by their ids, for one filter, order and page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from cs_app.formats import counted, whole_number
from cs_app.list_address import mark_of
from cs_core.io.find_suppliers import FoundSupplier
from cs_core.supplier_filter import SupplierFilter, SupplierList

ALL_KEY = "all-that-match"  # the mark of the filter whose matches are all selected
# The label of a box is heard, not seen: there an escaped sign would be read with its backslash.
_SIGNS = re.compile(r"[\\`*_\[\]<>|~$:]+")
ROUND_KEY = "selection-round"  # part of each box's key: another round begins with empty boxes


@dataclass(frozen=True)
class Selection:
    """Who is selected: some suppliers by id, or with `ids` None all that match `filter`.

    Of those that match, the ones in `already` are passed over: an action before took them.
    """

    count: int
    filter: SupplierFilter
    ids: tuple[str, ...] | None
    already: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Say how many: "3 suppliers", "All 185 that match"."""
        if self.ids is None:
            return f"All {whole_number(self.count)} that match"
        return counted(self.count, "supplier")


def show_boxes(rows: Sequence[FoundSupplier], wanted: SupplierList) -> None:
    """Show a box for each row, as tall as the row beside it, and one for all of them."""
    keys = {row.supplier_id: _key(row.supplier_id, wanted) for row in rows}
    is_all = st.session_state.get(ALL_KEY) == mark_of(wanted.filter)
    whole = _key("page", wanted)
    for key in keys.values():
        st.session_state[key] = is_all or bool(st.session_state.get(key))
    st.session_state[whole] = all(st.session_state[key] for key in keys.values())

    def switch_page() -> None:
        _forget_all()
        for key in keys.values():
            st.session_state[key] = st.session_state[whole]

    with st.container(key="rail", width=28):
        with st.container(key="rail-head"):
            st.checkbox(
                f"Select all {len(rows)} on this page",
                key=whole,
                label_visibility="collapsed",
                on_change=switch_page,
            )
        for row in rows:
            st.checkbox(
                f"Select {_SIGNS.sub(' ', row.business_name)}",
                key=keys[row.supplier_id],
                label_visibility="collapsed",
                # One taken out of "all that match" leaves the others of this page.
                on_change=_forget_all,
            )


def read_selection(
    rows: Sequence[FoundSupplier], wanted: SupplierList, matching: int, person_id: str
) -> Selection | None:
    """Say who is selected now; None where nobody is.

    Parameters
    ----------
    rows : sequence of FoundSupplier
        Those on screen.
    wanted : SupplierList
    matching : int
        How many match the filter.
    person_id : str
        Whose "my suppliers" are meant.
    """
    mine = wanted.filter.for_person(person_id)
    if matching and st.session_state.get(ALL_KEY) == mark_of(wanted.filter):
        return Selection(matching, mine, None)
    ids = tuple(
        row.supplier_id for row in rows if st.session_state.get(_key(row.supplier_id, wanted))
    )
    return Selection(len(ids), mine, ids) if ids else None


def select_all(wanted: SupplierList) -> None:
    """Select all that match, on every page."""
    st.session_state[ALL_KEY] = mark_of(wanted.filter)


def clear_selection() -> None:
    """Select nobody."""
    st.session_state[ROUND_KEY] = _round() + 1
    _forget_all()


def _forget_all() -> None:
    st.session_state.pop(ALL_KEY, None)


def _key(supplier_id: str, wanted: SupplierList) -> str:
    # Another filter, order or page is another box: what is selected is what was seen.
    return f"pick-{_round()}-{mark_of(replace(wanted, view='table'))}-{supplier_id}"


def _round() -> int:
    return int(st.session_state.get(ROUND_KEY, 0))
