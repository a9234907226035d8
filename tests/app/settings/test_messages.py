"""What the settings say of what went wrong: true, as text, and no longer than it is so."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.settings import rescore
from cs_app.settings.templates import preview as template_preview
from cs_app.ui.markdown import plain
from cs_core.base.errors import StoreError
from cs_core.io.definitions import versions
from tests.app.settings.settings_page import field, publish
from tests.support.dashboard import as_seen, words_of
from tests.support.supplier_rows import add_known_supplier

SILENT = "silent_after_set_up"


@pytest.fixture
def answers_lost(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A function after which what is published is there, and nobody is told."""
    real = versions.call

    def lost(client: Any, what: str, function: str, *rest: Any, **how: Any) -> Any:
        answer = real(client, what, function, *rest, **how)
        if function in ("publish_definition", "definition_versions"):
            raise StoreError(what=what, reason="Supabase does not answer")
        return answer

    def lose() -> None:
        monkeypatch.setattr(versions, "call", lost)

    return lose


def published(sql: Any) -> int:
    (newest,) = sql.execute(
        "select max(version) from playbooks where name = %s", (SILENT,)
    ).fetchone()
    return int(newest)


def test_a_switch_whose_answer_is_lost_is_not_said_to_have_failed(
    open_settings: Callable[..., AppTest], sql: Any, answers_lost: Callable[[], None]
) -> None:
    page = open_settings("playbooks")
    page.button(key=f"switch-{SILENT}").click().run()
    answers_lost()
    page.button(key="switch-sure").click().run()
    assert published(sql) == 2
    said = as_seen(page.error[0].value)
    assert "Nothing was changed, as far as can be told." in said


@pytest.mark.parametrize("way", ["switched", "published"])
def test_an_undo_whose_answer_is_lost_is_not_said_to_have_failed(
    way: str, open_settings: Callable[..., AppTest], sql: Any, answers_lost: Callable[[], None]
) -> None:
    page = open_settings("playbooks", playbook=SILENT)
    if way == "switched":
        page.button(key=f"switch-{SILENT}").click().run()
        page.button(key="switch-sure").click().run()
    else:
        field(page, "number_input", "cool_down_days").set_value(20.0).run()
        publish(page)
    answers_lost()
    page.button(key="notice-undo").click().run()
    assert published(sql) == 3
    said = as_seen(page.warning[0].value)
    assert "Nothing was undone, as far as can be told." in said


def test_why_not_everybody_was_scored_is_text(
    open_settings: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = "permission denied for function begin_run."
    monkeypatch.setattr(
        rescore, "_current", rescore.Rescoring(3, scored=1, is_done=True, problem=problem)
    )
    assert plain(problem) in open_settings("scorecard").warning[0].value


def test_what_was_wrong_with_a_json_is_gone_once_the_form_says_something_else(
    open_settings: Callable[..., AppTest],
) -> None:
    page = open_settings("playbooks", playbook=SILENT)
    (written,) = [one for one in page.text_area if one.label == "Definition"]
    written.set_value(json.dumps([])).run()
    page.button(key="json-take").click().run()
    assert "Nothing was taken over." in words_of(page)
    field(page, "number_input", "cool_down_days").set_value(20.0).run()
    assert "Nothing was taken over." not in words_of(page)


def test_what_was_said_of_one_part_is_not_said_of_another(
    open_settings: Callable[..., AppTest],
) -> None:
    page = open_settings("playbooks")
    page.button(key=f"switch-{SILENT}").click().run()
    page.button(key="switch-sure").click().run()
    assert "is off" in page.success[0].value
    for part in ("people", "playbooks"):
        page.query_params["part"] = part
        page.run()
        assert not page.success


def test_a_test_mail_of_which_nobody_is_told_is_not_said_to_have_failed(
    open_settings: Callable[..., AppTest], sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(*_: Any) -> None:
        raise StoreError(what="Reading the test mail", reason="Supabase does not answer")

    add_known_supplier(sql)
    page = open_settings("templates", template="check_in")
    monkeypatch.setattr(template_preview, "read_test_mail", unread)
    page.button(key="test-mail").click().run()
    assert sql.execute("select status from outbox").fetchall() == [("sent",)]
    said = as_seen(page.warning[0].value)
    assert "Whether the test mail was sent could not be found out." in said
