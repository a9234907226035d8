"""The job itself, run as cron runs it, and measured from outside."""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class JobFailed(Exception):
    """The job ended with an error; its own words follow."""


@dataclass(frozen=True)
class Measured:
    """One run of the job.

    Parameters
    ----------
    wall_seconds : float
        Of the whole process, the start of Python and its libraries included.
    peak_mb : float
        The most memory it held at once.
    summary : dict
        What `--json` printed: counts, and `seconds` per step and in `total`.
    """

    wall_seconds: float
    peak_mb: float
    summary: dict[str, Any]

    @property
    def seconds(self) -> float:
        """Seconds inside the process, from the first request to the last saved page."""
        return float(self.summary["seconds"]["total"])


def run_job(environment: dict[str, str], as_of: dt.datetime, *options: str) -> Measured:
    """Run `daily_scoring.py --json` for an instant, in a process of its own.

    Raises
    ------
    JobFailed
        If it does not exit with 0.
    """
    command = [sys.executable, "daily_scoring.py", "--json", "--as-of", as_of.isoformat()]
    start = time.perf_counter()
    process = subprocess.Popen(
        [*command, *options],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = process.stdout.read()
    # Its own usage, not that of all children so far. A process starts out with the peak of
    # the one that made it; this one here is the smaller of the two.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    if process.returncode != 0:
        raise JobFailed(printed.strip())
    return Measured(wall, usage.ru_maxrss / 1024, json.loads(printed))
