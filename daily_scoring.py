"""Score every active supplier; meant for cron. See docs/operators.md, "The daily run"."""

import argparse
import datetime as dt
import json
import os
import re
import socket
import sys
import threading
import uuid
from typing import Any

from cs_core.base.errors import CsError, SupplierNotFound, UsageError
from cs_core.run.wording import SHOWN, contact_record, mail_troubles, run_in_words
from cs_core.score.day import score_date

EARLIEST = dt.date(2000, 1, 1)
MOST_BACKFILL_DAYS = 1100  # three years
PATIENCE_SECONDS = 60.0  # a gateway that is restarted is away for less
# Stricter than fromisoformat, which also takes 20261122 and 2026-W47, and not as one expects.
DATE = re.compile(r"\d{4}-\d\d-\d\d")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")

Instant = dt.datetime


def parse_as_of(text: str, now: Instant, option: str = "--as-of") -> Instant:
    """Turn a date or timestamp into the instant a score speaks for.

    Parameters
    ----------
    text : str
        ISO 8601. A date means the end of that UTC day; a timestamp without zone is UTC.
    now : datetime
        Today's end, and this instant, are the latest allowed.
    option : str
        Named in the error.

    Raises
    ------
    UsageError
        If it is no date, or one in the future or before 2000.
    """
    wrong = UsageError(
        problem=f"{option} {text!r} is neither a date (2026-11-22) nor a timestamp "
        "(2026-11-22T06:00:00Z)."
    )
    try:
        if DATE.fullmatch(text):
            day = dt.date.fromisoformat(text)
            is_future = day > now.date()
        elif TIMESTAMP.match(text):
            as_of = dt.datetime.fromisoformat(text)
            as_of = as_of.replace(tzinfo=dt.UTC) if as_of.tzinfo is None else as_of
            as_of = as_of.astimezone(dt.UTC)
            day, is_future = as_of.date(), as_of > now
        else:
            raise wrong
    except (ValueError, OverflowError) as error:
        raise wrong from error
    if is_future:
        problem = f"{option} {text} lies in the future; it is {now:%Y-%m-%d %H:%M} UTC now."
        raise UsageError(problem=problem)
    if day < EARLIEST:
        raise UsageError(problem=f"{option} {text} lies before {EARLIEST}.")
    if DATE.fullmatch(text):
        return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=1)
    return as_of


def parse_backfill(first: str, last: str, now: Instant) -> tuple[Instant, ...]:
    """Return the ends of all days from one date to another, both included.

    Raises UsageError if a date is wrong, they are the wrong way round, or too far apart.
    """
    start, end = (parse_as_of(text, now, "--backfill") for text in (first, last))
    if not (DATE.fullmatch(first) and DATE.fullmatch(last)):
        raise UsageError(problem="--backfill takes two dates, such as 2026-08-01 2026-10-31.")
    days = (end - start).days + 1
    if days < 1:
        raise UsageError(problem=f"--backfill: {first} comes after {last}; the earlier date first.")
    if days > MOST_BACKFILL_DAYS:
        problem = f"--backfill: {days} days are too many at once; at most {MOST_BACKFILL_DAYS}."
        raise UsageError(problem=problem)
    return tuple(start + dt.timedelta(days=n) for n in range(days))


def parse_supplier(text: str) -> str:
    """Return a supplier id in its usual form. Raises UsageError if it is not a UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        problem = f"--supplier {text} is not a supplier id; it is a UUID."
        raise UsageError(problem=problem) from error


def main(arguments: list[str] | None = None) -> int:
    """Run the job and return its exit code: 0 done, 1 failed, 2 usage or settings, 3 busy."""
    options = _parser().parse_args(arguments)
    try:
        summary = _run(options)
    except CsError as error:
        print(f"daily_scoring: {error}", file=sys.stderr)
        if options.json:
            print(json.dumps({"status": "failed", "error": str(error)}))
        return error.exit_code
    print(json.dumps(summary) if options.json else run_in_words(summary))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="daily_scoring.py",
        description="Score every active supplier, once a day. Safe to run again at any time.",
    )
    parser.add_argument(
        "--as-of", metavar="DATE|TIMESTAMP", help="score for this instant (default: now)"
    )
    parser.add_argument("--supplier", metavar="ID", help="score only this supplier")
    parser.add_argument(
        "--changed-only",
        action="store_true",
        help="score only suppliers whose score may have changed since the last run",
    )
    parser.add_argument(
        "--backfill", nargs=2, metavar=("FROM", "TO"), help="fill the history of these days"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would change, write nothing"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON line as the summary")
    return parser


def _run(options: argparse.Namespace) -> dict[str, Any]:
    as_ofs, kind = _what_to_score(options, dt.datetime.now(dt.UTC))
    supplier_id = None if options.supplier is None else parse_supplier(options.supplier)

    # Imported late: a wrong option is told before a second is spent on libraries.
    from cs_core.io.base.client import be_patient, connect_service
    from cs_core.io.base.config import load_mail_settings, load_settings
    from cs_core.io.run.request import Contacting, RunRequest
    from cs_core.io.run.run import run_scoring, widen_if_rescored
    from cs_core.io.run.stopping import stopped_by_signals
    from cs_core.io.suppliers.names import supplier_exists

    settings, mail = load_settings(), load_mail_settings()
    be_patient(PATIENCE_SECONDS)
    client = connect_service(settings)
    if supplier_id and not supplier_exists(client, supplier_id):
        raise SupplierNotFound(supplier_id=supplier_id)
    now = dt.datetime.now(dt.UTC)
    # Yesterday's score is no reason to call today: today's may be another.
    scored_day = score_date(as_ofs[-1])
    speaks_for_today = kind != "backfill" and scored_day == now.date()
    request = RunRequest(
        as_ofs=as_ofs,
        kind=kind,
        supplier_id=supplier_id,
        dry_run=options.dry_run,
        holder=f"{socket.gethostname()} process {os.getpid()}",
        contacting=Contacting(now, mail) if speaks_for_today else None,
    )
    request = widen_if_rescored(client, request)
    mails = {"mails_sent": 0, "mails_waiting": 0, "mails_dead": 0}
    with stopped_by_signals() as stop:
        with _progress_bar(client, request) as bar:
            result = run_scoring(client, request, bar.update, stop)
        for warning in result.warnings:
            print(f"daily_scoring: {warning}", file=sys.stderr)
        if speaks_for_today and not options.dry_run:
            mails = _send(client, mail, stop)
    return {
        "status": "dry run" if options.dry_run else "done",
        "run_id": result.run_id,
        "kind": request.kind,
        "as_of": as_ofs[-1].isoformat(),
        "score_date": scored_day.isoformat(),
        "scorecard_version": result.scorecard_version,
        **result.totals,
        **mails,
        "seconds": {step: round(value, 3) for step, value in result.seconds.items()},
        "contacts_people": speaks_for_today,
        "warnings": result.warnings,
        **_preview(client, result),
    }


def _send(client: Any, mail: Any, stop: threading.Event) -> dict[str, int]:
    """Write and send what is due, and say what somebody should look at."""
    from cs_core.io.dispatch import SendingStopped, dispatch

    done = dispatch(client, mail, dt.datetime.now(dt.UTC), stop)
    for trouble in mail_troubles(done.dead, done.problem):
        print(f"daily_scoring: {trouble}", file=sys.stderr)
    if done.was_stopped:
        raise SendingStopped(waiting=done.waiting)
    return {"mails_sent": done.sent, "mails_waiting": done.waiting, "mails_dead": done.dead}


def _preview(client: Any, result: Any) -> dict[str, Any]:
    """Name those whom a dry run found to change level, or to be contacted."""
    from cs_core.io.suppliers.names import fetch_names

    changes = result.level_changes[:SHOWN]
    concerned = {row["supplier_id"] for row in (*changes, *result.contacts)}
    names = fetch_names(client, sorted(concerned))
    return {
        "level_changes": [row | {"business_name": names[row["supplier_id"]]} for row in changes],
        "contacts": [contact_record(row, names[row["supplier_id"]]) for row in result.contacts],
    }


def _what_to_score(options: argparse.Namespace, now: Instant) -> tuple[tuple[Instant, ...], str]:
    if options.changed_only and (options.backfill or options.supplier):
        raise UsageError(problem="--changed-only goes with neither --backfill nor --supplier.")
    if options.backfill:
        if options.as_of:
            raise UsageError(problem="--backfill has its own dates; leave --as-of out.")
        first, last = options.backfill
        return parse_backfill(first, last, now), "backfill"
    as_of = now if options.as_of is None else parse_as_of(options.as_of, now)
    kind = "changed" if options.changed_only else "supplier" if options.supplier else "daily"
    return (as_of,), kind


def _progress_bar(client: Any, request: Any) -> Any:
    from tqdm import tqdm

    from cs_core.io.suppliers.names import count_suppliers

    is_shown = sys.stderr.isatty()
    total = None
    if is_shown and request.kind in ("daily", "backfill") and not request.supplier_id:
        total = count_suppliers(client) * len(request.as_ofs)
    return tqdm(total=total, unit=" suppliers", disable=not is_shown, leave=False)


if __name__ == "__main__":
    sys.exit(main())
