"""The embedded Supabase as a process: start, stop, crash, two side by side, any user."""

import os
import signal
import smtplib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from embedded.postgres import free_port
from embedded.stack import read_env
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "embedded"]


class Running:
    """A stack started as its own process."""

    def __init__(self, data_dir: Path, **how: Any) -> None:
        self.data_dir = data_dir
        self.port = how.pop("port", None) or free_port()
        arguments = ["up", "--data-dir", str(data_dir), "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*how.pop("command", COMMAND), *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **how,
        )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        assert "listens" in self.first_line, self.process.communicate()[1]
        self.env = read_env(data_dir)

    def sql(self, query: str) -> list[Any]:
        with psycopg.connect(self.env["SUPABASE_DB_URL"], autocommit=True) as connection:
            cursor = connection.execute(query)  # type: ignore[call-overload]
            return list(cursor.fetchall()) if cursor.description else []

    def child(self, name: str) -> psutil.Process:
        """Find the postmaster or the API server of this stack."""
        if name == "postgres":
            return psutil.Process(
                int((self.data_dir / "pg" / "postmaster.pid").read_text().split()[0])
            )
        children = psutil.Process(self.process.pid).children(recursive=True)
        return next(child for child in children if "launcher.mjs" in " ".join(child.cmdline()))

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=60)
        return self.process.returncode


def processes_on(data_dir: Path) -> list[str]:
    """Return the command lines of processes that name a data directory, or sit in it."""
    found = []
    for process in psutil.process_iter(["cmdline", "pid"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(data_dir) in line and "pytest" not in line:
            found.append(line)
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cs-stack-") as name:
        yield Path(name)


@pytest.fixture
def up(folder: Path) -> Iterator[Callable[..., Running]]:
    """A function that starts stacks, all stopped in the end."""
    started: list[Running] = []

    def start(name: str = "data", **how: Any) -> Running:
        running = Running(folder / name, **how)
        started.append(running)
        return running

    yield start
    for running in started:
        if running.process.poll() is None:
            running.stop()
        subprocess.run(
            [*COMMAND, "reset", "--data-dir", str(running.data_dir)], cwd=ROOT, check=False
        )


def embedded(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_a_fresh_directory_has_the_schema_the_default_scorecard_and_no_suppliers(
    up: Callable[..., Running],
) -> None:
    stack = up()
    assert stack.sql("select version from scorecards") == [(1,)]
    assert stack.sql("select count(*) from suppliers") == [(0,)]
    assert set(stack.env) == {
        "SUPABASE_URL",
        "SUPABASE_PUBLISHABLE_KEY",
        "SUPABASE_SECRET_KEY",
        "SUPABASE_DB_URL",
        "CS_SMTP_URL",
        "CS_MAIL_FROM",
        "CS_ALERT_TO",
        "CS_BASE_URL",
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_all_of_it_and_keeps_the_data(
    number: int, up: Callable[..., Running]
) -> None:
    stack = up()
    stack.sql("insert into suppliers (id, business_name) values (gen_random_uuid(), 'Kept')")
    assert stack.stop(number) == 0
    assert processes_on(stack.data_dir) == []
    assert not (stack.data_dir / "env").exists()
    assert up().sql("select business_name from suppliers") == [("Kept",)]


@pytest.mark.parametrize("part", ["supervisor", "postgres", "node"])
def test_after_kill_9_of_any_part_the_next_up_recovers_with_the_data_intact(
    part: str, up: Callable[..., Running]
) -> None:
    stack = up()
    stack.sql("insert into suppliers (id, business_name) values (gen_random_uuid(), 'Kept')")
    if part == "supervisor":
        server = stack.child("node")
        stack.process.kill()
        stack.process.communicate()
        server.wait(20)  # notices that its parent is gone
    else:
        stack.child(part).kill()
        _, said = stack.process.communicate(timeout=60)
        assert stack.process.returncode == 1
        assert "The embedded stack stopped" in said
        assert processes_on(stack.data_dir) == []
    again = up()
    assert again.sql("select business_name from suppliers") == [("Kept",)]
    assert again.env["SUPABASE_SECRET_KEY"] == stack.env["SUPABASE_SECRET_KEY"]


def test_two_stacks_run_side_by_side_with_keys_of_their_own(up: Callable[..., Running]) -> None:
    one, other = up("one"), up("other")
    one.sql("insert into suppliers (id, business_name) values (gen_random_uuid(), 'Only here')")
    assert other.sql("select count(*) from suppliers") == [(0,)]
    assert not set(one.env.values()) & set(other.env.values()) - {
        one.env[name] for name in ("CS_MAIL_FROM", "CS_ALERT_TO", "CS_BASE_URL")
    }


def test_a_taken_port_is_said_in_one_line_with_what_to_do(
    up: Callable[..., Running], folder: Path
) -> None:
    stack = up()
    done = embedded("up", "--data-dir", str(folder / "other"), "--port", str(stack.port))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"Port {stack.port} is taken" in done.stderr
    assert "--port" in done.stderr


def test_a_directory_in_use_is_said_in_one_line(up: Callable[..., Running]) -> None:
    stack = up()
    done = embedded("up", "--data-dir", str(stack.data_dir), "--port", str(free_port()))
    assert done.returncode == 2
    assert "Another stack already runs on" in done.stderr
    assert read_env(stack.data_dir) == stack.env


def test_a_directory_with_other_files_is_left_alone(folder: Path) -> None:
    (folder / "thesis.txt").write_text("precious")
    for command in (["up", "--port", str(free_port())], ["reset"]):
        done = embedded(command[0], "--data-dir", str(folder), *command[1:])
        assert done.returncode == 2
        assert "holds files that are not an embedded stack's" in done.stderr
    assert [entry.name for entry in folder.iterdir()] == ["thesis.txt"]


def test_secrets_are_readable_by_their_owner_only(up: Callable[..., Running]) -> None:
    stack = up()
    for name in ("env", "secrets.json", "mail", "pg"):
        assert (stack.data_dir / name).stat().st_mode & 0o077 == 0, name
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(stack.env["SUPABASE_DB_URL"].replace("postgres:", "postgres:wrong", 1))


def ordinary_command() -> list[str]:
    """Return a Python that an ordinary user of this machine can start, with our libraries."""
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (os.path.realpath(sys.executable), f"/usr/bin/{minor}"):
        tried = (
            subprocess.run(
                [python, "-c", ""], user="nobody", group="nogroup", extra_groups=[], check=False
            )
            if os.access(python, os.X_OK)
            and all(folder.stat().st_mode & 0o001 for folder in Path(python).parents)
            else None
        )
        if tried is not None and tried.returncode == 0:
            return [python, "-m", "embedded"]
    pytest.skip("no Python here that another user may start")


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests already run as an ordinary user")
def test_under_root_it_also_works_for_an_ordinary_user(folder: Path) -> None:
    folder.chmod(0o777)
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    running = Running(
        folder / "theirs",
        command=ordinary_command(),
        user="nobody",
        group="nogroup",
        extra_groups=[],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{libraries}", "HOME": str(folder)},
    )
    assert (running.data_dir / "pg").owner() == "nobody"
    assert running.sql("select count(*) from suppliers") == [(0,)]
    assert running.stop() == 0


def send(stack: Running, subject: str) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", subject
    message.set_content("Hello")
    address = urlsplit(stack.env["CS_SMTP_URL"])
    with smtplib.SMTP(address.hostname or "", address.port or 0, timeout=30) as client:
        client.send_message(message)


def test_the_mail_sink_keeps_what_is_sent_and_misbehaves_on_demand(
    up: Callable[..., Running],
) -> None:
    stack = up()

    def kept() -> list[str]:
        return [path.read_text() for path in sorted((stack.data_dir / "mail").glob("*.eml"))]

    def tell(*words: str) -> None:
        assert embedded("smtp", "--data-dir", str(stack.data_dir), *words).returncode == 0

    send(stack, "one")
    assert "Subject: one" in kept()[0]
    tell("refuse")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(stack, "two")
    assert refused.value.smtp_code == 451
    tell("reject")
    with pytest.raises(smtplib.SMTPDataError) as rejected:
        send(stack, "three")
    assert rejected.value.smtp_code == 550
    tell("drop")
    with pytest.raises(smtplib.SMTPException):
        send(stack, "four")
    tell("delay", "0.2")
    send(stack, "five")
    tell("accept")
    send(stack, "six")
    assert [text.split("Subject: ")[1].split()[0] for text in kept()] == ["one", "five", "six"]


def test_seeding_fills_an_empty_stack_reproducibly_and_only_once(
    up: Callable[..., Running],
) -> None:
    one, other = up("one"), up("other")
    arguments = ["--suppliers", "60", "--days", "30", "--seed", "7", "--until", "2026-06-30"]
    dumps = []
    for stack in (one, other):
        done = embedded("seed", "--data-dir", str(stack.data_dir), *arguments)
        assert done.returncode == 0, done.stderr
        dumps.append(
            [
                stack.sql("select to_jsonb(s) - 'created_at' from suppliers s order by id"),
                stack.sql("select to_jsonb(e) - 'received_xid' from activity_events e order by id"),
            ]
        )
    assert dumps[0] == dumps[1]
    assert len(dumps[0][0]) == 60
    again = embedded("seed", "--data-dir", str(one.data_dir), *arguments)
    assert again.returncode == 2
    assert "already holds suppliers" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["seed", "--suppliers", "0"], "--suppliers must lie between"),
        (["seed", "--days", "99999"], "--days must lie between"),
        (["seed", "--seed", "-1"], "--seed must be 0 or more"),
        (["seed", "--until", "2099-01-01"], "lies in the future"),
        (["seed"], "No stack runs on"),
        (["up", "--port", "99999"], "is not a port number"),
        (["smtp", "explode"], "invalid choice"),
    ],
)
def test_wrong_usage_is_named_with_code_2(arguments: list[str], words: str, folder: Path) -> None:
    done = embedded(arguments[0], "--data-dir", str(folder / "none"), *arguments[1:])
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
