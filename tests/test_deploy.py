"""The files of deploy/ do what they say: their commands, options, paths and settings exist."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cs_core.io.base.config import MAIL_SETTINGS, SETTINGS
from embedded.postgres import free_port
from embedded.stack import Stack
from tests.conftest import ROOT
from tests.support.docs import EVERYTHING
from tests.test_docs import help_of, options_of

DEPLOY = ROOT / "deploy"
HOME = "/srv/customer-success"
UNITS = sorted((DEPLOY / "systemd").iterdir())
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
WORKFLOW: dict[Any, Any] = yaml.safe_load((DEPLOY / "github-actions.yml").read_text())
JOBS = WORKFLOW["jobs"]


def lines(name: str) -> list[str]:
    """The lines of the Dockerfile with one instruction, joined where they go on."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.+)$", joined, re.M)


def commands() -> list[tuple[str, list[str]]]:
    """Every command of ours that a file of deploy/ runs, and the file."""
    found = [
        (unit.name, shlex.split(line.replace(f"{HOME}/.venv/bin/", "").replace("%i", "8501")))
        for unit in UNITS
        for line in re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.M)
    ]
    found += [
        ("github-actions.yml", shlex.split(step["run"]))
        for job in JOBS.values()
        for step in job["steps"]
        if "run" in step and "pip" not in step["run"]
    ]
    found += [("Dockerfile", yaml.safe_load(line)) for line in lines("CMD") if "[" in line]
    found += [
        ("Dockerfile", shlex.split(line))
        for line in re.findall(r"customer-success (python .+)$", DOCKERFILE, re.M)
    ]
    return found


@pytest.mark.parametrize(("file", "command"), commands())
def test_every_command_exists_with_its_options(file: str, command: list[str]) -> None:
    options = {word.split("=")[0] for word in command if word.startswith("--")}
    if command[0] == "streamlit":
        known = set(re.findall(r"--[a-z][A-Za-z.-]+", help_of("-m", "streamlit", "run")))
        assert (ROOT / command[2]).exists(), file
    elif command[1] == "-m":
        assert command[2] == "cs_core", file
        assert command[3] in help_of("-m", "cs_core"), file
        known = options_of("-m", "cs_core", command[3])
    else:
        known = options_of(command[1])
    assert options <= known, file


def test_every_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text()
        assert f"{HOME}/" in text or unit.suffix == ".timer"
        (tmp_path / unit.name).write_text(text.replace(HOME, str(ROOT)))
    for timer in (unit for unit in UNITS if unit.suffix == ".timer"):
        assert (tmp_path / timer.with_suffix(".service").name).exists()
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    files = [str(tmp_path / unit.name) for unit in UNITS]
    checked = subprocess.run(
        ["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    for moment in re.findall(r"^OnCalendar=(.+)$", "\n".join(u.read_text() for u in UNITS), re.M):
        subprocess.run(["systemd-analyze", "calendar", moment], check=True, capture_output=True)


def test_the_workflow_hands_on_every_setting_and_runs_on_its_own_schedules() -> None:
    of_the_dashboard_alone = {"CS_API_PER_MINUTE"}
    names = {setting.name for setting in (*SETTINGS, *MAIL_SETTINGS)} - of_the_dashboard_alone
    assert WORKFLOW["env"] == {name: f"${{{{ secrets.{name} }}}}" for name in names}
    # In YAML 1.1, which this reader speaks, a bare `on` is true.
    schedules = {entry["cron"] for entry in WORKFLOW[True]["schedule"]}
    asked = set(re.findall(r"schedule == '([^']+)'", str(JOBS)))
    assert asked == schedules
    choices = WORKFLOW[True]["workflow_dispatch"]["inputs"]["job"]["options"]
    assert set(choices) == set(JOBS) == set(re.findall(r"inputs.job == '([^']+)'", str(JOBS)))


def test_the_workflow_may_only_read_and_runs_no_action_that_can_be_changed_under_it() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    for job in JOBS.values():
        assert "permissions" not in job
        assert job["concurrency"]["cancel-in-progress"] is False
        actions = [step for step in job["steps"] if "uses" in step]
        assert all(re.search(r"@[0-9a-f]{40}$", step["uses"]) for step in actions)
        assert actions[0]["with"]["persist-credentials"] is False


# ---- the image, without docker: its files alone in a folder, and its commands run there ----


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the Dockerfile copies, and nothing else."""
    folder = tmp_path_factory.mktemp("image")
    for line in lines("COPY"):
        *sources, target = line.split()
        for source in sources:
            copied = ROOT / source
            assert copied.exists(), source
            if copied.is_dir():
                shutil.copytree(copied, folder / target)
            else:
                shutil.copy(copied, folder / target)
    return folder


def test_the_image_is_pinned_not_root_and_holds_no_settings() -> None:
    (base,) = lines("FROM")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version = re.fullmatch(r"python:(\d+\.\d+)\.\d+-slim-\w+", base)
    assert version
    assert f">={version[1]}" == project["requires-python"]
    assert DOCKERFILE.index("\nUSER ") < DOCKERFILE.index("\nCMD ")
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    copied = {source for line in lines("COPY") for source in line.split()[:-1]}
    assert "*" in ignored
    assert allowed == copied


def run_in(folder: Path, stack: Stack, command: list[str]) -> "subprocess.CompletedProcess[str]":
    assert command[0] == "python"
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | stack.env
    return subprocess.run(
        [sys.executable, *command[1:]],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_steps_of_the_workflow_work_with_the_files_of_the_image(
    image: Path, stack: Stack, sql: Any, add_supplier: Any
) -> None:
    add_supplier()
    for job in JOBS.values():
        for step in job["steps"]:
            if "run" in step and "pip" not in step["run"]:
                done = run_in(image, stack, shlex.split(step["run"]))
                assert done.returncode == 0, done.stderr
    assert sql.execute("select status from runs").fetchall() == [("done",)]


@pytest.fixture
def container(image: Path, stack: Stack) -> Iterator[int]:
    """The image's server; its port."""
    port = free_port()
    (command,) = [yaml.safe_load(line) for line in lines("CMD")]
    assert command[0] == "streamlit"
    server = subprocess.Popen(
        [sys.executable, "-m", *command, f"--server.port={port}"],
        cwd=image,
        env=os.environ | stack.env | {"CS_BASE_URL": f"http://localhost:{port}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield port
    server.terminate()
    server.wait(15)


def test_the_image_starts_and_its_health_check_says_so(image: Path, container: int) -> None:
    (line,) = lines("HEALTHCHECK")
    check = yaml.safe_load(line[line.index("[") :])
    script = check[2].replace("8501", str(container))

    def is_healthy() -> bool:
        return subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

    tries = 0
    while not is_healthy():
        tries += 1
        assert tries < 200
    with urllib.request.urlopen(f"http://127.0.0.1:{container}/sign-in", timeout=20) as answer:
        assert b"Sign in" in answer.read()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{container}/api/nothing", timeout=20)


def test_the_docs_name_every_file_of_deploy_and_no_other() -> None:
    files = {str(path.relative_to(ROOT)) for path in DEPLOY.rglob("*") if path.is_file()} - {
        "deploy/Dockerfile.dockerignore"
    }
    named = set(re.findall(r"deploy/[A-Za-z0-9@._/-]*[A-Za-z0-9]", EVERYTHING))
    named |= {str(path.relative_to(ROOT)) for one in named for path in ROOT.glob(f"{one}/*")}
    assert files <= named
    assert all((ROOT / one).exists() for one in named)


def test_no_file_of_deploy_names_a_path_of_somebodys_machine() -> None:
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            assert not re.search(r"/(root|home|work|tmp|Users)/", path.read_text()), path
