"""Starts the daily run from the dashboard: the same program that cron starts, in its own process.

It goes on when the tab is closed, and when this server is restarted (unless what manages the
server ends its children, too). How it went is noted in the database, for every tab and server.
"""

import json
import logging
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO

from cs_app.server import clients
from cs_app.ui.guard import Person
from cs_core.base.errors import CsError
from cs_core.io.operations.status import ask_for_run, note_run
from cs_core.run.wording import run_in_words

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).resolve().parents[2] / "daily_scoring.py"
SEEN_EVERY_SECONDS = 5.0
BUSY = 3  # exit code: another run holds the lease
LONGEST_COMPLAINT = 1000


def start_run(person: Person) -> str | None:
    """Start a daily run.

    Parameters
    ----------
    person : Person
        An admin.

    Returns
    -------
    str or None
        Who is at work already: nothing was started then.
    """
    request_id, held_by = ask_for_run(person.client)
    if request_id is None:
        return held_by or "another run"
    Thread(target=_work, args=(request_id,), daemon=True).start()
    return None


def _work(request_id: str) -> None:
    """Run it, and note how it ends."""
    try:
        status, message = _run(request_id)
    except Exception as error:
        log.exception("The run that was asked for could not be started")
        status, message = "failed", f"It could not be started: {type(error).__name__}."
    try:
        note_run(clients.service_client(), request_id, status, message)
    except CsError as error:
        log.error("Noting how the run ended: %s", error)


def _run(request_id: str) -> tuple[str, str]:
    # Files, not pipes: the run must not end because nobody reads what it says.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), "--json"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
            start_new_session=True,
        )
        while True:
            with suppress(CsError):  # the run itself tells what is wrong with the database
                note_run(clients.service_client(), request_id, "working")
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(SEEN_EVERY_SECONDS)
                return outcome(code, _text(said), _text(complained))


def outcome(code: int, said: str, complained: str) -> tuple[str, str]:
    """Put how the program ended into a status and words.

    `code`: its exit code. `said`, `complained`: its standard output and its standard error.
    """
    lines = [line.removeprefix("daily_scoring: ") for line in complained.splitlines() if line]
    complaint = "\n".join(lines)[-LONGEST_COMPLAINT:]
    try:
        answer = json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        answer = {}
    if code == 0 and answer:
        return "done", "\n".join(filter(None, (run_in_words(answer), complaint)))
    why = answer.get("error") or complaint or _silent_end(code)
    return ("busy" if code == BUSY else "failed"), why


def _silent_end(code: int) -> str:
    if code >= 0:
        return f"It ended with code {code} and said nothing."
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"Its process was killed ({name}): by somebody, or by the machine for want of memory."


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
