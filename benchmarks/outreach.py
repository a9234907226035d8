"""What deciding whom to contact adds to a nightly run."""

import datetime as dt
from dataclasses import dataclass

from cs_core.io.base.client import connect_service
from cs_core.io.base.config import load_mail_settings, load_settings
from cs_core.io.run.request import Contacting, RunRequest, RunResult
from cs_core.io.run.run import run_scoring
from embedded.stack import Stack


@dataclass(frozen=True)
class OutreachFigures:
    """The same day scored without and with contacts, in seconds inside the process."""

    # The first run ever that contacts: every supplier in trouble at once, every milestone of the
    # past recorded.
    first: RunResult
    # The day after, scored without contacts and then with.
    without: RunResult
    nightly: RunResult


def measure_outreach(stack: Stack, at: dt.datetime) -> OutreachFigures:
    """Decide contacts for a day that is scored already, and for the day after; send nothing."""
    client, mail = connect_service(load_settings(stack.env)), load_mail_settings(stack.env)

    def run(now: dt.datetime, contacts: bool) -> RunResult:
        contacting = Contacting(now, mail) if contacts else None
        return run_scoring(client, RunRequest(as_ofs=(now,), contacting=contacting))

    first = run(at, contacts=True)
    later = at + dt.timedelta(days=1)
    # Once aside: the second of two runs for a day writes less than the first.
    run(later, contacts=False)
    return OutreachFigures(first, run(later, contacts=False), run(later, contacts=True))
