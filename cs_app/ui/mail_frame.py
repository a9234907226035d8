"""An e-mail on screen as a mail program shows it: in a frame that can do nothing."""

from html import escape

import streamlit as st

STYLE = "html,body{margin:0;height:100%}iframe{display:block;border:0;width:100%;height:100%}"


def show_mail(document: str, title: str, height: int) -> None:
    """Show a whole HTML document.

    Streamlit's own frame would let it run scripts with the reader's session. In the one within,
    no script runs, no form is sent and no link leads anywhere.

    Parameters
    ----------
    document : str
        As `wrap_html` gives it.
    title : str
        What a screen reader says.
    height : int
        In pixels.
    """
    inner = f'<iframe sandbox="" title="{escape(title)}" srcdoc="{escape(document)}"></iframe>'
    head = f'<!doctype html><html lang="en"><head><style>{STYLE}</style></head>'
    st.iframe(f"{head}<body>{inner}</body></html>", height=height, alt=title)
