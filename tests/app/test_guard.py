"""The guard that every page begins with."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import ROOT, words_of

PAGES = sorted((ROOT / "pages").glob("*.py"))
ADMINS_ONLY = """
import streamlit as st
from cs_app.guard import require_person
person = require_person(role="admin")
st.title(f"for {person.email}")
"""


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_the_first_act_of_every_page_is_the_guard(page: Path) -> None:
    statements = [
        line
        for line in page.read_text().split('"""', 2)[2].splitlines()
        if line and not line.startswith(("import ", "from ", " ", ")", "#"))
    ]
    assert statements[0].startswith("person = require_person(")


@pytest.mark.parametrize(("role", "let_in"), [("admin", True), ("analyst", False)])
def test_a_page_for_admins_lets_only_them_in(
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
    tmp_path: Path,
    role: str,
    let_in: bool,
) -> None:
    script = tmp_path / "admins.py"
    script.write_text(ADMINS_ONLY)
    page = open_page(cookie_of(add_person("someone@wedsync.example", role)), str(script))
    assert not page.exception
    assert ("for someone@wedsync.example" in words_of(page)) is let_in
    assert ("Only people with the role admin" in words_of(page)) is not let_in
