"""The command that exports: its bytes, its options, and how it fails."""

import os
import signal
import subprocess
import sys

import pytest

from cs_core.io.export.tables import export_lines
from tests.conftest import ROOT
from tests.support.exported import LEVELS, add_many, add_score, parsed

__all__ = ["add_many", "add_score"]


@pytest.fixture
def run(stack, tmp_path):
    """A function that runs the command line in a folder of its own."""

    def command(*arguments, env=None, **how):
        return subprocess.run(
            [sys.executable, "-m", "cs_core", *arguments],
            capture_output=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | (stack.env if env is None else env),
            timeout=60,
            check=False,
            **how,
        )

    return command


def test_the_command_writes_the_same_bytes(add_supplier, add_score, run, service, tmp_path):
    for level in LEVELS:
        add_score(add_supplier(business_name=f"Zoë, {level} 💐"), level)
    expected = "".join(export_lines(service, "health")).encode()
    to_stdout = run("export", "health", env=None)
    assert (to_stdout.returncode, to_stdout.stderr) == (0, b"")
    assert to_stdout.stdout == expected
    to_file = run("export", "health", "--out", "health.csv")
    assert (to_file.returncode, to_file.stdout, to_file.stderr) == (0, b"", b"")
    assert (tmp_path / "health.csv").read_bytes() == expected
    assert [path.name for path in tmp_path.iterdir()] == ["health.csv"]


def test_the_bytes_are_utf_8_in_any_locale(add_supplier, add_score, run, stack, service):
    add_score(add_supplier(business_name="Zoë 💐"))
    done = run("export", "health", env=stack.env | {"PYTHONIOENCODING": "latin-1"})
    assert done.stdout == "".join(export_lines(service, "health")).encode()


def test_the_command_takes_day_and_level(add_supplier, add_score, run):
    supplier = add_supplier()
    add_score(supplier, "critical", "2026-02-01", current=False)
    add_score(add_supplier(), "healthy", "2026-02-01", current=False)
    done = run("export", "health", "--as-of", "2026-02-01", "--risk", "critical")
    assert [row["supplier_id"] for row in parsed(done.stdout.decode())] == [supplier]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["health", "--as-of", "2026-02-01"], "No scores are stored for 2026-02-01"),
        (["health", "--risk", "critical"], "No scores at level critical are stored"),
        (["milestones", "--as-of", "2026-02-01"], "There are no milestones up to 2026-02-01"),
    ],
)
def test_an_empty_export_is_the_header_and_a_line_that_says_so(sql, run, arguments, message):
    done = run("export", *arguments)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    [line] = done.stderr.decode().splitlines()
    assert line.startswith(message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["suppliers"], "'suppliers'"),
        (["health", "--risk", "bad"], "'bad'"),
        (["health", "--as-of", "22.11.2026"], "'22.11.2026' is not a date such as 2026-11-22"),
        (["health", "--as-of", "2999-01-01"], "--as-of 2999-01-01 lies in the future; today is "),
        (["health", "--out", "."], "is a directory"),
        (["health", "--out", "nowhere/health.csv"], "there is no directory"),
        ([], "dataset"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(run, tmp_path, arguments, message):
    done = run("export", *arguments)
    [line] = done.stderr.decode().splitlines()
    assert message in line
    assert (done.returncode, done.stdout) == (2, b"")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_setting_is_named_with_exit_2(run, stack):
    done = run("export", "health", env=stack.env | {"SUPABASE_SECRET_KEY": ""})
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("Setting SUPABASE_SECRET_KEY is missing")
    assert done.returncode == 2


def test_a_failed_export_is_one_line_and_leaves_the_old_file(run, stack, tmp_path):
    out = tmp_path / "health.csv"
    out.write_text("yesterday's")
    env = stack.env | {"SUPABASE_URL": "http://127.0.0.1:9"}
    done = run("export", "health", "--out", str(out), env=env)
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("Exporting health failed: Supabase does not answer")
    assert done.returncode == 1
    assert out.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [out]


def test_a_link_stays_a_link_and_a_device_a_device(sql, run, tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "target.csv")
    assert run("export", "health", "--out", "link.csv").returncode == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "target.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert run("export", "health", "--out", "/dev/stdout").stdout.startswith(b"\xef\xbb\xbf")


def test_a_reader_that_goes_away_ends_it_quietly(add_many, stack, tmp_path):
    add_many(3000)
    with subprocess.Popen(
        [sys.executable, "-m", "cs_core", "export", "health"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | stack.env,
    ) as process:
        assert process.stdout.readline().startswith(b"\xef\xbb\xbf")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 128 + signal.SIGPIPE


def test_help_names_every_option_and_needs_no_settings(run):
    text = run("export", "--help", env={}).stdout.decode()
    for word in ("--as-of", "--risk", "--out", "health", "interventions", "milestones"):
        assert word in text
