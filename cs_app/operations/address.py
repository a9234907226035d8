"""What the address of the operations screen says: the part, its filters, its place."""

import datetime as dt
import re
from collections.abc import Mapping

from cs_app.ui.page_address import is_uuid, read_day
from cs_core.io.operations.audit import ANYBODY, NOBODY, AuditFilter

STATUS, RUNS, MAIL, AUDIT = "status", "runs", "mail", "audit"
PARTS = {STATUS: "Status", RUNS: "Runs", MAIL: "Failed mail", AUDIT: "Audit log"}
OUTCOMES = {"all": "All", "failed": "Failed", "partial": "Failed in part"}
TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
ROW = re.compile(r"[A-Za-z0-9_./-]{1,200}")
FILTERS = ("who", "table", "row", "since", "until")


def read_part(query: Mapping[str, str]) -> str:
    """Return the part that is asked for."""
    asked = query.get("part", "")
    return asked if asked in PARTS else STATUS


def read_outcome(query: Mapping[str, str]) -> str:
    """Return which runs are asked for."""
    asked = query.get("outcome", "")
    return asked if asked in OUTCOMES else "all"


def read_before(query: Mapping[str, str]) -> dt.datetime | None:
    """Return the instant that a page of runs begins behind."""
    try:
        moment = dt.datetime.fromisoformat(query.get("before", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def read_place(query: Mapping[str, str]) -> tuple[dt.datetime, int] | None:
    """Return the place in the audit log that a page begins behind."""
    moment, _, number = query.get("after", "").rpartition("/")
    before = read_before({"before": moment})
    if before is None or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return before, int(number)


def place(moment: dt.datetime, number: int) -> str:
    """Write such a place."""
    return f"{moment.isoformat()}/{number}"


def read_filter(query: Mapping[str, str]) -> AuditFilter:
    """Return what the audit log is narrowed by; what cannot be is left out."""
    who, table, row = (query.get(name, "").strip() for name in ("who", "table", "row"))
    return AuditFilter(
        who=who if who in (ANYBODY, NOBODY) or is_uuid(who) else None,
        table=table if TABLE.fullmatch(table) else None,
        row=row if ROW.fullmatch(row) else None,
        since=read_day(query.get("since", "")),
        until=read_day(query.get("until", "")),
    )
