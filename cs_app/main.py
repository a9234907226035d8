"""The frame: navigation and who is signed in. The pages in it do the rest."""

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
# Streamlit runs this file as a script: it then knows the file's own folder only.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from cs_app.frame import show_account, show_style  # noqa: E402
from cs_app.guard import Person, one_look  # noqa: E402
from cs_app.page_address import parameters  # noqa: E402
from cs_app.pulse import rerun_when_left  # noqa: E402

st.set_page_config(
    # A file, and set before the navigation: Streamlit would fetch a page's named icon from
    # another site to show it in the tab.
    page_icon=ROOT / "cs_app" / "favicon.png",
    layout="wide",
    initial_sidebar_state="collapsed",
)
show_style()

# File in pages/ and address, title, icon; what is in the menu stands in its order.
SCREENS = (
    ("today", "Today", ":material/today:", True),
    ("suppliers", "Suppliers", ":material/storefront:", True),
    ("interventions", "Interventions", ":material/outgoing_mail:", True),
    ("milestones", "Milestones", ":material/flag:", True),
    ("supplier", "Supplier", ":material/store:", False),
)


def make_pages() -> list[st.Page]:
    """Make the screens that are there, the first screen first."""
    return [
        st.Page(
            ROOT / "pages" / f"{name}.py",
            title=title,
            icon=icon,
            url_path=name,
            visibility="visible" if in_menu else "hidden",
        )
        for name, title, icon, in_menu in SCREENS
        if (ROOT / "pages" / f"{name}.py").exists()
    ]


def go_to_first_screen() -> None:
    """Lead from / to a screen: the default page itself has no address of its own."""
    st.switch_page(pages[0], query_params=parameters())


pages = make_pages()
home = st.Page(go_to_first_screen, title="Home", default=True, visibility="hidden")

with one_look() as found:
    let_in = isinstance(found, Person)
    # Registered for everybody, so that an address leads to its page once it may be seen.
    page = st.navigation([home, *pages], position="top" if let_in else "hidden")
    st.set_page_config(page_title=f"{page.title} · Customer Success")
    if isinstance(found, Person):
        show_account(found.name, found.role)
        rerun_when_left(found)
    page.run()
