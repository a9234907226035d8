"""What stands around every page, and what stands in its place when it cannot be shown."""

from html import escape

import streamlit as st

from cs_core.errors import CsError

# The links and forms below are plain HTML: they leave the page in the same tab, which
# Streamlit's own links cannot, and signing out must be a POST to the server.
STYLE = """<style>
.cs-button { display: inline-block; padding: .3rem .8rem; border-radius: .375rem;
  font: inherit; font-size: .9rem; cursor: pointer;
  color: inherit !important; background: transparent;
  border: 1px solid color-mix(in srgb, currentColor 30%, transparent);
  text-decoration: none !important; }
.cs-button:hover { border-color: currentColor; }
.cs-button:focus-visible { outline: 3px solid #4c8df0; outline-offset: 2px; }
.cs-account { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center;
  font-size: .9rem; }
.cs-account form { margin: 0; }
.cs-account.in-header { position: absolute; top: -3.2rem; right: 0; z-index: 999991; }
.cs-account.in-header .cs-who { max-width: 40vw; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.cs-quiet { opacity: .75; }
.stMainBlockContainer { padding-top: 4rem; padding-bottom: 2rem; }
.stAppToolbar { padding-right: 18rem; }
</style>"""
SIGN_OUT = (
    '<form method="post" action="/sign-out">'
    '<button class="cs-button" type="submit">Sign out</button></form>'
)


def show_style() -> None:
    """Put the few styles of our own into the page."""
    st.html(STYLE)


def show_account(who: str, role: str | None = None) -> None:
    """Show who is signed in and the way out; with a role, in the header."""
    place = " in-header" if role else ""
    about = f'<span class="cs-quiet">{escape(role)}</span>' if role else ""
    who = f'<span class="cs-who">{escape(who)}</span>'
    st.html(f'<div class="cs-account{place}">{who}{about}{SIGN_OUT}</div>')


def show_sign_in_link(address: str) -> None:
    """Show a link to the sign-in page, in this tab."""
    st.html(f'<a class="cs-button" href="{escape(address)}" target="_self">Sign in</a>')


def show_download(words: str, address: str) -> None:
    """Show a link that downloads a file."""
    st.html(
        f'<a class="cs-button" href="{escape(address)}" download>{escape(words)}</a>',
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
        f"{what} could not be loaded. {error} Nothing was changed.",
        icon=":material/cloud_off:",
    )
    st.write(
        "Try again in a minute. If it stays like this, tell the person who runs the dashboard;"
        " the message above says what failed."
    )
    st.button("Try again", icon=":material/refresh:")
