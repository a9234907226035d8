"""The command line: `python -m cs_core COMMAND`; `--help` lists them."""

# Only the standard library up here, so that --help and mistakes answer at once.
import argparse
import contextlib
import datetime as dt
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NoReturn

from cs_core.errors import CsError, UsageError
from cs_core.outreach_commands import add_outreach_commands

SIGPIPE_EXIT = 141  # what the shell reports of a program whose reader went away
INTERRUPTED_EXIT = 130


class CannotWrite(CsError):
    """{target} cannot be written: {reason}."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and leaves the long text to --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help explains)\n")


def _date(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-11-22") from None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m cs_core",
        description="Customer Success from the command line. Settings (SUPABASE_URL, "
        "SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY) come from the environment or .env.",
        epilog="Exit status: 0 done, 1 failed (try again), 2 wrong usage or settings.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_export(commands)
    _add_create_user(commands)
    _add_last_run(commands)
    add_outreach_commands(commands)
    return parser


def _add_export(commands: Any) -> None:
    export = commands.add_parser(
        "export",
        help="write scores, interventions or milestones as CSV",
        description="Write CSV that spreadsheets open as it is: UTF-8 with a byte order mark, "
        "RFC 4180, times in UTC; text that would run as a formula begins with an apostrophe.",
    )
    export.add_argument(
        "dataset",
        choices=("health", "interventions", "milestones"),
        help="health: the newest score of each active supplier; "
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
        choices=("healthy", "at_risk", "critical"),
        help="only this risk level (interventions, milestones: the supplier's present level)",
    )
    export.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write here instead of to standard output; the file appears when it is complete",
    )
    export.set_defaults(run=_export)


def _add_create_user(commands: Any) -> None:
    user = commands.add_parser(
        "create-user",
        help="make a sign-in for the dashboard, or change a role",
        description="Make a sign-in with a role. If the address has one already, only its role "
        "(and name, if given) is set; its password stays. Without --password-stdin a strong "
        "password is made up and shown once.",
    )
    user.add_argument("email", metavar="EMAIL")
    user.add_argument(
        "--role",
        required=True,
        choices=("admin", "analyst"),
        help="admin: reads and acts; analyst: reads and exports",
    )
    user.add_argument("--name", help="full name")
    user.add_argument(
        "--password-stdin",
        action="store_true",
        help="take the password from the first line of standard input",
    )
    user.set_defaults(run=_create_user)


def _add_last_run(commands: Any) -> None:
    last_run = commands.add_parser(
        "last-run",
        help="tell whether the daily run happened",
        description="Say how the newest daily run stands, for cron and monitoring. Exit status 1, "
        "with the reason on standard error, if it failed or is too long ago.",
    )
    last_run.add_argument(
        "--max-age-hours",
        type=float,
        default=26.0,
        metavar="HOURS",
        help="how long ago it may have finished; default: 26",
    )
    last_run.set_defaults(run=_last_run)


def main(argv: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : list of str, optional
        Its arguments; the process's own where not given.

    Returns
    -------
    int
        The exit status: 0 done, 1 failed, 2 wrong usage or settings.
    """
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except CsError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # What is still buffered goes nowhere, without the interpreter's complaint at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SIGPIPE_EXIT
    except KeyboardInterrupt:
        return INTERRUPTED_EXIT


# ---- export ----


def _export(arguments: argparse.Namespace) -> int:
    from cs_core.io.export import export_lines
    from cs_core.io.settings import load_settings
    from cs_core.io.supabase import connect

    target: Path | None = arguments.out
    lines = export_lines(
        connect(load_settings()),
        arguments.dataset,
        as_of=arguments.as_of,
        risk_level=arguments.risk,
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


# ---- create-user ----


def _create_user(arguments: argparse.Namespace) -> int:
    from cs_core.io.settings import load_settings
    from cs_core.io.supabase import connect
    from cs_core.io.users import create_user

    settings = load_settings()
    password = _read_password() if arguments.password_stdin else None
    done = create_user(
        connect(settings),
        arguments.email,
        arguments.role,
        full_name=arguments.name,
        password=password,
    )
    if done.is_new:
        print(f"{done.email} can now sign in, with the role {done.role}.")
    elif done.previous_role == done.role:
        print(f"{done.email} already has a sign-in with the role {done.role}. Password unchanged.")
    else:
        before = f"was {done.previous_role}" if done.previous_role else "had none"
        print(
            f"{done.email} already has a sign-in; its role is now {done.role} ({before}). "
            "Password unchanged."
        )
    if done.generated_password:
        print(f"Password: {done.generated_password}")
        print("It is shown only now: pass it on over a safe channel and have it changed.")
    return 0


def _read_password() -> str:
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")


# ---- last run ----


def _last_run(arguments: argparse.Namespace) -> int:
    from cs_core.io.score_store import fetch_newest_daily_run
    from cs_core.io.settings import load_settings
    from cs_core.io.supabase import connect
    from cs_core.last_run import judge_last_run

    if not arguments.max_age_hours > 0:
        raise UsageError(problem="--max-age-hours must be more than 0.")
    is_well, sentence = judge_last_run(
        fetch_newest_daily_run(connect(load_settings())),
        dt.datetime.now(dt.UTC),
        dt.timedelta(hours=arguments.max_age_hours),
    )
    print(sentence, file=sys.stdout if is_well else sys.stderr)
    return 0 if is_well else 1


if __name__ == "__main__":
    # Ended by SIGTERM, a half-written file is tidied away too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
