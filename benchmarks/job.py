"""The job itself, run as cron runs it, and measured from outside."""

import datetime as dt
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# A process starts out with the peak memory of the one that made it, so the one that makes the
# job is a small one.
WATCH = """
import resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.call(sys.argv[1:])
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


class JobFailed(Exception):
    """The job ended with an error; its own words follow."""


@dataclass(frozen=True)
class Measured:
    """One run of the job."""

    wall_seconds: float  # of the whole process, the start of Python and its libraries included
    peak_mb: float  # the most memory it held at once
    summary: dict[str, Any]  # what `--json` printed: counts, and `seconds` per step and in `total`

    @property
    def seconds(self) -> float:
        """Seconds inside the process, from the first request to the last saved page."""
        return float(self.summary["seconds"]["total"])


def run_job(environment: dict[str, str], as_of: dt.datetime, *options: str) -> Measured:
    """Run `daily_scoring.py --json` for an instant, in a process of its own.

    Raises JobFailed if it does not exit with 0.
    """
    command = [sys.executable, "daily_scoring.py", "--json", "--as-of", as_of.isoformat()]
    done = subprocess.run(
        [sys.executable, "-I", "-c", WATCH, *command, *options],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise JobFailed(f"{done.stdout}{done.stderr}".strip())
    printed, watched = done.stdout.splitlines()
    seconds, peak_kb = map(float, watched.split())
    return Measured(seconds, peak_kb / 1024, json.loads(printed))
