"""The scorecard as admins see it and edit it."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.settings import scorecard_preview
from cs_core.base.errors import StoreError
from cs_core.io.definitions import versions as version_store
from tests.app.settings.scorecard_page import figure, open_scorecard, suppliers, versions
from tests.app.settings.settings_page import SETTINGS, ada, note, wrongs
from tests.support.dashboard import as_seen, plain, words_of

__all__ = ["ada", "open_scorecard", "suppliers"]


# ============ what is there ============


def test_the_version_in_force_is_shown_in_fields(open_scorecard: Callable[..., AppTest]) -> None:
    page = open_scorecard()
    said = plain(page)
    assert "Version 1 is in force" in said
    assert "The weights add up to 100 points." in said
    assert figure(page, "feature_adoption-weight").value == 25
    assert figure(page, "form_completion-window_days").value == 90
    assert figure(page, "step-3-1-under_days").value == 7
    assert figure(page, "critical_below").value == 40
    assert not [one for one in page.button if one.key == "publish"]


def test_an_analyst_sees_nothing_of_it(open_page: Callable[..., AppTest], analyst: str) -> None:
    page = open_page(analyst, SETTINGS, part="scorecard")
    assert page.info[0].value.startswith("Only people with the role admin")
    assert not page.number_input


def test_when_the_versions_cannot_be_read_the_page_says_so(
    cookie: str, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError(what="Reading the scorecards", reason="Supabase does not answer")

    monkeypatch.setattr(version_store, "call", fail)
    page = open_page(cookie, SETTINGS, part="scorecard")
    assert "Reading the scorecards failed" in as_seen(page.error[0].value)
    assert not page.exception


def test_a_stored_scorecard_that_breaks_a_rule_is_named_and_the_form_begins_with_the_default(
    open_scorecard: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute(
        "insert into scorecards (version, definition)"
        " select 2, jsonb_set(definition, '{measures,login_recency,steps,0,points}', '29')"
        " from scorecards"
    )
    page = open_scorecard()
    assert "Version 2, which is stored, cannot be used" in as_seen(page.error[0].value)
    assert figure(page, "step-3-1-points").value == 20


# ============ typing ============


def test_the_sum_of_the_weights_is_never_praised_where_it_is_wrong(
    open_scorecard: Callable[..., AppTest],
) -> None:
    page = open_scorecard()
    figure(page, "feature_adoption-weight").set_value(120.0).run()
    assert "The weights add up to 195 points." in plain(page)
    assert "✓" not in plain(page)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("feature_adoption-weight", 120.0, "Must be a number from 0 to 100, not 120."),
        ("feature_adoption-weight", None, "Must be a number from 0 to 100; it is empty."),
        ("client_activity-window_days", 30.5, "Must be a whole number from 1 to 365, not 30.5."),
        ("feature_adoption-weight", 30.0, "weights that sum to 100, not 105"),
        ("step-3-1-under_days", 2.0, "Must be a number above 3, not 2."),
        ("step-3-2-points", 25.0, "Must be at most 20, not 25."),
        ("critical_below", 70.0, "Must be below the bound of at risk, 70, not 70."),
    ],
)
def test_what_is_wrong_is_said_at_the_field_as_it_is_typed(
    name: str, value: float | None, words: str, open_scorecard: Callable[..., AppTest]
) -> None:
    page = open_scorecard()
    figure(page, name).set_value(value).run()
    assert not page.exception
    (said,) = wrongs(page)
    assert words in said
    assert "1 thing is wrong in the form." in plain(page)
    assert page.button(key="publish").disabled


def test_the_shortest_gap_earns_the_weight_without_being_asked_twice(
    open_scorecard: Callable[..., AppTest],
) -> None:
    page = open_scorecard()
    figure(page, "login_recency-weight").set_value(35.0).run()
    figure(page, "feature_adoption-weight").set_value(20.0).run()
    assert 'role="alert"' not in words_of(page)
    assert "35 under 3 days" in plain(page)


def test_steps_are_added_and_removed_and_what_was_typed_before_stays(
    open_scorecard: Callable[..., AppTest],
) -> None:
    page = open_scorecard()
    figure(page, "critical_below").set_value(42.0).run()
    page.button(key="add-step").click().run()
    assert figure(page, "step-4-3-under_days").value == 28
    assert figure(page, "critical_below").value == 42
    page.button(key="remove-step-1").click().run()
    assert figure(page, "step-3-1-under_days").value == 14
    assert "30 under 3 days, 10 under 14 days, 0 under 28 days, else 0" in plain(page)


# ============ looking ahead ============


def test_the_preview_says_who_would_change_level_before_anything_is_in_force(
    open_scorecard: Callable[..., AppTest], suppliers: dict[str, str], sql: Any
) -> None:
    page = open_scorecard()
    assert "Change a figure" in plain(page)
    figure(page, "critical_below").set_value(57.0).run()
    said = plain(page)
    assert "1 of 3 suppliers would change level: 1 worse." in said
    assert f'href="/supplier?id={suppliers["Ash"]}"' in words_of(page)
    assert "Ash 56 ! At risk 56 ✕ Critical £100" in said
    assert "✕ Critical 1 2 ▲ 1 £100 £200 ▲ £100" in said
    assert versions(sql) == [(1, "Default")]


def test_without_scores_the_preview_says_that_there_is_nothing_to_compare(
    open_scorecard: Callable[..., AppTest],
) -> None:
    page = open_scorecard()
    figure(page, "critical_below").set_value(57.0).run()
    assert "No supplier is scored yet" in plain(page)
    assert not page.button(key="publish").disabled


def test_a_preview_that_fails_leaves_the_edits_and_can_be_tried_again(
    open_scorecard: Callable[..., AppTest],
    suppliers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = open_scorecard()

    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError(what="Looking ahead", reason="Supabase does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(scorecard_preview, "preview_scorecard", fail)
        figure(page, "critical_below").set_value(57.0).run()
        assert "Your edits are kept" in as_seen(page.error[0].value)
    page.button(key="preview-again").click().run()
    assert "1 of 3 suppliers would change level" in plain(page)


def test_the_same_question_is_counted_once(
    open_scorecard: Callable[..., AppTest],
    suppliers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    real = scorecard_preview.preview_scorecard

    def count(*given: Any) -> Any:
        asked.append(given)
        return real(*given)

    monkeypatch.setattr(scorecard_preview, "preview_scorecard", count)
    page = open_scorecard()
    figure(page, "critical_below").set_value(57.0).run()
    note(page).set_value("Stricter").run()
    assert len(asked) == 1
    figure(page, "critical_below").set_value(58.0).run()
    assert len(asked) == 2


# ============ drafts ============


def test_edits_survive_another_screen_and_a_reload_until_they_are_discarded(
    open_scorecard: Callable[..., AppTest],
) -> None:
    page = open_scorecard()
    figure(page, "critical_below").set_value(45.0).run()
    page.query_params["part"] = "outreach"
    page.run()
    again = open_scorecard()
    assert figure(again, "critical_below").value == 45
    assert "Critical below 45 instead of 40" in plain(again)
    again.button(key="discard").click().run()
    assert figure(again, "critical_below").value == 40
    assert figure(open_scorecard(), "critical_below").value == 40


def test_edits_of_one_person_are_not_those_of_another(
    open_scorecard: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
) -> None:
    page = open_scorecard()
    figure(page, "critical_below").set_value(45.0).run()
    grace = cookie_of(add_person("grace@wedsync.example", "admin"))
    assert figure(open_scorecard(grace), "critical_below").value == 40
