"""Which suppliers are selected: by their ids, for one filter, order and page."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from cs_app.suppliers.address import key_of
from cs_app.ui.formats import counted, whole_number
from cs_core.io.suppliers.find import FoundSupplier
from cs_core.suppliers.filter import SupplierFilter, SupplierList

ALL_KEY = "all-that-match"  # the mark of the filter whose matches are all selected
PICKED_KEY = "picked"  # the key of the boxes, and the suppliers that were picked with them
# The label of a box is heard, not seen: there an escaped sign would be read with its backslash.
_SIGNS = re.compile(r"[\\`*_\[\]<>|~$:]+")
ROUND_KEY = "selection-round"  # part of the key of the boxes: another round begins with empty ones


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
    """Show a box for each row, as tall as the row beside it, and one for all of them.

    Those of the rows are one widget with an option each: fifty widgets take the browser longer
    than all the rest of the screen.
    """
    names = _names(rows)
    is_all = st.session_state.get(ALL_KEY) == key_of(wanted.filter)
    key, whole = _key("rows", wanted), _key("page", wanted)
    st.session_state[key] = list(names) if is_all else _picked(rows, wanted)
    st.session_state[whole] = len(st.session_state[key]) == len(names)

    def switch_row() -> None:
        # One taken out of "all that match" leaves the others of this page.
        _pick(st.session_state[key], wanted)

    def switch_page() -> None:
        _pick(list(names) if st.session_state[whole] else [], wanted)

    with st.container(key="rail", width=28):
        with st.container(key="rail-head"):
            st.checkbox(
                f"Select all {len(rows)} on this page",
                key=whole,
                label_visibility="collapsed",
                on_change=switch_page,
            )
        st.pills(
            "Select suppliers",
            list(names),
            selection_mode="multi",
            format_func=names.__getitem__,
            key=key,
            label_visibility="collapsed",
            on_change=switch_row,
        )


def _names(rows: Sequence[FoundSupplier]) -> dict[str, str]:
    """Say what each box selects: one of two that have the same name by its id as well."""
    said = {row.supplier_id: f"Select {_SIGNS.sub(' ', row.business_name)}" for row in rows}
    often = Counter(said.values())
    return {
        one: words if often[words] == 1 else f"{words} ({one[:8]})" for one, words in said.items()
    }


def read_selection(
    rows: Sequence[FoundSupplier], wanted: SupplierList, matching: int, person_id: str
) -> Selection | None:
    """Say who is selected now; None where nobody is.

    Parameters
    ----------
    rows : sequence of FoundSupplier
        Those on screen.
    matching : int
        How many match the filter.
    person_id : str
        Whose "my suppliers" are meant.
    """
    mine = wanted.filter.for_person(person_id)
    if matching and st.session_state.get(ALL_KEY) == key_of(wanted.filter):
        return Selection(matching, mine, None)
    ids = tuple(_picked(rows, wanted))
    return Selection(len(ids), mine, ids) if ids else None


def select_all(wanted: SupplierList) -> None:
    """Select all that match, on every page."""
    st.session_state[ALL_KEY] = key_of(wanted.filter)


def clear_selection() -> None:
    """Select nobody."""
    st.session_state[ROUND_KEY] = _round() + 1
    _forget_all()


def _forget_all() -> None:
    st.session_state.pop(ALL_KEY, None)


def _pick(supplier_ids: Sequence[str], wanted: SupplierList) -> None:
    _forget_all()
    st.session_state[PICKED_KEY] = (_key("rows", wanted), tuple(supplier_ids))


def _picked(rows: Sequence[FoundSupplier], wanted: SupplierList) -> list[str]:
    where, ids = st.session_state.get(PICKED_KEY, ("", ()))
    picked = set(ids) if where == _key("rows", wanted) else set()
    return [row.supplier_id for row in rows if row.supplier_id in picked]


def _key(what: str, wanted: SupplierList) -> str:
    # Another filter, order or page has other boxes: what is selected is what was seen.
    return f"pick-{_round()}-{key_of(replace(wanted, view='table'))}-{what}"


def _round() -> int:
    return int(st.session_state.get(ROUND_KEY, 0))
