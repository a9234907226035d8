"""README and code must say the same."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cs_core.io.base.config import MAIL_SETTINGS, SETTINGS
from tests.conftest import ROOT

REQUIREMENTS = ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """Return the text under a heading, up to the next one of its kind."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.M | re.S)
    assert found, title
    return found[1]


def help_of(*command: str) -> str:
    return subprocess.run(
        [sys.executable, *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def options_of(*command: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]+", help_of(*command))) - {"--help"}


def test_every_make_target_is_explained() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M)
    assert targets
    for target in targets:
        assert f"`make {target}`" in section("Two commands"), target


def test_every_setting_is_explained_and_none_that_is_not_read() -> None:
    table = re.findall(r"^\s*\| `([A-Z_]+)` \|", section("A real Supabase project"), re.M)
    assert set(table) == {setting.name for setting in (*SETTINGS, *MAIL_SETTINGS)}


def test_every_option_of_the_daily_run_is_explained() -> None:
    assert options_of("daily_scoring.py") == set(
        re.findall(r"^\| `(--[a-z-]+)` \|", section("The daily run"), re.M)
    )


@pytest.mark.parametrize(
    "command",
    [
        "export",
        "create-user",
        "last-run",
        "contact",
        "send-mail",
        "mail",
        "retry-mail",
        "show",
        "publish",
    ],
)
def test_every_command_of_cs_core_is_explained(command: str) -> None:
    assert f"python -m cs_core {command}" in README
    assert command in help_of("-m", "cs_core")


@pytest.mark.parametrize("command", ["up", "seed", "replay", "smtp", "reset"])
def test_every_command_of_the_embedded_stack_is_explained(command: str) -> None:
    assert f"python -m embedded {command}" in section("For developers")
    help_of("-m", "embedded", command)


def test_every_dependency_has_its_reason_and_an_exact_pin() -> None:
    reasons = section("Decisions")
    for name in REQUIREMENTS:
        for line in (ROOT / name).read_text().splitlines():
            if not line or line.startswith(("#", "-")):
                continue
            package, _, version = line.partition("==")
            assert version, line
            assert package.split("[")[0] in reasons, package


def test_the_pins_of_direct_dependencies_are_those_of_the_constraints() -> None:
    pinned = set((ROOT / "constraints.txt").read_text().splitlines())
    for name in REQUIREMENTS:
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                assert re.sub(r"\[.*\]", "", line) in pinned, line


def test_links_and_pictures_of_the_readme_exist() -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README)
    for target in targets:
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target
    anchors = re.findall(r"\]\(#([^)]+)\)", README)
    titles = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^##+ (.+)$", README, re.M)
    }
    assert set(anchors) <= titles


def test_every_module_the_layout_names_is_there() -> None:
    for name in re.findall(r"^([a-z_]+(?:\.py|/)(?:[a-z]+/)?) ", section("For developers"), re.M):
        assert (ROOT / name).exists(), name


def test_every_error_of_the_troubleshooting_table_is_one_the_program_gives() -> None:
    code = (
        "\n".join(
            path.read_text(encoding="utf-8")
            for folder in ("cs_core", "cs_app", "embedded", "sql")
            for path in Path(ROOT / folder).rglob("*")
            if path.suffix in {".py", ".sql"}
        )
        + (ROOT / "Makefile").read_text()
    )
    for message in re.findall(r"^\| `([^`]+)` \|", section("Troubleshooting"), re.M):
        # Messages carry facts; each must contain a run of words that stands in the code.
        words = re.sub(
            r"54321|\.data|SUPABASE_SECRET_KEY|CS_(?:SMTP|BASE)_URL", "\0", message
        ).split("\0")
        longest = max(words, key=len).strip()
        assert longest in code, message


def test_python_is_the_one_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11"
    assert "Python 3.11 or newer" in README
