"""The filter bar of the supplier list. What is chosen is in the address, see list_address."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from cs_app.suppliers.address import clear_filter, put, put_filter
from cs_app.suppliers.filter_wording import SORT_WORDS, chips_of, owner_words
from cs_app.ui.choices import choose_one
from cs_app.ui.formats import counted, in_words, whole_number
from cs_app.ui.levels import BY_KEY
from cs_app.ui.markdown import plain
from cs_core.io.suppliers.find import FilterChoices
from cs_core.suppliers.filter import LONGEST_TEXT, SupplierFilter, SupplierList

SILENT_DAYS = (3, 7, 14, 30, 60)
NOT_CONTACTED_DAYS = (7, 14, 30, 60, 90)
VIEWS = {"tiles": ":material/grid_view: Tiles", "table": ":material/table_rows: Table"}


def choose_levels(wanted: SupplierFilter, counts: Mapping[str, int]) -> None:
    """Let the reader choose levels; each says how many suppliers it holds."""

    def words(key: str) -> str:
        level = BY_KEY[key]
        return f":{level.colour}[{level.icon}] {level.word} **{whole_number(counts[key])}**"

    _hold("levels", list(wanted.levels))
    st.pills(
        "Level",
        list(BY_KEY),
        selection_mode="multi",
        format_func=words,
        key="levels",
        label_visibility="collapsed",
        on_change=lambda: put_filter(levels=tuple(k for k in BY_KEY if k in _held("levels"))),
    )


def choose_text(wanted: SupplierFilter) -> None:
    """Let the reader search by name or e-mail address."""
    _hold("text", wanted.text or "")
    st.text_input(
        "Search by name or e-mail address",
        type="search",
        key="text",
        max_chars=LONGEST_TEXT,
        placeholder="Name or e-mail",
        icon=":material/search:",
        label_visibility="collapsed",
        width=220,
        on_change=lambda: put_filter(text=" ".join((_held("text") or "").split()) or None),
    )


def choose_more(wanted: SupplierFilter, choices: FilterChoices) -> None:
    """Let the reader choose by everything else."""
    active = len(list(chips_of(wanted, choices.owners)))
    label = f"More filters · {active}" if active else "More filters"
    with st.popover(label, icon=":material/tune:", key="more-filters"):
        _choose_kinds(wanted, choices)
        _choose_owner(wanted, choices)
        _choose_score(wanted)
        left, right = st.columns(2)
        with left:
            _choose_days("Last login", "silent_days", wanted.silent_days, SILENT_DAYS)
        with right:
            _choose_days(
                "Last contact by us",
                "not_contacted_days",
                wanted.not_contacted_days,
                NOT_CONTACTED_DAYS,
            )
        left, right = st.columns(2)
        with left:
            _choose_yes_no("Trial", "trial", wanted.trial, "On trial", "Not on trial")
        with right:
            _choose_yes_no("Call", "open_call", wanted.open_call, "Planned", "None planned")
        if not wanted.is_empty:
            st.button("Clear all filters", icon=":material/filter_alt_off:", on_click=clear_filter)


def show_chips(wanted: SupplierFilter, choices: FilterChoices) -> None:
    """Show each filter that is on and not seen elsewhere; a click takes it away."""
    chips = list(chips_of(wanted, choices.owners))
    if not chips:
        return
    with st.container(horizontal=True, gap="xsmall", key="chips"):
        for number, chip in enumerate(chips):
            st.button(
                plain(chip.words),
                icon=":material/close:",
                icon_position="right",
                key=f"chip-{number}-{chip.words}",
                help=f"Take away: {plain(chip.words)}",
                on_click=put_filter,
                kwargs=dict(chip.without),
            )
        if len(chips) > 1:
            st.button("Clear all", type="tertiary", key="chips-clear", on_click=clear_filter)


def choose_view(wanted: SupplierList) -> None:
    """Let the reader switch between tiles and table."""
    choose_one("View", VIEWS, wanted.view, "view", lambda view: put(view=view))


def choose_sort(wanted: SupplierList) -> None:
    """Let the reader choose the order."""
    _hold("sort", wanted.sort)
    st.selectbox(
        "Order",
        list(SORT_WORDS),
        format_func=SORT_WORDS.__getitem__,
        key="sort",
        label_visibility="collapsed",
        width=200,
        on_change=lambda: put(sort=_held("sort")),
    )


def _choose_kinds(wanted: SupplierFilter, choices: FilterChoices) -> None:
    # What the address asks for is offered even if no supplier has it (any more).
    tiers = list(dict.fromkeys([*choices.tiers, *wanted.tiers]))
    _hold("tiers", list(wanted.tiers))
    st.pills(
        "Tier",
        tiers,
        selection_mode="multi",
        format_func=in_words,
        key="tiers",
        on_change=lambda: put_filter(tiers=tuple(_held("tiers"))),
    )
    _hold("categories", list(wanted.categories))
    st.multiselect(
        "Category",
        list(dict.fromkeys([*choices.categories, *wanted.categories])),
        format_func=in_words,
        key="categories",
        placeholder="Any",
        on_change=lambda: put_filter(categories=tuple(_held("categories"))),
    )


def _choose_owner(wanted: SupplierFilter, choices: FilterChoices) -> None:
    names = {"me": "Me", "none": "Nobody"} | {owner.id: owner.name for owner in choices.owners}
    if wanted.owner is not None and wanted.owner not in names:
        names[wanted.owner] = owner_words(wanted.owner, ())
    _choose_one("Owner", "owner", wanted.owner, names)


def _choose_score(wanted: SupplierFilter) -> None:
    low = 0 if wanted.score_from is None else wanted.score_from
    high = 100 if wanted.score_to is None else wanted.score_to
    _hold("score", (low, high))

    def keep() -> None:
        low, high = _held("score")
        put_filter(score_from=low or None, score_to=None if high == 100 else high)

    st.slider("Score", 0, 100, key="score", on_change=keep)


def _choose_days(label: str, name: str, chosen: int | None, offered: tuple[int, ...]) -> None:
    days = sorted({*offered, *([chosen] if chosen else [])})
    words = {number: f"{counted(number, 'day')} ago or more" for number in days}
    _choose_one(label, name, chosen, words)


def _choose_yes_no(label: str, name: str, chosen: bool | None, yes: str, no: str) -> None:
    _choose_one(label, name, chosen, {True: yes, False: no})


def _choose_one(label: str, name: str, chosen: Any, words: Mapping[Any, str]) -> None:
    _hold(name, chosen)
    st.selectbox(
        label,
        list(words),
        index=None,
        format_func=words.__getitem__,
        key=name,
        placeholder="Any",
        on_change=_putter(name),
    )


def _putter(name: str) -> Callable[[], None]:
    return lambda: put_filter(**{name: _held(name)})


def _hold(name: str, value: Any) -> None:
    """Set a widget to what the address says, before it is drawn."""
    st.session_state[name] = value


def _held(name: str) -> Any:
    return st.session_state[name]
