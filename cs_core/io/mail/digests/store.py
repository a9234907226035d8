"""What digests are made of and for whom, read from and written to Supabase."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from supabase import Client

from cs_core.base.errors import StoreError
from cs_core.io.base.client import PersonClient, ServiceClient, call, run_request
from cs_core.io.base.rows import to_record
from cs_core.io.outreach.call_queue import count_calls, fetch_calls
from cs_core.io.score.score_rows import read_scorecards, reason_in
from cs_core.io.score.today import fetch_levels
from cs_core.mail.digests.facts import CallDue, Called, DayFacts, Levels, Moved
from cs_core.mail.digests.schedule import DueDigest, Reader

TABLE = "digest_subscriptions"
CALLS_LISTED = 12
WEEKS = 8
TRIES = 2


@dataclass(frozen=True)
class DigestChoice:
    """Which digests a person wants, and when: `hour` in `timezone`, `weekday` 1 is Monday."""

    daily: bool = False
    weekly: bool = False
    hour: int = 8
    weekday: int = 1
    timezone: str = "UTC"


def fetch_choice(client: PersonClient, person_id: str) -> DigestChoice | None:
    """Read a person's own choice; None where there is none yet."""
    query = client.table(TABLE).select("daily, weekly, hour, weekday, timezone")
    query = query.eq("id", person_id)
    rows: list[Any] = list(run_request("Reading your choice", query.execute, tries=TRIES).data)
    return to_record(DigestChoice, rows[0]) if rows else None


def save_choice(client: PersonClient, person_id: str, choice: DigestChoice) -> None:
    """Save a person's own choice; refused without a role, and with a time zone that is none."""
    row = {"id": person_id} | {name: getattr(choice, name) for name in DigestChoice.__annotations__}
    run_request("Saving your choice", client.table(TABLE).upsert(row).execute, tries=TRIES)


def fetch_readers(client: ServiceClient) -> tuple[list[Reader], dt.date | None]:
    """Read who wants digests, and the newest scored day."""
    found = call(client, "Reading who wants digests", "digest_readers", {})
    score_date = found["score_date"]
    return (
        [to_record(Reader, row) for row in found["readers"]],
        dt.date.fromisoformat(score_date) if score_date else None,
    )


def fetch_day_facts(
    client: Client, since: dt.date, start: dt.datetime, end: dt.datetime
) -> DayFacts:
    """Read who moved after a scored day, and what came of calls and mail between two instants."""
    arguments = {
        "p_since": since.isoformat(),
        "p_from": start.isoformat(),
        "p_until": end.isoformat(),
    }
    found = call(client, "Reading what happened", "digest_facts", arguments)
    if found["score_date"] is None:
        raise StoreError(what="Reading what happened", reason="no day is scored yet")
    scorecards = read_scorecards(found["scorecards"])

    def moves(kind: str) -> tuple[Moved, ...]:
        return tuple(
            to_record(Moved, row, reason=reason_in(row["score"], scorecards))
            for row in found["movers"]
            if row["kind"] == kind
        )

    return to_record(
        DayFacts,
        found,
        turned=moves("turned_critical"),
        recoveries=moves("recovered"),
        outcomes=found["outcomes"],
        calls_made=tuple(to_record(Called, row) for row in found["calls_made"]),
    )


def fetch_calls_due(
    client: Client, until: dt.datetime, today: dt.date
) -> tuple[list[CallDue], int]:
    """Read the first calls that are due, and how many there are; of a day, for its reasons."""
    calls = [
        CallDue(
            supplier_id=one.supplier_id,
            business_name=one.business_name,
            scheduled_for=one.scheduled_for,
            reason=one.reasons[0] if one.reasons else "",
            owner=one.owner_name,
        )
        for one in fetch_calls(client, until, None, CALLS_LISTED, today)
    ]
    return calls, count_calls(client, until) if len(calls) == CALLS_LISTED else len(calls)


def fetch_trend(client: Client) -> tuple[Levels, ...]:
    """Read the levels of the newest scored day and of those a week apart before it."""
    days = {
        one.score_date: Levels(one.score_date, one.healthy, one.at_risk, one.critical)
        for one in fetch_levels(client, 7 * WEEKS)
    }
    if not days:
        return ()
    newest = max(days)
    wanted = (newest - dt.timedelta(weeks=n) for n in reversed(range(WEEKS)))
    return tuple(days[day] for day in wanted if day in days)


def queue_digest(
    client: ServiceClient,
    due: DueDigest,
    told: dt.date,
    mail: dict[str, Any] | None,
    now: dt.datetime,
) -> bool:
    """Note what was decided, and queue the mail; False where that was done before."""
    arguments = {
        "p_now": now.isoformat(),
        "p_person": due.reader.person_id,
        "p_digest": due.digest,
        "p_day": due.day.isoformat(),
        "p_told": told.isoformat(),
        "p_mail": mail,
    }
    return bool(call(client, "Queueing a digest", "queue_digest", arguments))
