"""New playbooks, new versions and old ones, and two who edit at once."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.app.settings.playbooks.playbook_page import (
    SILENT,
    newest,
    open_playbooks,
    publish_behind_the_back,
)
from tests.app.settings.settings_page import ada, field, publish, wrongs
from tests.support.dashboard import as_seen, plain

__all__ = ["ada", "open_playbooks"]


def test_who_is_late_is_told_loses_nothing_and_can_go_on(
    open_playbooks: Callable[..., AppTest], sql: Any, add_person: Callable[..., dict[str, str]]
) -> None:
    grace = add_person("grace@wedsync.example", "admin")
    page = open_playbooks(SILENT)
    field(page, "number_input", "cool_down_days").set_value(20.0).run()
    publish_behind_the_back(sql, grace["id"], SILENT, priority=3)
    page.run()
    said = as_seen(page.warning[0].value)
    assert "grace@wedsync.example published version 2" in said
    assert "Priority 3 instead of 20" in said
    page.button(key="bring-forward").click().run()
    assert field(page, "number_input", "cool_down_days").value == 20
    assert field(page, "number_input", "priority").value == 3
    publish(page, "Both")
    version, definition, _ = newest(sql, SILENT)
    assert (version, definition["cool_down_days"], definition["priority"]) == (3, 20, 3)


def test_going_back_publishes_the_old_content_as_a_new_version(
    open_playbooks: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    publish_behind_the_back(sql, ada["id"], SILENT, cool_down_days=99)
    page = open_playbooks(SILENT)
    assert "Cool-down of 99 days instead of 14" in plain(page)
    page.button(key="go-back-1").click().run()
    assert field(page, "number_input", "cool_down_days").value == 14
    page.button(key="publish").click().run()
    page.button(key="publish-sure").click().run()
    version, definition, note = newest(sql, SILENT)
    assert (version, definition["cool_down_days"], note) == (3, 14, "Back to version 1")


def test_undoing_a_new_title_names_the_old_one(
    open_playbooks: Callable[..., AppTest],
) -> None:
    page = open_playbooks(SILENT)
    title = field(page, "text_input", "-title")
    before = title.value
    title.set_value("Quiet as a mouse").run()
    page = publish(page, "A better name")
    assert "“Quiet as a mouse” is in force." in as_seen(page.success[0].value)
    page.button(key="notice-undo").click().run()
    said = as_seen(page.success[0].value)
    assert said == f"Version 3 of “{before}” is in force and says what version 1 said."


def test_a_new_playbook_is_made_turned_off(
    open_playbooks: Callable[..., AppTest], sql: Any
) -> None:
    page = open_playbooks("new")
    assert wrongs(page) == []  # nobody has done anything wrong yet
    field(page, "checkbox", "does-call").check().run()
    assert wrongs(page) == ["✕ Is empty; give it one such as Quiet florists."]
    field(page, "text_input", "-title").set_value("sharp drop within a WEEK").run()
    assert wrongs(page) == ["✕ Is taken by another playbook; choose another."]
    field(page, "text_input", "-title").set_value("123").run()
    assert wrongs(page) == ["✕ Needs a letter from a to z."]
    field(page, "text_input", "-title").set_value("Quiet florists").run()
    page.run()
    assert wrongs(page) == []
    publish(page, "New")
    version, definition, _ = newest(sql, "quiet_florists")
    assert (version, definition["enabled"]) == (1, False)
    assert page.query_params["playbook"] == "quiet_florists"
    assert "Quiet florists off" in plain(open_playbooks())


def test_edits_survive_a_reload_until_they_are_discarded(
    open_playbooks: Callable[..., AppTest],
) -> None:
    page = open_playbooks(SILENT)
    field(page, "number_input", "cool_down_days").set_value(20.0).run()
    again = open_playbooks(SILENT)
    assert field(again, "number_input", "cool_down_days").value == 20
    again.button(key="discard").click().run()
    assert field(again, "number_input", "cool_down_days").value == 14


def test_a_new_playbook_never_takes_the_place_of_another(
    open_playbooks: Callable[..., AppTest], sql: Any
) -> None:
    page = open_playbooks("new")
    field(page, "checkbox", "does-call").check().run()
    field(page, "text_input", "-title").set_value("Sharp drop").run()
    publish(page, "New")
    assert newest(sql, "sharp_drop")[0] == 1
    version, definition, _ = newest(sql, "sharp_drop_2")
    assert (version, definition["title"]) == (1, "Sharp drop")
    assert page.query_params["playbook"] == "sharp_drop_2"
