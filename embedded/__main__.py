"""Command line of the embedded Supabase: `python -m embedded COMMAND --help`."""

import argparse
import datetime as dt
import shutil
import sys
import threading
from pathlib import Path

from cs_core.base.errors import CsError, UsageError
from embedded.errors import StackBusy, WrongDirectory
from embedded.mail_sink import MODES, set_mode
from embedded.stack import OURS, Stack, read_env, stop_on_signals

MOST_SUPPLIERS = 200_000
MOST_DAYS = 1095


def up(options: argparse.Namespace) -> None:
    """Run a stack in the foreground until Ctrl-C or SIGTERM."""
    with stop_on_signals() as told:
        stack = Stack(options.data_dir, options.port, options.base_url)
        try:
            stack.start()
            print(f"Supabase listens on {stack.env['SUPABASE_URL']}", flush=True)
            print(f"Settings: {stack.data_dir}/env   Mail: {stack.data_dir}/mail", flush=True)
            stack.watch(told)
        finally:
            stack.stop()


def seed(options: argparse.Namespace) -> None:
    """Fill a running, empty stack with a demo world."""
    for name, most in (("suppliers", MOST_SUPPLIERS), ("days", MOST_DAYS)):
        if not 1 <= getattr(options, name) <= most:
            raise UsageError(problem=f"--{name} must lie between 1 and {most:,}.")
    if options.seed < 0:
        raise UsageError(problem="--seed must be 0 or more.")
    environment = read_env(options.data_dir)

    # Imported late: generating a world needs libraries that no other command does.
    from tqdm import tqdm

    from embedded.seed import load_world
    from embedded.world import make_world

    world = make_world(options.suppliers, options.days, options.seed, options.until, options.churn)
    with tqdm(unit=" rows", desc="Seeding", disable=not sys.stderr.isatty(), leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        load_world(world, environment["SUPABASE_DB_URL"], show)
    suppliers, events = len(world.suppliers), len(world.events)
    print(f"{suppliers:,} suppliers, {events:,} events up to {options.until:%Y-%m-%d %H:%M} UTC.")


def replay(options: argparse.Namespace) -> None:
    """Live the last days of a demo world again, with contacts and calls."""
    if not 1 <= options.days <= MOST_DAYS:
        raise UsageError(problem=f"--days must lie between 1 and {MOST_DAYS:,}.")
    environment = read_env(options.data_dir)

    # Imported late, as above.
    from tqdm import tqdm

    from embedded.replay import replay as live_again

    hidden = not sys.stderr.isatty()
    with tqdm(total=options.days, unit=" days", disable=hidden, leave=False) as bar:
        live_again(environment, options.days, options.until, lambda _: bar.update())
    print(f"Lived {options.days} days up to {options.until:%Y-%m-%d}.")


def smtp(options: argparse.Namespace) -> None:
    """Tell the mail sink how to treat what comes next."""
    read_env(options.data_dir)
    set_mode(options.data_dir, options.mode, options.seconds)
    print(f"The mail sink will {options.mode}: {MODES[options.mode]}.")


def reset(options: argparse.Namespace) -> None:
    """Delete a stopped stack's data directory."""
    if not options.data_dir.exists():
        return
    if {entry.name for entry in options.data_dir.iterdir()} - OURS:
        raise WrongDirectory(data_dir=options.data_dir)
    if Stack.is_running(options.data_dir):
        raise StackBusy(data_dir=options.data_dir)
    Stack.stop_leftovers(options.data_dir)
    shutil.rmtree(options.data_dir)
    print(f"{options.data_dir} is gone. The next `make run` starts over.")


def demo(options: argparse.Namespace) -> None:
    """Run stack, demo world and dashboard; see `embedded.demo`."""
    from embedded.demo import DemoWorld, run_demo

    world = DemoWorld(options.suppliers, options.days, options.history_days, options.outreach_days)
    run_demo(options.data_dir, options.port, options.web_port, world)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m embedded", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(function, summary: str) -> argparse.ArgumentParser:  # type: ignore[no-untyped-def]
        command = commands.add_parser(function.__name__, help=summary, description=summary)
        command.set_defaults(function=function)
        command.add_argument(
            "--data-dir", type=Path, default=Path(".data"), metavar="DIR", help="default: .data"
        )
        return command

    def add_until(command: argparse.ArgumentParser, summary: str) -> None:
        now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
        command.add_argument("--until", type=_past, default=now, metavar="INSTANT", help=summary)

    command = add(up, "run Postgres, the Supabase API and a mail sink until told to stop")
    command.add_argument("--port", type=_port, default=54321, help="of the API; default: 54321")
    command.add_argument("--base-url", default="http://localhost:8501", help="of the dashboard")

    command = add(seed, "fill a running, empty stack with a reproducible demo world")
    command.add_argument("--suppliers", type=int, default=2000, metavar="N")
    command.add_argument("--days", type=int, default=180, metavar="D", help="of history")
    command.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same world")
    add_until(command, "the history ends then; UTC where no zone is named; default: now")
    command.add_argument(
        "--churn",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether suppliers churn, depending on how they behave (default: they do)",
    )

    # Not twice the playbooks' 14 days between contacts: all who were written to on the first day
    # would be written to again on the last.
    lived_days = 24
    command = add(replay, "live the last days of a demo world again, with contacts and calls")
    command.add_argument("--days", type=int, default=lived_days, metavar="D")
    add_until(command, "the last day to live is the one before; default: today")

    command = add(smtp, "tell the mail sink to accept, refuse, reject, delay or drop")
    command.add_argument("mode", choices=MODES, metavar="MODE", help=", ".join(MODES))
    command.add_argument("seconds", type=float, nargs="?", default=5.0, help="for delay")

    add(reset, "delete the data of a stopped stack")

    command = add(demo, "what `make run` does: stack, demo world, one daily run, dashboard")
    command.add_argument("--port", type=_port, default=54321, help="of the API; default: 54321")
    command.add_argument("--web-port", type=_port, default=8501, help="default: 8501")
    command.add_argument("--suppliers", type=int, default=2000, metavar="N")
    command.add_argument("--days", type=int, default=180, metavar="D", help="of activity")
    command.add_argument("--history-days", type=int, default=90, metavar="D", help="of scores")
    command.add_argument(
        "--outreach-days",
        type=int,
        default=lived_days,
        metavar="D",
        help="of contacts; part of the scores",
    )
    return parser


def _past(text: str) -> dt.datetime:
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError as error:
        problem = f"{text} is not an instant such as 2026-11-22T06:00"
        raise argparse.ArgumentTypeError(problem) from error
    instant = (instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    if instant > dt.datetime.now(dt.UTC):
        raise argparse.ArgumentTypeError(f"{text} lies in the future")
    return instant


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port number (1 to 65535)")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.function(options)
    except CsError as error:
        print(f"embedded: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    threading.current_thread().name = "embedded"
    sys.exit(main())
