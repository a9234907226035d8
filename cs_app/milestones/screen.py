"""The screen of milestones: what suppliers reached lately, by type, and how it was celebrated."""

import datetime as dt
from dataclasses import dataclass
from math import ceil

import streamlit as st

from cs_app.milestones.sections import bars_by_type, milestone_table
from cs_app.ui.choices import choose_one
from cs_app.ui.formats import counted, whole_number
from cs_app.ui.frame import show_download
from cs_app.ui.markup import address, heading, link, nothing, panel
from cs_app.ui.page_address import choose_page, read_page
from cs_core.base.html import fill
from cs_core.io.base.client import PersonClient
from cs_core.io.outreach.celebrations import Celebration, fetch_celebrations
from cs_core.io.score.today import ReachedMilestone, count_milestones, fetch_recent_milestones
from cs_core.outreach.milestones import CATALOGUE, milestone_title

PAGE_SIZE = 50
PERIODS = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
USUAL_DAYS = 30
ALL = "all"
TYPES = [milestone.type for milestone in CATALOGUE]
EXPORT = "/export/milestones.csv"


@dataclass(frozen=True)
class MilestoneChoice:
    """What the address says: how far back, which type, which page."""

    days: int
    milestone_type: str | None
    page: int

    def since(self, now: dt.datetime) -> dt.datetime:
        """Return the instant that the list begins with."""
        return now - dt.timedelta(days=self.days)


def read_choice() -> MilestoneChoice:
    """Read the address; what it cannot mean is dropped."""
    days = st.query_params.get("days", "")
    asked = st.query_params.get("type")
    return MilestoneChoice(
        days=int(days) if days in map(str, PERIODS) else USUAL_DAYS,
        milestone_type=asked if asked in TYPES else None,
        page=read_page(st.query_params),
    )


def show_answer(counts: dict[str, int], choice: MilestoneChoice) -> None:
    """Say in one line what was reached."""
    total = sum(counts.values())
    span = "the last year" if choice.days == 365 else f"the last {PERIODS[choice.days]}"
    words = f"{counted(total, 'milestone') if total else 'No milestone'} reached in {span}"
    if choice.milestone_type:
        number = counts.get(choice.milestone_type, 0)
        who = counted(number, "supplier") if number else "nobody"
        words = f"{milestone_title(choice.milestone_type)}: {who} in {span}"
    st.html(fill('<h1 class="cs-answer">{}.</h1>', words))


def show_filters(choice: MilestoneChoice) -> None:
    """Let the reader choose how far back and which type; both are in the address."""
    with st.container(horizontal=True, vertical_alignment="center"):
        choose_one(
            "Period",
            PERIODS,
            choice.days,
            "milestone-days",
            lambda days: _put_into_address(days, choice.milestone_type or ALL),
        )
        st.session_state["milestone-type"] = choice.milestone_type or ALL
        st.selectbox(
            "Milestone",
            [ALL, *TYPES],
            format_func=lambda kind: "All milestones" if kind == ALL else milestone_title(kind),
            key="milestone-type",
            label_visibility="collapsed",
            width=240,
            on_change=lambda: _put_into_address(choice.days, st.session_state["milestone-type"]),
        )
        show_download("Export CSV", address(EXPORT, export_query(choice)))


def export_query(choice: MilestoneChoice) -> dict[str, str]:
    """Give the filters as the download takes them: all pages of what is on screen."""
    kind = {"type": choice.milestone_type} if choice.milestone_type else {}
    return kind | {"days": str(choice.days)}


def _put_into_address(days: int, kind: str) -> None:
    wanted: dict[str, str] = {}
    if kind != ALL:
        wanted["type"] = kind
    if days != USUAL_DAYS:
        wanted["days"] = str(days)
    st.query_params.from_dict(wanted)


def fetch_page(
    client: PersonClient, choice: MilestoneChoice, now: dt.datetime
) -> tuple[list[ReachedMilestone], dict[tuple[str, str], list[Celebration]]]:
    """Read one page of milestones, and the messages about them."""
    milestones = fetch_recent_milestones(
        client,
        choice.since(now),
        PAGE_SIZE,
        milestone_type=choice.milestone_type,
        offset=(choice.page - 1) * PAGE_SIZE,
    )
    return milestones, fetch_celebrations(client, milestones)


def show_milestones(client: PersonClient, choice: MilestoneChoice, zone: str | None) -> None:
    """Draw the screen. `zone`: the reader's."""
    now = dt.datetime.now(dt.UTC)
    counts = count_milestones(client, choice.since(now))
    show_answer(counts, choice)
    show_filters(choice)
    wanted = counts.get(choice.milestone_type, 0) if choice.milestone_type else sum(counts.values())
    left, right = st.columns([2, 5], gap="medium")
    with left:
        bars = bars_by_type(counts, choice.milestone_type, choice.days)
        st.html(panel(heading("By type"), bars))
    with right:
        if not wanted:
            show_none(choice)
            return
        pages = ceil(wanted / PAGE_SIZE)
        choice = MilestoneChoice(choice.days, choice.milestone_type, min(choice.page, pages))
        milestones, celebrations = fetch_page(client, choice, now)
        st.html(milestone_table(milestones, celebrations, now, zone or "UTC"))
        show_pages(choice, pages, wanted)


def show_none(choice: MilestoneChoice) -> None:
    """Say why the list is empty and what to do."""
    if choice.milestone_type:
        where = address("/milestones", {"days": choice.days})
        every = link("Show all milestones", where)
        said = fill("Nobody reached this in that time. {}, or choose a longer time.", every)
        st.html(nothing(said))
        return
    st.html(
        nothing(
            "Nothing was reached in that time. Milestones are noticed by the daily run: "
            "the first login, the first client, one year and more."
        )
    )


def show_pages(choice: MilestoneChoice, pages: int, wanted: int) -> None:
    """Let the reader turn the pages; the page is in the address."""
    first = (choice.page - 1) * PAGE_SIZE + 1
    last = min(choice.page * PAGE_SIZE, wanted)
    if pages < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        choose_page(choice.page, pages, "milestone-page")
        st.caption(f"{whole_number(first)} to {whole_number(last)} of {whole_number(wanted)}")
