"""What stands around every page, and what stands in its place when it cannot be shown."""

from pathlib import Path

import streamlit as st

from cs_app.ui.markdown import plain
from cs_app.ui.markup import button_link, link, quiet
from cs_core.base.errors import CsError
from cs_core.base.html import fill

SCREENS = Path(__file__).resolve().parent.parent
# Links and forms are plain HTML: they leave the page in the same tab, which Streamlit's own
# links cannot, and signing out must be a POST to the server.
SIGN_OUT = fill(
    '<form method="post" action="/sign-out">'
    '<button class="cs-button" type="submit">Sign out</button></form>'
)


def show_style(screen: str | None = None) -> None:
    """Put the few styles of our own into the page: those of all screens, or of one."""
    st.html(SCREENS / (screen or "ui") / "style.css")


def show_account(who: str, role: str | None = None) -> None:
    """Show who is signed in and the way out; with a role, in the header."""
    place = " in-header" if role else ""
    about = quiet(role) + link("Mail to me", "/mail") if role else ""
    who = fill('<span class="cs-who">{}</span>', who)
    st.html(fill('<div class="cs-account{}">{}{}{}</div>', place, who, about, SIGN_OUT))


def show_sign_in_link(address: str) -> None:
    """Show a link to the sign-in page, in this tab."""
    st.html(button_link("Sign in", address))


def show_download(words: str, address: str, hint: str = "") -> None:
    """Show a link that downloads a file; a hint on hover says what is not obvious of it."""
    hover = fill(' title="{}"', hint) if hint else ""
    pattern = '<a class="cs-button" href="{}"{} download>{}</a>'
    st.html(fill(pattern, address, hover, words), width="content")


def show_failure(what: str, error: CsError) -> None:
    """Say that something could not be shown, why, and what to try.

    `what`: begins the sentence: "The suppliers". `error`: its message says what happened.
    """
    st.error(
        f"{what} could not be loaded. {plain(str(error))} Nothing was changed.",
        icon=":material/cloud_off:",
    )
    st.write(
        "Try again in a minute. If it stays like this, tell the person who runs the dashboard;"
        " the message above says what failed."
    )
    st.button("Try again", icon=":material/refresh:")
