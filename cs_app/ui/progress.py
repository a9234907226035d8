"""How far something is that takes a while, as a bar on the page."""

import time
from collections.abc import Callable

from streamlit.delta_generator import DeltaGenerator

from cs_app.ui.formats import counted

# Before that a bar would only flicker.
PATIENCE_SECONDS = 1.0


def progress_in(place: DeltaGenerator, words: str, total: int) -> Callable[[int], None]:
    """Give what is called with the number of suppliers of each page, and shows how far it is.

    Parameters
    ----------
    place : DeltaGenerator
        Where the bar is; whoever made it empties it.
    words : str
        What is done: "Looking ahead".
    total : int
        How many suppliers there are, roughly.
    """
    begun, done = time.monotonic(), 0

    def note(suppliers: int) -> None:
        nonlocal done
        done += suppliers
        if time.monotonic() - begun > PATIENCE_SECONDS:
            said = f"{words}: {done:,} of {counted(total, 'supplier')}"
            place.progress(min(1.0, done / max(total, 1)), said)

    return note
