"""The command line's export: scores, interventions and milestones as CSV."""

# Only the standard library up here, so that --help and mistakes answer at once.
import argparse
import contextlib
import datetime as dt
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from cs_core.base.errors import CsError, UsageError
from cs_core.base.vocabulary import RISK_LEVELS
from cs_core.cli.mail import connect


class CannotWrite(CsError):
    message = "{target} cannot be written: {reason}."


def add_export_command(commands: Any) -> None:
    """Add the command to the parser of `python -m cs_core`."""
    export = commands.add_parser(
        "export",
        help="write scores, interventions or milestones as CSV",
        description="Write CSV that spreadsheets open as it is: UTF-8 with a byte order mark, "
        "RFC 4180, times in UTC; text that would run as a formula begins with an apostrophe.",
    )
    export.add_argument(
        "dataset",
        choices=("health", "interventions", "milestones"),
        help="health: each active supplier with its newest score, if it has one; "
        "interventions, milestones: all of them",
    )
    export.add_argument(
        "--as-of",
        type=_date,
        metavar="DATE",
        help="health: the scores of that day instead; the others: up to the end of that day (UTC)",
    )
    export.add_argument(
        "--risk",
        choices=tuple(RISK_LEVELS),
        help="only this risk level (interventions, milestones: the supplier's present level)",
    )
    export.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write here instead of to standard output; the file appears when it is complete",
    )
    export.set_defaults(run=_export)


def _date(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-11-22") from None


def _export(arguments: argparse.Namespace) -> int:
    from cs_core.io.export.tables import export_lines

    target: Path | None = arguments.out
    lines = export_lines(
        connect(), arguments.dataset, as_of=arguments.as_of, risk_level=arguments.risk
    )
    with _open_target(target) as file:
        rows = _write(lines, file, shows_progress=target is not None or not sys.stdout.isatty())
    if rows == 0:
        print(_nothing_found(arguments), file=sys.stderr)
    return 0


def _write(lines: Iterator[str], file: IO[bytes], shows_progress: bool) -> int:
    """Write all records and return how many there were below the header."""
    from tqdm import tqdm

    rows = -1
    # disable=None: a counter on a terminal, silence elsewhere.
    hidden = None if shows_progress else True
    with tqdm(unit=" rows", disable=hidden, leave=False, file=sys.stderr) as counter:
        for line in lines:
            file.write(line.encode())
            rows += 1
            counter.update(rows > 0)
    file.flush()
    return rows


def _nothing_found(arguments: argparse.Namespace) -> str:
    level = f" at level {arguments.risk}" if arguments.risk else ""
    if arguments.dataset != "health":
        until = f" up to {arguments.as_of}" if arguments.as_of else ""
        return f"There are no {arguments.dataset}{level}{until}: only the header was written."
    day = f" for {arguments.as_of}" if arguments.as_of else ""
    return f"No scores{level} are stored{day}: only the header was written."


@contextlib.contextmanager
def _open_target(target: Path | None) -> Iterator[IO[bytes]]:
    """Open what to write to; its faults in our words."""
    try:
        if target is None:
            yield sys.stdout.buffer
        else:
            with _open_file(target) as file:
                yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        name = "Standard output" if target is None else f"--out {target}"
        raise CannotWrite(target=name, reason=error.strerror or error) from error


@contextlib.contextmanager
def _open_file(target: Path) -> Iterator[IO[bytes]]:
    """Open a file beside the target, which takes its place only when it is complete."""
    if target.is_dir():
        raise UsageError(problem=f"--out {target} is a directory; name a file in it")
    if not target.parent.is_dir():
        raise UsageError(problem=f"--out {target}: there is no directory {target.parent}")
    if target.exists() and not target.is_file():
        with target.open("wb") as file:  # a pipe or device cannot be replaced
            yield file
        return
    target = target.resolve()  # a link stays a link
    part = target.with_name(f".{target.name[:60]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
