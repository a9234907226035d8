"""A playbook as it is edited, and whom it would match."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.settings.playbooks import preview as playbook_preview
from cs_core.base.errors import StoreError
from tests.app.settings.playbooks.playbook_page import SILENT, newest, open_playbooks
from tests.app.settings.settings_page import ada, field, publish, wrongs
from tests.support.dashboard import as_seen, plain, words_of
from tests.support.health_rows import add_scored_supplier

__all__ = ["ada", "open_playbooks"]


# ============ the form ============


@pytest.mark.parametrize(
    "name",
    [
        *("became_critical", "trial_ending", "silent_after_set_up"),
        *("sharp_drop", "no_clients_yet", "low_adoption"),
    ],
)
def test_every_seed_is_shown_in_fields_without_changing_it(
    name: str, open_playbooks: Callable[..., AppTest]
) -> None:
    page = open_playbooks(name)
    page.run()  # now every field gives what it shows
    assert not page.exception
    assert wrongs(page) == []
    assert not [button for button in page.button if button.key == "publish"]


def test_figures_and_conditions_are_changed_and_published(
    open_playbooks: Callable[..., AppTest], sql: Any
) -> None:
    page = open_playbooks(SILENT)
    field(page, "number_input", "conditions[1]-days_silent-one").set_value(10.0).run()
    field(page, "number_input", "holdout_percent").set_value(12.5).run()
    field(page, "selectbox", "conditions[1]-days_silent-how").set_value("above").run()
    assert "more than 10 days without a login" in plain(page)
    publish(page, "Later, and measured")
    version, definition, note = newest(sql, SILENT)
    assert (version, note) == (2, "Later, and measured")
    assert definition["conditions"] == [
        {"field": "onboarded", "is": True},
        {"field": "days_silent", "above": 10},
    ]
    assert definition["holdout_percent"] == 12.5
    assert "Version 2 of “Silent after set-up” is in force." in as_seen(page.success[0].value)


def test_conditions_are_added_grouped_and_removed(open_playbooks: Callable[..., AppTest]) -> None:
    page = open_playbooks(SILENT)
    page.button(key="add-conditions-Add “none of”").click().run()
    page.button(key="add-conditions[2].not.any-Add a condition").click().run()
    field(page, "selectbox", "conditions[2].not.any[0]-field").set_value("risk_level").run()
    field(page, "selectbox", "conditions[2].not.any[0]-risk_level-one").set_value("critical").run()
    page.button(key="remove-conditions[0]").click().run()
    assert wrongs(page) == []
    assert (
        "When at least 7 days without a login and not"
        " (risk level is critical or at least 7 days without a login)"
    ) in plain(page)


@pytest.mark.parametrize(
    ("kind", "name", "value", "words"),
    [
        ("number_input", "cool_down_days", 0.0, "Must be a whole number from 1 to 365, not 0."),
        ("number_input", "holdout_percent", 101.0, "Must be a number from 0 to 100, not 101."),
        ("number_input", "priority", None, "it is empty."),
        ("number_input", "conditions[1]-days_silent-one", None, "Must be a number; it is empty."),
        ("text_input", "-title", " ", "Is empty; give it one such as Quiet florists."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    kind: str, name: str, value: Any, words: str, open_playbooks: Callable[..., AppTest]
) -> None:
    page = open_playbooks(SILENT)
    field(page, kind, name).set_value(value).run()
    (wrong,) = wrongs(page)
    assert words in wrong
    assert page.button(key="publish").disabled


def test_a_playbook_that_does_nothing_or_waits_for_nothing_is_refused(
    open_playbooks: Callable[..., AppTest],
) -> None:
    page = open_playbooks("became_critical")
    field(page, "checkbox", "does-call").uncheck().run()
    assert wrongs(page) == ["✕ Choose what is done: at least one of these."]
    page.button(key="remove-conditions[0]").click().run()
    assert any("must not be empty" in wrong.lower() for wrong in wrongs(page))


def test_a_call_brings_the_question_when_the_supplier_recovered(
    open_playbooks: Callable[..., AppTest],
) -> None:
    page = open_playbooks("low_adoption")
    assert "Recovered when" not in plain(page)
    field(page, "checkbox", "does-call").check().run()
    page.run()
    assert "Recovered when" in plain(page)
    assert wrongs(page) == []


def test_a_message_has_to_be_chosen(open_playbooks: Callable[..., AppTest]) -> None:
    page = open_playbooks("became_critical")
    field(page, "checkbox", "does-email").check().run()
    page.run()
    assert len(wrongs(page)) == 1
    field(page, "selectbox", "detail-email").set_value("check_in").run()
    assert wrongs(page) == []
    assert "check-in call and e-mail “Check in”" in plain(page)


def test_json_is_taken_over_where_it_is_right_and_refused_where_not(
    open_playbooks: Callable[..., AppTest],
) -> None:
    page = open_playbooks(SILENT)
    (written,) = page.text_area
    wanted = json.loads(written.value) | {"cool_down_days": 5}
    written.set_value(json.dumps(wanted)).run()
    page.button(key="json-take").click().run()
    assert field(page, "number_input", "cool_down_days").value == 5
    (written,) = page.text_area
    written.set_value(json.dumps(wanted | {"colour": "red"})).run()
    page.button(key="json-take").click().run()
    assert "colour: Is not known" in " ".join(wrongs(page))
    assert field(page, "number_input", "cool_down_days").value == 5
    (written,) = page.text_area
    written.set_value("{").run()
    page.button(key="json-take").click().run()
    assert "this is not JSON" in " ".join(wrongs(page))


# ============ who would match ============


@pytest.fixture
def quiet(sql: Any) -> str:
    """A supplier that finished set-up long ago and was never seen since."""
    supplier = add_scored_supplier(sql, "Rowan & Fox", 20)
    sql.execute("update suppliers set onboarded_at = '2026-01-02', email = 'r@fox.example'")
    return supplier


def test_who_would_match_is_looked_up_and_nothing_is_sent(
    open_playbooks: Callable[..., AppTest], quiet: str, sql: Any
) -> None:
    page = open_playbooks(SILENT)
    page.button(key="look-who").click().run()
    said = plain(page)
    assert "1 of 1 supplier matches: 1 call, 1 e-mail." in said or (
        "1 of 1 supplier matches: 1 e-mail, 1 call." in said
    )
    assert f'href="/supplier?id={quiet}"' in words_of(page)
    assert sql.execute("select count(*) from interventions").fetchone() == (0,)


def test_who_would_not_be_contacted_is_named_with_the_reason(
    open_playbooks: Callable[..., AppTest], quiet: str, sql: Any
) -> None:
    sql.execute("update suppliers set email_opt_out = true")
    page = open_playbooks(SILENT)
    page.button(key="look-who").click().run()
    assert "1 e-mail not planned: opted out of e-mail" in plain(page)


def test_what_was_found_belongs_to_the_definition_it_was_found_for(
    open_playbooks: Callable[..., AppTest], quiet: str
) -> None:
    page = open_playbooks(SILENT)
    page.button(key="look-who").click().run()
    field(page, "number_input", "cool_down_days").set_value(20.0).run()
    assert "matches" not in plain(page)
    assert page.button(key="look-who").label == "Look who would match"


def test_a_look_that_fails_says_so_and_keeps_the_edits(
    open_playbooks: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise StoreError(what="Reading measures", reason="Supabase does not answer")

    page = open_playbooks(SILENT)
    field(page, "number_input", "cool_down_days").set_value(20.0).run()
    monkeypatch.setattr(playbook_preview, "preview_playbook", fail)
    page.button(key="look-who").click().run()
    assert "It could not be looked up." in as_seen(page.error[0].value)
    assert field(page, "number_input", "cool_down_days").value == 20
