"""The frame: navigation and who is signed in. The pages in it do the rest."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
# Streamlit runs this file as a script: it then knows the file's own folder only.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from cs_app.ui.frame import show_account, show_style  # noqa: E402
from cs_app.ui.guard import Person, person_for_rerun  # noqa: E402
from cs_app.ui.notices import forget_notice_elsewhere  # noqa: E402
from cs_app.ui.page_address import parameters  # noqa: E402
from cs_app.ui.refresh import rerun_when_left  # noqa: E402
from cs_core.base.vocabulary import ROLES  # noqa: E402

st.set_page_config(
    # A file, and set before the navigation: Streamlit would fetch a page's named icon from
    # another site to show it in the tab.
    page_icon=ROOT / "cs_app" / "favicon.png",
    layout="wide",
    initial_sidebar_state="collapsed",
)
show_style()

# File in pages/ and address, title, icon, in whose menu; the menu is in this order.
EVERYBODY, ADMINS = tuple(ROLES), ("admin",)
SCREENS = (
    ("today", "Today", ":material/today:", EVERYBODY),
    ("suppliers", "Suppliers", ":material/storefront:", EVERYBODY),
    ("interventions", "Interventions", ":material/outgoing_mail:", EVERYBODY),
    ("milestones", "Milestones", ":material/flag:", EVERYBODY),
    ("operations", "Operations", ":material/monitor_heart:", ADMINS),
    ("settings", "Settings", ":material/tune:", ADMINS),
    ("mail", "Mail to me", ":material/mail:", ()),
    ("supplier", "Supplier", ":material/store:", ()),
)


def make_pages(role: str | None) -> list[st.Page]:
    """Make all screens, the first screen first; the menu shows those for a role."""
    return [
        st.Page(
            ROOT / "pages" / f"{name}.py",
            title=title,
            icon=icon,
            url_path=name,
            visibility="visible" if role in roles else "hidden",
        )
        for name, title, icon, roles in SCREENS
    ]


def go_to_first_screen() -> None:
    """Lead from / to a screen: the default page itself has no address of its own."""
    st.switch_page(pages[0], query_params=parameters())


with person_for_rerun() as found:
    let_in = isinstance(found, Person)
    pages = make_pages(found.role if isinstance(found, Person) else None)
    home = st.Page(go_to_first_screen, title="Home", default=True, visibility="hidden")
    # Registered for everybody, so that an address leads to its page once it may be seen.
    page = st.navigation([home, *pages], position="top" if let_in else "hidden")
    st.set_page_config(page_title=f"{page.title} · Customer Success")
    if isinstance(found, Person):
        show_account(found.name, found.role)
        rerun_when_left(found)
    forget_notice_elsewhere()
    page.run()
