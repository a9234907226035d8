"""The figures of each scored day, with revenue: what the file of the first screen holds."""

from datetime import date, timedelta
from typing import Any

from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.io.base.client import PersonClient, run_request
from cs_core.io.base.reads import TRIES

Row = dict[str, Any]
COLUMNS = ("score_date", *RISK_LEVELS, "revenue_at_risk")


def fetch_daily_figures(client: PersonClient, days: int) -> list[Row]:
    """Read the figures of the last days up to the newest scored one, the oldest first.

    Parameters
    ----------
    days : int
        At most 1000; days that were not scored are missing.

    Returns
    -------
    list of dict
        `score_date`, `critical`, `at_risk`, `healthy`, `total` and `revenue_at_risk`.
    """
    query = client.table("daily_figures").select(",".join(COLUMNS))
    query = query.order("score_date", desc=True).limit(days)
    found: list[Any] = list(run_request("Reading figures", query.execute, tries=TRIES).data)
    if not found:
        return []
    newest = date.fromisoformat(found[0]["score_date"])
    first = (newest - timedelta(days=days)).isoformat()
    return [
        row
        | {
            "total": sum(row[level] for level in RISK_LEVELS),
            "revenue_at_risk": float(row["revenue_at_risk"]),
        }
        for row in reversed(found)
        if row["score_date"] > first
    ]
