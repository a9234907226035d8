"""Docs and code must say the same."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cs_app.downloads.figures import DAYS, MOVES, SCORES
from cs_core.io.base.config import MAIL_SETTINGS, SETTINGS
from cs_core.io.export.tables import DATASETS
from tests.support.docs import EVERYTHING, PAGES, PICTURES, ROOT, section, shown_pictures

MOST_PICTURES = 40
MAKEFILE = (ROOT / "Makefile").read_text()
FOLDERS = "benchmarks|cs_app|cs_core|deploy|docs|embedded|pages|sql|tests"
# A path, and after a colon a name that stands in that file. `<screen>` stands for any.
PATH = re.compile(rf"((?:{FOLDERS})/[\w./@*-]+|[\w.-]+\.(?:py|md|toml|txt))(?::(\w+))?")


def help_of(*command: str) -> str:
    return subprocess.run(
        [sys.executable, *command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def options_of(*command: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]+", help_of(*command))) - {"--help"}


# ---- what the docs name is there ----


def without_blocks(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)


def named(page: str) -> set[str]:
    """What stands in backticks on a page, code blocks left out."""
    return set(re.findall(r"`([^`\n]+)`", without_blocks(PAGES[page])))


def paths(page: str) -> list[tuple[str, str]]:
    """The paths that a page names, each with the name it says is in there."""
    matches = (PATH.fullmatch(words) for words in named(page))
    return [(match[1], match[2] or "") for match in matches if match]


def is_there(path: str, page: str) -> bool:
    # Of a module a page may give the bare name, of a template's folder its files.
    return any(any(folder.glob(path)) for folder in (ROOT, ROOT / Path(page).parent)) or (
        "/" not in path and any(ROOT.glob(f"[!.e]*/**/{path}"))
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_path_exists_and_holds_the_name_it_is_given_for(page: str) -> None:
    for path, name in paths(page):
        assert is_there(path, page), path
        if name:
            text = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"\b{name}\b", text), f"{path}:{name}"


def test_the_paths_are_found_at_all() -> None:
    assert ("cs_core/score/scoring.py", "DUST") in paths("docs/decisions.md")
    assert len(paths("docs/glossary.md")) > 80


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_links_pictures_and_anchors_exist(page: str) -> None:
    text = PAGES.get(page) or (ROOT / page).read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", without_blocks(text)):
        if target.startswith("http"):
            continue
        found = (ROOT / page).parent / target if target else ROOT / page
        assert found.exists(), target
        if anchor:
            assert anchor in anchors_of(found.read_text(encoding="utf-8")), f"{target}#{anchor}"


def anchors_of(text: str) -> set[str]:
    titles = re.findall(r"^##* (.+)$", without_blocks(text), re.M)
    slugs = {re.sub(r"[^a-z0-9_ -]", "", title.lower()).replace(" ", "-") for title in titles}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))
    blocks = "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```", EVERYTHING, re.M | re.S))
    found = set(re.findall(r"`make ([a-z-]+)", EVERYTHING))
    assert "run" in found
    assert found | set(re.findall(r"^ *make ([a-z-]+)", blocks, re.M)) <= targets


def test_every_command_that_is_named_exists_with_its_options() -> None:
    lines = re.findall(r"python3? (-m cs_core [a-z-]+|daily_scoring\.py)([^|`>#\n]*)", EVERYTHING)
    assert len(lines) > 20
    known = {command: options_of(*command.split()) for command, _ in lines}
    for command, rest in lines:
        assert set(re.findall(r"(?<!\S)--[a-z-]+", rest)) <= known[command], (command, rest)


# ---- what there is stands in the docs ----


def test_every_make_target_is_explained() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.M)
    assert targets
    for target in targets:
        assert f"`make {target}" in section("README.md", "Two commands"), target


def test_every_setting_is_explained_and_none_that_is_not_read() -> None:
    text = section("docs/operators.md", "A real Supabase project")
    table = re.findall(r"^\s*\| `([A-Z_]+)` \|", text, re.M)
    assert set(table) == {setting.name for setting in (*SETTINGS, *MAIL_SETTINGS)}


def test_every_option_of_the_daily_run_is_explained() -> None:
    text = section("docs/operators.md", "The daily run")
    assert options_of("daily_scoring.py") == set(re.findall(r"^\| `(--[a-z-]+)` \|", text, re.M))


def commands_of(module: str) -> list[str]:
    found = re.findall(r"^ {2,6}([a-z][a-z-]+)(?: {2}|$)", help_of("-m", module), re.M)
    assert found
    return found


def test_every_command_of_cs_core_is_explained() -> None:
    commands = commands_of("cs_core")
    assert {"export", "create-user", "last-run", "contact", "send-mail"} <= set(commands)
    assert {"mail", "retry-mail", "show", "publish"} <= set(commands)
    for command in commands:
        assert re.search(rf"python -m cs_core {command}\b", EVERYTHING), command


@pytest.mark.parametrize("command", ["up", "seed", "replay", "smtp", "reset"])
def test_every_command_of_the_embedded_stack_is_explained(command: str) -> None:
    text = section("docs/developers.md", "The embedded stack")
    assert f"python -m embedded {command}" in text
    help_of("-m", "embedded", command)


def test_every_dependency_has_its_reason_and_an_exact_pin() -> None:
    reasons = section("docs/decisions.md", "Dependencies")
    for path in ROOT.glob("requirements*.txt"):
        for line in path.read_text().splitlines():
            if not line or line.startswith(("#", "-")):
                continue
            package, _, version = line.partition("==")
            assert version, line
            assert package.split("[")[0] in reasons, package


def test_the_pins_of_direct_dependencies_are_those_of_the_constraints() -> None:
    pinned = set((ROOT / "constraints.txt").read_text().splitlines())
    for path in ROOT.glob("requirements*.txt"):
        for line in path.read_text().splitlines():
            if line and not line.startswith(("#", "-")):
                assert re.sub(r"\[.*\]", "", line) in pinned, line


@pytest.mark.parametrize("data_set", DATASETS)
def test_every_column_of_an_export_is_explained_and_no_other(data_set: str) -> None:
    rows = re.findall(
        r"^\| (`.+?`) \|", section("docs/analysts.md", f"Columns of {data_set}"), re.M
    )
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == set(DATASETS[data_set].header)


def test_the_columns_of_the_small_exports_are_named() -> None:
    text = section("docs/analysts.md", "Columns of days, moves, scores and audit")
    text += section("docs/analysts.md", "Columns of health")
    for column in {*DAYS, *MOVES, *SCORES}:
        assert f"`{column}`" in text, column


def test_every_table_stands_in_the_data_model_with_its_columns_and_no_other_table() -> None:
    text = PAGES["docs/data-model.md"]
    schemas = sorted((ROOT / "sql" / "supabase" / "schemas").glob("*.sql"))
    sql = "\n".join(path.read_text(encoding="utf-8") for path in schemas)
    created = re.findall(
        r"^create (?:unlogged )?table (?:public\.)?([\w.]+) \((.*?)^\)", sql, re.M | re.S
    )
    assert len(created) > 30
    described = dict(re.findall(r"^\| `([\w.]+)` \| [^|]+ \| (.+) \|$", text, re.M))
    # These two are the product's; they are made by a loop.
    assert set(described) == {name for name, _ in created} | {"suppliers", "user_profiles"}
    like = described["customer_health"] + described["current_health"]
    for name, body in created:
        columns = re.findall(r"^  ([a-z_]+) (?!key|\()", body, re.M)
        for column in set(columns) - {"constraint", "primary", "unique", "or"}:
            told = like if name == "current_health" else described[name]
            assert f"`{column}`" in told, f"{name}.{column}"
    for path in schemas:
        assert path.name in text, path.name


def test_every_module_the_layout_names_is_there() -> None:
    found = re.findall(
        r"^([a-z_]+(?:\.py|/)(?:[a-z]+/)?) ", section("docs/developers.md", "Layout"), re.M
    )
    assert found
    for name in found:
        assert (ROOT / name).exists(), name


def test_every_error_of_the_troubleshooting_table_is_one_the_program_gives() -> None:
    code = (
        "\n".join(
            path.read_text(encoding="utf-8")
            for folder in ("cs_core", "cs_app", "embedded", "sql")
            for path in Path(ROOT / folder).rglob("*")
            if path.suffix in {".py", ".sql"}
        )
        + MAKEFILE
    )
    messages = re.findall(
        r"^\| `([^`]+)` \|", section("docs/operators.md", "Troubleshooting"), re.M
    )
    assert messages
    for message in messages:
        # Messages carry facts; each must contain a run of words that stands in the code.
        words = re.sub(
            r"54321|\.data|SUPABASE_SECRET_KEY|CS_(?:SMTP|BASE)_URL", "\0", message
        ).split("\0")
        longest = max(words, key=len).strip()
        assert longest in code, message


def test_python_is_the_one_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11"
    assert "Python 3.11 or newer" in PAGES["README.md"]


# ---- the docs themselves ----


def test_the_readme_is_short_and_leads_to_every_page() -> None:
    assert len(PAGES["README.md"].splitlines()) <= 150
    for page in PAGES:
        assert page == "README.md" or f"({page}" in PAGES["README.md"], page


def test_the_pictures_are_those_that_are_shown_and_not_too_many() -> None:
    there = {path.name for path in PICTURES.iterdir()}
    assert there == shown_pictures()
    assert len(there) <= MOST_PICTURES


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_path_of_somebodys_machine(page: str) -> None:
    assert not re.search(r"/(?:root|home|work|tmp|Users)/", PAGES[page])
