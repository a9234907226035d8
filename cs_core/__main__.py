"""The command line: `python -m cs_core COMMAND`; `--help` lists them."""

# Only the standard library up here, so that --help and mistakes answer at once.
import argparse
import datetime as dt
import os
import signal
import sys
from typing import Any, NoReturn

from cs_core.base.errors import CsError, UsageError
from cs_core.base.vocabulary import ROLES
from cs_core.cli.export import add_export_command
from cs_core.cli.mail import connect
from cs_core.cli.outreach import add_outreach_commands

SIGPIPE_EXIT = 141  # what the shell reports of a program whose reader went away
INTERRUPTED_EXIT = 130


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and leaves the long text to --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (--help explains)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m cs_core",
        description="Customer Success from the command line. Settings (SUPABASE_URL, "
        "SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY) come from the environment or .env.",
        epilog="Exit status: 0 done, 1 failed (try again), 2 wrong usage or settings.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_export_command(commands)
    _add_create_user(commands)
    _add_last_run(commands)
    add_outreach_commands(commands)
    return parser


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
        choices=tuple(ROLES),
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


# ---- create-user ----


def _create_user(arguments: argparse.Namespace) -> int:
    from cs_core.io.people.users import create_user

    client = connect()
    password = _read_password() if arguments.password_stdin else None
    done = create_user(
        client, arguments.email, arguments.role, full_name=arguments.name, password=password
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
    from cs_core.io.run.store import fetch_newest_daily_run
    from cs_core.run.last_run import judge_last_run

    if not arguments.max_age_hours > 0:
        raise UsageError(problem="--max-age-hours must be more than 0.")
    ok, sentence = judge_last_run(
        fetch_newest_daily_run(connect()),
        dt.datetime.now(dt.UTC),
        dt.timedelta(hours=arguments.max_age_hours),
    )
    print(sentence, file=sys.stdout if ok else sys.stderr)
    return 0 if ok else 1


if __name__ == "__main__":
    # Ended by SIGTERM, a half-written file is tidied away too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main())
