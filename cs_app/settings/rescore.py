"""Scoring everybody anew from the screen: in the background, one at a time.

Nobody is contacted by it; that is the daily run's business.
"""

import logging
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

import streamlit as st

from cs_app.server import clients
from cs_app.ui.formats import counted
from cs_app.ui.markdown import plain
from cs_core.base.errors import CsError
from cs_core.io.run.request import RunRequest
from cs_core.io.run.run import run_scoring

LOOK_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass
class Rescoring:
    """How far it is, and with which version; `problem`: why it ended without being done."""

    total: int
    version: int | None = None
    scored: int = 0
    is_done: bool = False
    problem: str | None = None
    ended: threading.Event = field(default_factory=threading.Event)


_lock = threading.Lock()
_current: Rescoring | None = None


def start_rescoring(total: int) -> None:
    """Begin to score all active suppliers, unless this server is doing so already."""
    global _current
    with _lock:
        if _current is not None and not _current.is_done:
            return
        _current = Rescoring(total)
    threading.Thread(target=_run, args=[_current], name="rescoring", daemon=True).start()


def current() -> Rescoring | None:
    """Give the rescoring that runs, or the last one that did."""
    return _current


def forget() -> None:
    """Forget the last rescoring, once it is done and read."""
    global _current
    with _lock:
        if _current is not None and _current.is_done:
            _current = None


def _run(state: Rescoring) -> None:
    request = RunRequest(
        (datetime.now(UTC),), kind="rescoring", holder=f"dashboard on {socket.gethostname()}"
    )

    def note(suppliers: int) -> None:
        state.scored += suppliers

    try:
        state.version = run_scoring(clients.service_client(), request, note).scorecard_version
    except CsError as error:
        log.error("Rescoring: %s", error)
        state.problem = str(error)
    except Exception:
        log.exception("Rescoring")
        state.problem = "It stopped for a reason that only the server's log tells."
    finally:
        state.is_done = True
        state.ended.set()


def show_rescoring(in_force: int) -> None:
    """Show how far it is, and what came of it.

    `in_force`: the newest version: that everybody was scored with an older one is no news any more.
    """
    state = current()
    if state is None:
        return
    if state.is_done and state.version is not None and state.version < in_force:
        forget()
        return
    if not state.is_done:
        _watch()
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if state.problem:
            st.warning(
                f"Not everybody was scored. {plain(state.problem)} What was scored stays; the"
                " daily run does the rest.",
                icon=":material/info:",
            )
        else:
            words = f"{counted(state.scored, 'supplier')} scored with the version in force."
            st.success(words, icon=":material/check:")
        st.button("Close", key="rescoring-close", type="tertiary", on_click=forget)


@st.fragment(run_every=LOOK_SECONDS)
def _watch() -> None:
    state = current()
    if state is None or state.is_done:
        st.rerun()
        return
    words = f"Scoring: {state.scored:,} of {counted(state.total, 'supplier')}"
    st.progress(min(1.0, state.scored / max(state.total, 1)), words)
