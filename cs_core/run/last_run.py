"""Judges whether the daily run happened, for operators and their monitoring."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from cs_core.base.counting import counted


def judge_last_run(
    run: Mapping[str, Any] | None, now: dt.datetime, max_age: dt.timedelta
) -> tuple[bool, str]:
    """Say how the newest daily run stands.

    Parameters
    ----------
    run : mapping or None
        `status`, `started_at`, `finished_at` (datetimes, UTC), `suppliers_scored`, `error`,
        `is_alive` (it holds the lease); None where there has never been one.
    now : datetime
    max_age : timedelta
        How long ago it may have finished, or, while it is at work, have begun.

    Returns
    -------
    bool, str
        Whether all is well, and a sentence for people.
    """
    if run is None:
        return False, "There has been no daily run yet."
    began = f"The daily run of {run['started_at']:%Y-%m-%d %H:%M} UTC"
    if run["status"] == "failed":
        return False, f"{began} failed: {run['error']}"
    if run["status"] == "running" and not run["is_alive"]:
        return False, f"{began} stopped without finishing. Run it again; it is safe."
    newest = run["finished_at"] if run["status"] == "done" else run["started_at"]
    is_recent = now - newest <= max_age
    scored = counted(run["suppliers_scored"], "supplier")
    ago = f"{(now - newest) / dt.timedelta(hours=1):.1f} hours ago"
    if run["status"] == "running":
        return is_recent, f"{began} is at work, {scored} so far."
    late = "" if is_recent else "; there should have been a newer one"
    return is_recent, f"{began} scored {scored}, done {ago}{late}."
