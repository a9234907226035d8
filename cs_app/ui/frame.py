"""What stands around every page, and what stands in its place when it cannot be shown."""

from html import escape
from pathlib import Path

import streamlit as st

from cs_app.ui.markdown import plain
from cs_core.base.errors import CsError

SCREENS = Path(__file__).resolve().parent.parent
# Links and forms are plain HTML: they leave the page in the same tab, which Streamlit's own
# links cannot, and signing out must be a POST to the server.
SIGN_OUT = (
    '<form method="post" action="/sign-out">'
    '<button class="cs-button" type="submit">Sign out</button></form>'
)


def show_style(screen: str | None = None) -> None:
    """Put the few styles of our own into the page: those of all screens, or of one."""
    st.html(SCREENS / (screen or "ui") / "style.css")


def show_account(who: str, role: str | None = None) -> None:
    """Show who is signed in and the way out; with a role, in the header."""
    place = " in-header" if role else ""
    about = f'<span class="cs-quiet">{escape(role)}</span>' if role else ""
    if role:
        about += '<a class="cs-link" href="/mail" target="_self">Mail to me</a>'
    who = f'<span class="cs-who">{escape(who)}</span>'
    st.html(f'<div class="cs-account{place}">{who}{about}{SIGN_OUT}</div>')


def show_sign_in_link(address: str) -> None:
    """Show a link to the sign-in page, in this tab."""
    st.html(f'<a class="cs-button" href="{escape(address)}" target="_self">Sign in</a>')


def show_download(words: str, address: str, hint: str = "") -> None:
    """Show a link that downloads a file; a hint on hover says what is not obvious of it."""
    hover = f' title="{escape(hint)}"' if hint else ""
    st.html(
        f'<a class="cs-button" href="{escape(address)}"{hover} download>{escape(words)}</a>',
        width="content",
    )


def show_failure(what: str, error: CsError) -> None:
    """Say that something could not be shown, why, and what to try.

    Parameters
    ----------
    what : str
        Begins the sentence: "The suppliers".
    error : CsError
        Its message says what happened.
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
