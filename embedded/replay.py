"""Lives the last days of a demo world again: daily runs that contact people, a team that calls."""

import datetime as dt
import random
from collections.abc import Callable, Mapping
from typing import Any

from cs_core.io.base.client import ServiceClient, connect_service, run_request
from cs_core.io.base.config import load_mail_settings, load_settings
from cs_core.io.dispatch import dispatch
from cs_core.io.outreach.calls import fetch_due_calls, log_outcome
from cs_core.io.outreach.requests import request_intervention
from cs_core.io.run.request import Contacting, RunRequest
from cs_core.io.run.run import run_scoring
from cs_core.outreach.requests import ContactRequest

# When the daily run begins.
MORNING = dt.time(6, tzinfo=dt.UTC)
# What came of a call, how often, and what the caller notes.
FATES = (
    ("reached", 0.52, "Had a good talk; will try the tips this week."),
    ("left_message", 0.18, "Left a message and offered two times."),
    ("no_answer", 0.16, None),
    (None, 0.14, None),  # nobody got round to it
)


def replay(
    environment: Mapping[str, str],
    days: int,
    until: dt.date,
    person_id: str,
    tell: Callable[[dt.date], None] = lambda day: None,
) -> None:
    """Run the daily job for some past mornings, as if each were today.

    Parameters
    ----------
    environment : mapping
        The settings of a running stack that holds a demo world.
    days : int
        How many mornings.
    until : date
        The morning after the last of them.
    person_id : str
        The admin who writes a few mails by hand.
    tell : callable
        Called with each day that is done.
    """
    client, mail = connect_service(load_settings(environment)), load_mail_settings(environment)
    for days_ago in range(days, 0, -1):
        now = dt.datetime.combine(until - dt.timedelta(days=days_ago), MORNING)
        _make_calls(client, now)
        request = RunRequest(as_ofs=(now,), contacting=Contacting(now, mail), holder="replay")
        run_scoring(client, request)
        if days_ago % 3 == 1:
            _write_by_hand(client, person_id, now)
        dispatch(client, mail, now)
        tell(now.date())


def _make_calls(client: ServiceClient, now: dt.datetime) -> None:
    """Make the calls that were due by now; the same world has the same outcomes."""
    for call in fetch_due_calls(client, now):
        due = dt.datetime.fromisoformat(call["scheduled_for"])
        chance = random.Random(f"{call['supplier_id']}/{due.date()}")  # noqa: S311
        outcome, _, notes = chance.choices(FATES, [fate[1] for fate in FATES])[0]
        made_at = due + dt.timedelta(minutes=chance.randrange(0, 300))
        if outcome is not None and made_at < now:
            log_outcome(client, call["supplier_id"], call["id"], outcome, made_at, notes)


def _write_by_hand(client: ServiceClient, person_id: str, now: dt.datetime) -> None:
    """Ask for a personal mail to the supplier with the lowest score that pays the most."""
    query = (
        client.table("current_health")
        .select("supplier_id, health_score, suppliers!inner(monthly_revenue, status)")
        .eq("risk_level", "critical")
        .in_("suppliers.status", ["active", "trial"])
        .limit(200)
    )
    rows: list[Any] = list(run_request("Choosing a supplier", query.execute).data)
    if not rows:
        return
    rows.sort(key=lambda row: (-float(row["suppliers"]["monthly_revenue"]), row["supplier_id"]))
    chosen = rows[now.toordinal() % min(len(rows), 10)]
    request = ContactRequest(
        supplier_id=chosen["supplier_id"],
        type="email",
        requested_by=person_id,
        idempotency_key=f"replay/{now.date()}",
        template="check_in",
        note="Asked in the team's round",
    )
    request_intervention(client, request, now)
