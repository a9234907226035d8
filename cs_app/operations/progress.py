"""The run at work: how far it is, who holds the lease; and the button that starts one."""

import datetime as dt

import streamlit as st

from cs_app.operations.run_now import start_run
from cs_app.operations.wording import RUN_AGAIN, progress_of
from cs_app.server import clients
from cs_app.ui.formats import ago, counted
from cs_app.ui.guard import Person
from cs_app.ui.markdown import plain
from cs_app.ui.markup import why
from cs_core.base.errors import CsError, StoreError
from cs_core.io.operations.status import RequestedRun, RunStatus, StoredRun, fetch_run_status

EVERY_SECONDS = 2.0
SURE_KEY = "run-now-sure"
WANTED_KEY = "run-now-wanted"
# For so long the screen says how the run ended that somebody started here.
TOLD_FOR = dt.timedelta(hours=12)


def show_run_now(person: Person, status: RunStatus, suppliers: int) -> None:
    """Show the run at work, or the button that starts one and how the last one ended.

    `person`: an admin. `suppliers`: how many would be scored.
    """
    if st.session_state.pop(WANTED_KEY, False):
        status = _start(person, status)
    if status.is_busy:
        _show_at_work(person, status)
        return
    _show_stopped(status)
    _show_last_request(status)
    if st.session_state.get(SURE_KEY):
        _ask(suppliers)
    else:
        st.button(
            "Run now", icon=":material/play_arrow:", key="run-now", on_click=_sure, args=(True,)
        )


def _start(person: Person, status: RunStatus) -> RunStatus:
    try:
        held_by = start_run(person)
        if held_by is not None:
            st.toast(f"Not started: a run is at work already ({held_by}).")
        return fetch_run_status(person.client)
    except StoreError as error:
        st.error(f"The run was not started. {plain(str(error))} Try again in a minute.")
        return status


def _sure(is_sure: bool) -> None:
    st.session_state[SURE_KEY] = is_sure


def _want() -> None:
    # Only noted here: the run of the page that follows asks anew who is looking.
    st.session_state[SURE_KEY] = False
    st.session_state[WANTED_KEY] = True


def _ask(suppliers: int) -> None:
    with st.container(border=True):
        st.markdown(
            f"**Run the daily job now?** It scores {counted(suppliers, 'active supplier')} and acts"
            " on what it finds, as it does each day: it plans calls and sends mail. Whoever was"
            " contacted today already is not contacted again."
        )
        with st.container(horizontal=True):
            st.button("Yes, run it", type="primary", key="run-now-yes", on_click=_want)
            st.button("Not now", type="tertiary", key="run-now-no", on_click=_sure, args=(False,))


def _show_at_work(person: Person, status: RunStatus) -> None:
    """Show the progress, and refresh it quietly until the run has ended."""
    first = [status]

    @st.fragment(run_every=EVERY_SECONDS)
    def watch() -> None:
        if first:
            current = first.pop()
        else:
            try:
                session = clients.current_session(st.context.cookies.get(clients.COOKIE))
                if session is None or session.role != person.role:
                    st.rerun()
                current = fetch_run_status(clients.person_client(session.access_token))
            except CsError:
                st.caption("The database does not answer; what you see may be old.")
                return
        if not current.is_busy:
            st.rerun()
        _draw(current)

    watch()


def _draw(status: RunStatus) -> None:
    request = status.request
    asked = f", started by {request.by}" if request and request.is_alive and request.by else ""
    silent = (status.now - status.renewed_at).total_seconds() if status.renewed_at else 0.0
    if not status.is_held and _is_of(status.running, request):
        st.progress(
            0.0,
            f"The run{plain(asked + ',' if asked else '')} has not reported for {silent:.0f} s.",
        )
        words = (
            f"It runs as {status.holder or 'unknown'}. A run that cron starts takes over from it;"
            " before one can be started here, end that process."
        )
        st.html(why(words))
        return
    if not status.is_held or status.running is None:
        words = f"The run starts{plain(asked)}."
        if request and status.now - request.requested_at > dt.timedelta(seconds=10):
            words = f"The run is ending or waits to begin{plain(asked)}."
        st.progress(0.0, words)
        return
    progress = progress_of(status)
    st.progress(progress.share or 0.0, f"Run at work{plain(asked)}. {plain(progress.words)}.")
    holder = f"It runs as {status.holder}."
    if silent > 5:
        holder += (
            f" It has not reported for {silent:.0f} s; after 10 s of silence another run may start."
        )
    st.html(why(f"{holder} You may close this page: it goes on."))


def _is_of(run: StoredRun | None, request: RequestedRun | None) -> bool:
    """Whether a run is the one that was asked for, not one that stopped before."""
    return run is not None and request is not None and run.started_at >= request.requested_at


def _show_stopped(status: RunStatus) -> None:
    run = status.running
    if run is None:
        return
    saved = counted(run.suppliers_scored, "supplier")
    reported = f", last reported {ago(status.renewed_at, status.now)}" if status.renewed_at else ""
    st.warning(
        f"The run that began {ago(run.started_at, status.now)} stopped without finishing"
        f" ({plain(status.holder or 'unknown')}{reported}). Its lease has run out, so another one"
        f" can start now. What it saved stays: {saved}. {RUN_AGAIN}",
        icon=":material/warning:",
    )


def _show_last_request(status: RunStatus) -> None:
    """Say how the run ended that somebody started here."""
    request, now = status.request, status.now
    if request is None or now - (request.ended_at or request.requested_at) > TOLD_FOR:
        return
    who = request.by or "somebody who left"
    ended = ago(request.ended_at or request.requested_at, now)
    message = "  \n".join(plain(line) for line in (request.message or "").splitlines())
    if request.status in ("failed", "starting", "working") and _is_made_up_for(status, request):
        how = "failed" if request.status == "failed" else "was no longer watched by its server"
        st.info(
            f"The run {plain(who)} started {how} ({ended}). {message}"
            "  \nA daily run that began since then is done, so nothing is left to do."
        )
    elif request.status == "done":
        st.success(
            f"The run {plain(who)} started is done ({ended}). {message}", icon=":material/check:"
        )
    elif request.status == "busy":
        st.info(f"The run {plain(who)} asked for did not start: {message} ({ended})")
    elif request.status == "failed":
        st.error(
            f"The run {plain(who)} started failed ({ended}). {message}"
            f"  \n{what_to_do(request.message)}",
            icon=":material/error:",
        )
    else:
        st.warning(
            f"The server was stopped while it watched the run {plain(who)} started ({ended})."
            f" The list of runs says how it went. {RUN_AGAIN}"
        )


def _is_made_up_for(status: RunStatus, request: RequestedRun) -> bool:
    newest = status.newest_daily
    return (
        newest is not None
        and newest["status"] == "done"
        and bool(newest["started_at"] >= request.requested_at)
    )


def what_to_do(message: str | None) -> str:
    """Say what helps after a failure, by its message."""
    text = message or ""
    if text.startswith("Setting "):
        return "Mend the setting where the server runs, restart the server, then run it again."
    if "stopped by a signal" in text:
        return f"Somebody, or a restart of the machine, stopped it. {RUN_AGAIN}"
    if "does not answer" in text:
        return "The database could not be reached. Wait a minute, then run it again; that is safe."
    return f"What was saved stays. {RUN_AGAIN}"
