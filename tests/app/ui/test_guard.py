"""The guard that every page begins with."""

from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from tests.app.suppliers.list_page import query_of
from tests.support.dashboard import ROOT, words_of

PAGES = sorted((ROOT / "pages").glob("*.py"))
ADMINS_ONLY = """
import streamlit as st
from cs_app.ui.guard import require_person
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
    # Who is refused gets a page with a heading, too.
    assert ("For admins" in [one.value for one in page.title]) is not let_in


ASKED = "/suppliers?risk=critical&risk=at_risk&tier=basic&tier=premium&q=Rowan+%26+Fox&page=2"


def test_a_session_that_ended_leads_back_to_exactly_the_page_that_was_asked_for(
    open_page: Callable[..., AppTest], sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = urlsplit(ASKED)
    monkeypatch.setattr(ContextProxy, "url", property(lambda _: f"http://here{asked.path}"))
    page = open_page("a" * 43, "pages/suppliers.py", **parse_qs(asked.query))
    assert "your access was taken away" in words_of(page)
    (link,) = [one.proto.body for one in page.get("html") if "/sign-in?" in one.proto.body]
    address = urlsplit(unescape(link.split('href="')[1].split('"')[0]))
    (back,) = parse_qs(address.query)["next"]
    assert back == ASKED


def test_signing_in_leads_back_to_exactly_the_page_that_was_asked_for(
    web: Any, add_person: Callable[..., dict[str, str]]
) -> None:
    ada = add_person("ada@wedsync.example", "admin")
    to_sign_in = web.get(ASKED)
    assert to_sign_in.status_code == 303
    (back,) = parse_qs(urlsplit(to_sign_in.headers["Location"]).query)["next"]
    form = {"email": ada["email"], "password": ada["password"], "next": back}
    signed_in = web.post("/sign-in", data=form)
    assert unquote(signed_in.headers["Location"]) == unquote(ASKED)


def test_the_first_address_hands_on_every_parameter(
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
) -> None:
    cookie = cookie_of(add_person("ada@wedsync.example", "admin"))
    page = open_page(cookie, "cs_app/main.py", all="drops", some=["one", "two"])
    assert not page.exception
    assert query_of(page) == {"all": ["drops"], "some": ["one", "two"]}
