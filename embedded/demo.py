"""`make run`: the embedded stack, a demo world in it, one daily run, and the dashboard."""

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psycopg

from embedded.errors import NotADemo, StackFailed
from embedded.stack import Stack, ensure_port_is_free, stop_on_signals, write_private
from embedded.team import TEAM, make_team

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class DemoWorld:
    """How large the demo world is that a first start makes."""

    suppliers: int
    days: int
    history_days: int
    outreach_days: int


class Interrupted(Exception):
    """Ctrl-C came while something was being prepared."""


def run_demo(data_dir: Path, port: int, web_port: int, world: DemoWorld) -> None:
    """Start everything and stay until Ctrl-C or SIGTERM; then stop everything.

    `data_dir` is kept between runs; where it holds no world, `world` is made.

    Raises
    ------
    PortTaken, StackBusy, StackFailed
        Each says what to do.
    """
    ensure_port_is_free(web_port, "WEB_PORT=N (make run WEB_PORT=N)")
    with stop_on_signals() as told:
        stack = Stack(data_dir, port, base_url=f"http://localhost:{web_port}")
        helpers = _Helpers(stack, told)
        try:
            print("Starting Postgres, the Supabase API and a mail sink ...", flush=True)
            stack.start()
            _prepare(stack, helpers, world)
            web = helpers.start(
                *("-m", "streamlit", "run", str(ROOT / "streamlit_app.py")),
                f"--server.port={web_port}",
            )
            _wait_for(f"http://localhost:{web_port}/_stcore/health", web, told)
            _print_welcome(stack)
            _watch(stack, web, told)
        except Interrupted:
            pass
        finally:
            helpers.stop()
            was_running = bool(stack.env)
            stack.stop()
            if was_running:
                print("Stopped. The data stays in", data_dir, flush=True)


class _Helpers:
    """Child processes of the demo, all of them stopped at the end."""

    def __init__(self, stack: Stack, told: threading.Event) -> None:
        self._stack = stack
        self._told = told
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded.child", *arguments],
            cwd=ROOT,
            env=os.environ | self._stack.env,
            stdin=subprocess.PIPE,  # held open: when it closes, the child ends
            start_new_session=True,  # Ctrl-C is for this process, which stops them in order
        )
        self._running.append(process)
        return process

    def run(self, *arguments: str) -> None:
        """Run one to its end, giving up on Ctrl-C."""
        process = self.start(*arguments)
        while process.poll() is None:
            if self._told.wait(0.1):
                raise Interrupted
        if process.returncode != 0:
            reason = f"{' '.join(arguments[:3])} ended with code {process.returncode}"
            raise StackFailed(reason=reason, data_dir=self._stack.data_dir)

    def stop(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _prepare(stack: Stack, helpers: _Helpers, world: DemoWorld) -> None:
    """Make the demo world, its history and its people the first time, and score today."""
    marker, begun = stack.data_dir / "world", stack.data_dir / "world-begun"
    if not marker.exists():
        _clear_for_world(stack, begun)
        print(
            f"Making a demo world: {world.suppliers:,} suppliers, {world.days} days ...", flush=True
        )
        now = dt.datetime.now(dt.UTC).replace(second=0, microsecond=0)
        until, today = ("--until", now.isoformat()), now.date()
        helpers.run(
            *("-m", "embedded", "seed", "--data-dir", str(stack.data_dir)),
            *("--suppliers", str(world.suppliers), "--days", str(world.days), *until),
        )
        quiet_days = world.history_days - world.outreach_days
        if quiet_days > 0:
            first = today - dt.timedelta(days=world.history_days)
            last = today - dt.timedelta(days=world.outreach_days + 1)
            print(f"Scoring {quiet_days} days ...", flush=True)
            helpers.run("daily_scoring.py", "--backfill", str(first), str(last))
        passwords = make_team(stack.env)
        print(f"Living {world.outreach_days} more days, with calls and mail ...", flush=True)
        helpers.run(
            *("-m", "embedded", "replay", "--data-dir", str(stack.data_dir)),
            *("--days", str(world.outreach_days), *until),
        )
        row = "{:<13} {:<8} {:<22} password {}\n".format
        people = (row(one.name, one.role, one.email, passwords[one.email]) for one in TEAM)
        write_private(marker, "".join(people))
        begun.unlink()
    print("Running the daily scoring ...", flush=True)
    helpers.run("daily_scoring.py")


def _clear_for_world(stack: Stack, begun: Path) -> None:
    """Remove what an interrupted first start left behind, and nothing that anybody else made.

    Raises
    ------
    NotADemo
        If there are suppliers or sign-ins and no first start had begun.
    """
    with psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True) as connection:
        if begun.exists():
            connection.execute("delete from auth.users")
            connection.execute("truncate public.suppliers, public.core_features cascade")
            connection.execute("delete from public.runs")
            connection.execute("delete from public.outbox")
            connection.execute("truncate public.audit_log")
        filled = connection.execute(
            "select exists (select from public.suppliers) or exists (select from auth.users)"
        ).fetchone()
    if filled == (True,):
        raise NotADemo(data_dir=stack.data_dir)
    begun.touch()


def _wait_for(url: str, web: "subprocess.Popen[bytes]", told: threading.Event) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and web.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own http URL
                return
        except OSError:
            if told.wait(0.2):
                raise Interrupted from None
    raise StackFailed(reason="the dashboard did not start", data_dir=ROOT)


def _print_welcome(stack: Stack) -> None:
    people = (stack.data_dir / "world").read_text()
    print(f"\nThe dashboard is on {stack.base_url}\nSign in as\n")
    print("".join(f"  {line}\n" for line in people.splitlines()))
    print(f"Mail it sends is kept in {stack.data_dir}/mail. Ctrl-C stops everything.", flush=True)


def _watch(stack: Stack, web: "subprocess.Popen[bytes]", told: threading.Event) -> None:
    while not told.wait(0.2):
        if web.poll() is not None:
            raise StackFailed(reason="the dashboard ended", data_dir=stack.data_dir)
        stack.check()
