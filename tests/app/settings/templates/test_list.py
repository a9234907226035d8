"""The list of templates, and what differs between versions."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.settings.templates.diff import diff_html
from cs_core.base.errors import StoreError
from cs_core.io.definitions import versions
from tests.app.settings.settings_page import SETTINGS, ada
from tests.app.settings.templates.template_page import open_template, publish_behind_the_back
from tests.support.dashboard import as_seen, plain, words_of

__all__ = ["ada", "open_template"]


# ============ the list ============


def test_all_templates_are_listed_with_what_sends_them(
    open_template: Callable[..., AppTest],
) -> None:
    page = open_template(None)
    said = plain(page)
    assert re.search(r"\d+ templates\.", said)
    assert "Playbook “Silent after set-up”" in said
    assert "The alert about critical suppliers" in said
    assert "Nothing by itself; people choose it when they write to a supplier" in said
    assert "The milestone “" in said
    assert 'href="/settings?part=templates&amp;template=come_back_tips"' in words_of(page)


def test_a_playbook_that_is_off_is_said_to_be(
    open_template: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute(
        "insert into playbooks (name, version, definition)"
        " select name, 2, definition || '{\"enabled\": false}' from playbooks"
        " where name = 'silent_after_set_up'"
    )
    assert "Playbook “Silent after set-up” (off)" in plain(open_template(None))


def test_an_analyst_sees_nothing_of_them(
    open_template: Callable[..., AppTest], analyst: str
) -> None:
    for name in (None, "check_in", "new"):
        page = open_template(name, analyst)
        assert page.info[0].value.startswith("Only people with the role admin")
        assert not page.text_area


def test_when_they_cannot_be_read_the_page_says_so(
    open_page: Callable[..., AppTest], cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError(what="Reading the templates", reason="Supabase does not answer")

    monkeypatch.setattr(versions, "call", fail)
    page = open_page(cookie, SETTINGS, part="templates")
    assert "Reading the templates failed" in as_seen(page.error[0].value)


def test_a_template_that_there_is_not_leads_to_the_list(
    open_template: Callable[..., AppTest],
) -> None:
    page = open_template("no_such")
    assert page.info[0].value == "There is no such template; here are all there are."
    assert "come_back_tips" in words_of(page)


def test_one_that_cannot_be_used_as_it_is_stored_is_marked(
    open_template: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    publish_behind_the_back(sql, ada["id"], "{{ nobody }}")
    assert "It cannot be used as it is stored." in plain(open_template(None))
    assert "nobody" in plain(open_template())


# ============ differences ============


def test_differences_are_shown_line_by_line_as_text() -> None:
    before = {"subject": "a", "body_text": "one\ntwo\nthree", "body_html": None}
    after = before | {"body_text": "one\n<b>2</b>\nthree", "body_html": "<p>x</p>"}
    shown = diff_html(before, after)
    assert "Subject" not in shown
    assert (
        'cs-line-gone"><i aria-hidden="true">-</i><span class="cs-unseen">gone: </span>two' in shown
    )
    assert "&lt;b&gt;2&lt;/b&gt;" in shown
    assert "<b>2</b>" not in shown
    assert "They say the same." in diff_html(before, before)
