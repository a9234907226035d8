"""`make run`, on a small world."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from embedded.postgres import free_port
from embedded.stack import Stack
from tests.conftest import ROOT
from tests.embedded.test_stack import processes_on

pytestmark = pytest.mark.slow


class Demo:
    """One `make run`, read up to its welcome."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.web_port = free_port()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "embedded", "demo", "--data-dir", str(data_dir)),
                *("--port", str(free_port()), "--web-port", str(self.web_port)),
                *("--suppliers", "60", "--days", "40", "--history-days", "5"),
                *("--outreach-days", "3"),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if "Ctrl-C stops everything" in line:
                return
        raise AssertionError(self.said)

    def stop(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)
        self.said += self.process.communicate(timeout=60)[0]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cs-demo-") as name:
        yield Path(name) / "data"


def test_the_first_start_makes_the_world_and_the_second_finds_it(data_dir: Path) -> None:
    first = Demo(data_dir)
    try:
        assert "Making a demo world: 60 suppliers" in first.said
        assert f"http://localhost:{first.web_port}" in first.said
        people = re.findall(r"(admin|analyst) +(\S+@\S+) +password (\S{8,})", first.said)
        assert [role for role, _, _ in people] == ["admin", "admin", "admin", "analyst"]
        with urllib.request.urlopen(f"http://localhost:{first.web_port}/", timeout=30) as page:
            assert "sign-in" in page.url
    finally:
        first.stop()
    assert first.process.returncode == 0, first.said
    assert processes_on(data_dir) == []

    second = Demo(data_dir)
    second.stop(signal.SIGTERM)
    assert second.process.returncode == 0
    assert "Making a demo world" not in second.said
    assert people[0][2] in second.said
    assert "changed level" in second.said
    assert processes_on(data_dir) == []


def test_a_first_start_that_was_interrupted_is_taken_up_again(data_dir: Path) -> None:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "embedded", "demo", "--data-dir", str(data_dir)),
            *("--port", str(free_port()), "--web-port", str(free_port()), "--suppliers", "300"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Scoring "):
            process.send_signal(signal.SIGINT)
            break
        assert "Ctrl-C stops everything" not in line, "it was not interrupted"
    process.communicate(timeout=60)
    assert process.returncode == 0
    again = Demo(data_dir)
    again.stop()
    assert "Making a demo world: 60 suppliers" in again.said
    assert "Scored 5" in again.said or "Scored 4" in again.said


def test_a_taken_web_port_is_said_in_one_line_before_anything_starts(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "embedded", "demo", "--data-dir", str(data_dir)),
                *("--port", str(free_port()), "--web-port", str(port)),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"Port {port} is taken" in done.stderr
    assert "make run WEB_PORT=N" in done.stderr
    assert not data_dir.exists()


def test_a_directory_with_somebody_elses_suppliers_is_left_alone(data_dir: Path) -> None:
    stack = Stack(data_dir, free_port())
    stack.start()
    insert = "insert into suppliers (id, business_name) values (gen_random_uuid(), 'Precious')"
    with psycopg.connect(stack.env["SUPABASE_DB_URL"], autocommit=True) as connection:
        connection.execute(insert)
    stack.stop()
    command = [sys.executable, "-m", "embedded", "demo", "--data-dir", str(data_dir)]
    done = subprocess.run(
        [*command, "--port", str(free_port()), "--web-port", str(free_port())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "suppliers or sign-ins that no demo made" in done.stderr
    stack.start()
    with psycopg.connect(stack.env["SUPABASE_DB_URL"]) as connection:
        assert connection.execute("select business_name from suppliers").fetchall() == [
            ("Precious",)
        ]
    stack.stop()


def test_after_kill_9_the_next_start_finds_its_ports_free(data_dir: Path) -> None:
    first = Demo(data_dir)
    children = psutil.Process(first.process.pid).children(recursive=True)
    first.process.kill()
    first.process.communicate()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert [child.cmdline() for child in alive] == []
    second = Demo(data_dir)
    second.stop()
    assert second.process.returncode == 0
