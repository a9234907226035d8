"""An e-mail on screen as a mail program shows it: in a frame that can do nothing."""

import streamlit as st

from cs_core.base.html import fill

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
    inner = fill('<iframe sandbox="" title="{}" srcdoc="{}"></iframe>', title, str(document))
    head = fill('<!doctype html><html lang="en"><head><style>{}</style></head>', STYLE)
    st.iframe(head + fill("<body>{}</body></html>", inner), height=height, alt=title)
