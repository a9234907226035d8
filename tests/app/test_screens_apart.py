"""Screens share what is common and know nothing of each other's insides."""

import ast
from pathlib import Path

import pytest

from tests.app.conftest import ROOT

# The supplier list's modules; the others that begin with supplier_ are one supplier's page.
LIST = {
    *("supplier_list", "supplier_table", "supplier_tiles", "supplier_filters", "supplier_bulk"),
    *("supplier_selection", "supplier_none", "bulk_dialog", "bulk_draft", "bulk_run"),
    *("bulk_words", "filter_words", "saved_views", "list_address"),
}
PREFIXES = ("today_", "intervention_", "milestone_", "supplier_")
# The downloads give what the screens show, so that they read the addresses of several.
MODULES = sorted(
    path for path in (ROOT / "cs_app").glob("*.py") if not path.stem.startswith("export_")
)


def screen_of(module: str) -> str | None:
    """The screen that a module belongs to; None for what screens share."""
    if module in LIST:
        return "suppliers"
    return next((prefix for prefix in PREFIXES if module.startswith(prefix)), None)


def imported_by(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cs_app"):
            module = str(node.module).partition(".")[2]
            found |= {module} if module else {name.name for name in node.names}
    return found


def test_every_screen_has_modules() -> None:
    assert {screen_of(path.stem) for path in MODULES} == {*PREFIXES, "suppliers", None}
    assert {path.stem for path in MODULES} >= LIST


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_nothing_of_another_screen(path: Path) -> None:
    mine = screen_of(path.stem)
    screens = {screen_of(module) for module in imported_by(path)} - {None}
    assert screens <= {mine}, f"{path.name} imports from {screens - {mine}}"
