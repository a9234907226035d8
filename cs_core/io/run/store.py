"""What the daily run reads from Supabase and writes to it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from cs_core.base.errors import Conflict, LeaseHeld, StoreError
from cs_core.io.base.client import ServiceClient, call, run_request
from cs_core.score.scorecard import Scorecard

LEASE_SECONDS = 10.0
FIRST_ID = "00000000-0000-0000-0000-000000000000"

Columns = dict[str, Any]


class LeaseLost(Conflict):
    message = (
        "{what} stopped: {reason}. Nothing of this page was written; the run can be started again."
    )


@dataclass(frozen=True)
class LeasedRun:
    """A run that holds the lease."""

    run_id: str
    fence: int


def call_with_lease(
    client: ServiceClient, run: LeasedRun, what: str, function: str, arguments: dict[str, Any]
) -> Any:
    """Call a function that only the holder of the lease may call.

    Raises LeaseLost if another run took over.
    """
    try:
        return call(client, what, function, {"p_fence": run.fence} | arguments)
    except Conflict as error:
        raise LeaseLost(what=what, reason=error.reason) from error


def fetch_last_scorecard_version(client: ServiceClient) -> int | None:
    """Return the version that everybody was last scored with, or None."""
    query = (
        client.table("runs")
        .select("scorecard_version")
        .eq("status", "done")
        .in_("kind", ["daily", "changed", "rescoring"])
        .order("started_at", desc=True)
        .limit(1)
    )
    rows: list[Any] = list(run_request("Reading the last run", query.execute).data)
    return rows[0]["scorecard_version"] if rows else None


def fetch_newest_daily_run(client: ServiceClient, **how: int) -> dict[str, Any] | None:
    """Return the newest daily run that spoke for its own day, or None if there is none.

    Parameters
    ----------
    **how
        See `cs_core.io.base.client.call`.

    Returns
    -------
    dict or None
        `status`, `started_at` and `finished_at` (datetimes), `suppliers_scored`, `error`, and
        `is_alive`: whether it holds the lease.
    """
    run = call(client, "Reading the last run", "newest_daily_run", {}, **how)
    if run is None:
        return None
    times = {
        name: dt.datetime.fromisoformat(run[name])
        for name in ("started_at", "finished_at")
        if run[name]
    }
    return dict(run) | times


def begin_run(
    client: ServiceClient,
    kind: str,
    as_of: dt.datetime,
    from_date: dt.date | None,
    scorecard_version: int,
    holder: str,
) -> LeasedRun:
    """Take the lease and open a run.

    Raises LeaseHeld if another run holds it. A holder that stopped renewing loses it on its own.
    """
    answer = call(
        client,
        "Starting the run",
        "begin_run",
        {
            "p_kind": kind,
            "p_as_of": as_of.isoformat(),
            "p_from_date": from_date.isoformat() if from_date else None,
            "p_scorecard_version": scorecard_version,
            "p_holder": holder,
            "p_ttl_seconds": LEASE_SECONDS,
        },
        tries=1,  # a repeat would find the lease taken, by this very run
    )
    if "held_by" in answer:
        raise LeaseHeld(holder=answer["held_by"], renewed_at=answer["renewed_at"])
    return LeasedRun(run_id=answer["run_id"], fence=answer["fence"])


def renew_lease(client: ServiceClient, run: LeasedRun, suppliers_scored: int | None) -> bool:
    """Keep the lease and note the progress; False when another run has taken over."""
    return bool(
        call(
            client,
            "Renewing the lease",
            "renew_lease",
            {
                "p_fence": run.fence,
                "p_ttl_seconds": LEASE_SECONDS,
                "p_suppliers_scored": suppliers_scored,
            },
        )
    )


def finish_run(
    client: ServiceClient,
    run: LeasedRun,
    totals: dict[str, int],
    seconds: dict[str, float],
    error: str | None = None,
) -> dict[str, Any]:
    """Close a run, as failed where there is an error, and give the lease back."""
    row = call(
        client,
        "Closing the run",
        "finish_run",
        {
            "p_run_id": run.run_id,
            "p_fence": run.fence,
            "p_status": "failed" if error else "done",
            "p_totals": totals,
            "p_seconds": {step: round(value, 3) for step, value in seconds.items()},
            "p_error": error,
        },
    )
    if not isinstance(row, dict):
        raise StoreError(what="Closing the run", reason="the database gave no row back")
    return row


def roll_up_step(client: ServiceClient, run: LeasedRun) -> tuple[int, bool]:
    """Roll up the next events; return how many were read, and whether that was all."""
    answer = call_with_lease(client, run, "Rolling up events", "roll_up_step", {})
    return int(answer["events"]), bool(answer["done"])


def fetch_measures(
    client: ServiceClient,
    as_of: dt.datetime,
    scorecard: Scorecard,
    after: str,
    limit: int,
    *,
    selection: str = "all",
    supplier_id: str | None = None,
    fresh: bool = False,
    contact_at: dt.datetime | None = None,
    cap_days: int | None = None,
) -> tuple[Columns, Columns | None]:
    """Read the measures of the next page of active suppliers, as one list per column.

    Parameters
    ----------
    as_of : datetime
        Only what happened before it counts.
    scorecard : Scorecard
        Gives windows and login steps.
    after : str
        The last supplier id of the page before; `FIRST_ID` to begin.
    limit : int
        Suppliers per page.
    selection : {'all', 'changed'}
    supplier_id : str, optional
        Only this one.
    fresh : bool
        Take events into account that are not rolled up yet, writing nothing.
    contact_at : datetime, optional
        Read what playbooks decide on too: when people would be contacted.
    cap_days : int, optional
        With it: over how many days the frequency cap counts e-mails.

    Returns
    -------
    measures : dict
        Columns of equal length, suppliers in ascending order of id, and `measured_xid`.
    outreach : dict or None
        What `OutreachFacts.from_columns` takes.
    """
    page = call(
        client,
        "Reading measures",
        "measure_page",
        {
            "p_as_of": as_of.isoformat(),
            "p_scorecard_version": scorecard.version,
            "p_after": after,
            "p_limit": limit,
            "p_selection": selection,
            "p_supplier": supplier_id,
            "p_fresh": fresh,
            "p_contact_at": contact_at.isoformat() if contact_at else None,
            "p_cap_days": cap_days,
        },
    )
    return page["measures"], page["outreach"]


def save_page(
    client: ServiceClient,
    run: LeasedRun,
    as_of: dt.datetime,
    scorecard: Scorecard,
    measured_xid: int,
    scores: Columns,
    contact_at: dt.datetime | None = None,
    outreach: Columns | None = None,
) -> dict[str, int]:
    """Save a page of scores and what was decided from them, all or nothing.

    How many `transitions`, and with `contact_at` how many new `interventions`, `suppressed`,
    `milestones` and `alerts` there are.
    """
    answer: dict[str, int] = call_with_lease(
        client,
        run,
        "Saving scores",
        "save_page",
        {
            "p_run_id": run.run_id,
            "p_as_of": as_of.isoformat(),
            "p_scorecard_version": scorecard.version,
            "p_measured_xid": measured_xid,
            "p_scores": scores,
            "p_contact_at": contact_at.isoformat() if contact_at else None,
            "p_outreach": outreach,
        },
    )
    return answer


def cancel_for_left(client: ServiceClient, run: LeasedRun, now: dt.datetime) -> int:
    """Cancel what is planned for suppliers that paused or churned; return how many."""
    what, arguments = "Cancelling for suppliers that left", {"p_now": now.isoformat()}
    return int(call_with_lease(client, run, what, "cancel_for_left", arguments))


def save_daily_figures(client: ServiceClient, run: LeasedRun, day: dt.date) -> None:
    """Compute what the first screen shows of a day that is scored, once for all readers."""
    what, arguments = "Computing the day's figures", {"p_date": day.isoformat()}
    call_with_lease(client, run, what, "save_daily_figures", arguments)
