"""The scorecard as admins steer it."""

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app import scorecard_preview_view, services
from cs_core.errors import StoreError
from cs_core.io import scorecards
from cs_core.scorecard import DEFAULT_SCORECARD
from tests.app.conftest import as_seen, words_of
from tests.app.health_rows import add_scored_supplier

SETTINGS = "pages/settings.py"


@pytest.fixture
def ada(add_person: Callable[..., dict[str, str]], sql: Any) -> dict[str, str]:
    person = add_person("ada@wedsync.example", "admin")
    sql.execute("update user_profiles set full_name = 'Ada Byron' where id = %s", (person["id"],))
    return person


@pytest.fixture
def cookie(ada: dict[str, str], cookie_of: Callable[..., str]) -> str:
    return cookie_of(ada)


@pytest.fixture
def open_scorecard(open_page: Callable[..., AppTest], cookie: str) -> Callable[..., AppTest]:
    def run(with_cookie: str = cookie) -> AppTest:
        page = open_page(with_cookie, SETTINGS, part="scorecard")
        assert not page.exception
        return page

    return run


@pytest.fixture
def suppliers(sql: Any) -> dict[str, str]:
    """Three that the default scorecard gives 37, 56 and 75 (forms and journeys without data)."""
    just_now = {"last_login": "now"}
    found = {
        "Elm": add_scored_supplier(sql, "Elm", 37, features_core=5, **just_now),
        "Ash": add_scored_supplier(sql, "Ash", 56, features_used=3, features_core=5, **just_now),
        "Oak": add_scored_supplier(
            sql,
            "Oak",
            75,
            **{"features_used": 3, "features_core": 5, "clients_active": 3, "clients_known": 5},
            **just_now,
        ),
    }
    sql.execute("update suppliers set monthly_revenue = 100")
    return found


def plain(page: AppTest) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words_of(page))).split())


def field(page: AppTest, name: str) -> Any:
    (found,) = [one for one in page.number_input if str(one.key).endswith(name)]
    return found


def note(page: AppTest) -> Any:
    (found,) = [one for one in page.text_input if str(one.key).endswith("-note")]
    return found


def publish_behind_the_back(sql: Any, who: str, **thresholds: int) -> None:
    """As another admin's browser would have."""
    sql.execute(
        "insert into scorecards (version, definition, note, published_at, published_by)"
        " select max(version) + 1, (array_agg(jsonb_set(definition, '{thresholds}', %s)"
        "   order by version desc))[1], 'By hand', now(), %s from scorecards",
        (json.dumps({"critical_below": 40, "at_risk_below": 70} | thresholds), who),
    )


def versions(sql: Any) -> list[tuple[int, str | None]]:
    return list(sql.execute("select version, note from scorecards order by 1").fetchall())


# ============ what is there ============


def test_the_version_in_force_is_shown_in_fields(open_scorecard: Callable[..., AppTest]) -> None:
    page = open_scorecard()
    said = plain(page)
    assert "Version 1 is in force" in said
    assert "The weights add up to 100 points." in said
    assert field(page, "feature_adoption-weight").value == 25
    assert field(page, "form_completion-window_days").value == 90
    assert field(page, "step-3-1-under_days").value == 7
    assert field(page, "critical_below").value == 40
    assert not [one for one in page.button if one.key == "publish"]


def test_an_analyst_sees_nothing_of_it(
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
) -> None:
    ann = cookie_of(add_person("ann@wedsync.example", "analyst"))
    page = open_page(ann, SETTINGS, part="scorecard")
    assert page.info[0].value.startswith("Only people with the role admin")
    assert not page.number_input


def test_when_the_versions_cannot_be_read_the_page_says_so(
    cookie: str, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError(what="Reading the scorecards", reason="Supabase does not answer")

    monkeypatch.setattr(scorecards, "call", fail)
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
    assert field(page, "step-3-1-points").value == 20


# ============ typing ============


def test_the_sum_of_the_weights_is_never_praised_where_it_is_wrong(
    open_scorecard: Callable[..., AppTest],
) -> None:
    page = open_scorecard()
    field(page, "feature_adoption-weight").set_value(120.0).run()
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
    field(page, name).set_value(value).run()
    assert not page.exception
    (said,) = re.findall(r'<p class="cs-wrong" role="alert">.*?</p>', words_of(page))
    assert words in unescape(re.sub(r"<[^>]+>", "", said))
    assert "1 thing is wrong in the form." in plain(page)
    assert page.button(key="publish").disabled


def test_the_shortest_gap_earns_the_weight_without_being_asked_twice(
    open_scorecard: Callable[..., AppTest],
) -> None:
    page = open_scorecard()
    field(page, "login_recency-weight").set_value(35.0).run()
    field(page, "feature_adoption-weight").set_value(20.0).run()
    assert 'role="alert"' not in words_of(page)
    assert "35 under 3 days" in plain(page)


def test_steps_are_added_and_removed_and_what_was_typed_before_stays(
    open_scorecard: Callable[..., AppTest],
) -> None:
    page = open_scorecard()
    field(page, "critical_below").set_value(42.0).run()
    page.button(key="add-step").click().run()
    assert field(page, "step-4-3-under_days").value == 28
    assert field(page, "critical_below").value == 42
    page.button(key="remove-step-1").click().run()
    assert field(page, "step-3-1-under_days").value == 14
    assert "30 under 3 days, 10 under 14 days, 0 under 28 days, else 0" in plain(page)


# ============ looking ahead ============


def test_the_preview_says_who_would_change_level_before_anything_is_in_force(
    open_scorecard: Callable[..., AppTest], suppliers: dict[str, str], sql: Any
) -> None:
    page = open_scorecard()
    assert "Change a figure" in plain(page)
    field(page, "critical_below").set_value(57.0).run()
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
    field(page, "critical_below").set_value(57.0).run()
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
        broken.setattr(scorecard_preview_view, "preview_scorecard", fail)
        field(page, "critical_below").set_value(57.0).run()
        assert "Your edits are kept" in as_seen(page.error[0].value)
    page.button(key="preview-again").click().run()
    assert "1 of 3 suppliers would change level" in plain(page)


def test_the_same_question_is_counted_once(
    open_scorecard: Callable[..., AppTest],
    suppliers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    real = scorecard_preview_view.preview_scorecard

    def count(*given: Any) -> Any:
        asked.append(given)
        return real(*given)

    monkeypatch.setattr(scorecard_preview_view, "preview_scorecard", count)
    page = open_scorecard()
    field(page, "critical_below").set_value(57.0).run()
    note(page).set_value("Stricter").run()
    assert len(asked) == 1
    field(page, "critical_below").set_value(58.0).run()
    assert len(asked) == 2


# ============ publishing ============


def publish(page: AppTest, words: str, button: str = "publish-sure") -> AppTest:
    note(page).set_value(words).run()
    page.button(key="publish").click().run()
    page.button(key=button).click().run()
    assert not page.exception
    return page


def test_publishing_asks_first_and_gives_a_new_version(
    open_scorecard: Callable[..., AppTest], suppliers: dict[str, str], sql: Any, ada: dict[str, str]
) -> None:
    page = open_scorecard()
    field(page, "critical_below").set_value(57.0).run()
    page.button(key="publish").click().run()
    assert "Say what changes and why" in plain(page)
    page = publish(page, "Call earlier")
    assert versions(sql) == [(1, "Default"), (2, "Call earlier")]
    assert as_seen(page.success[0].value) == "Version 2 of the scorecard is in force."
    said = plain(page)
    assert "Version 2 is in force published by Ada Byron just now" in said
    assert "Critical below 57 instead of 40" in said
    assert not [one for one in page.button if one.key == "publish"]
    assert "3 of 3 scores on screen were made with an older version" in page.info[0].value
    (row,) = sql.execute("select published_by::text from scorecards where version = 2").fetchall()
    assert row == (ada["id"],)


def test_everybody_is_scored_at_once_where_that_is_asked_for(
    open_scorecard: Callable[..., AppTest], suppliers: dict[str, str], sql: Any
) -> None:
    from cs_app import rescore

    page = open_scorecard()
    field(page, "at_risk_below").set_value(60.0).run()
    page = publish(page, "Milder", "publish-and-then")
    state = rescore.current()
    assert state is not None
    state.ended.wait(60)
    assert (state.problem, state.scored) == (None, 3)
    page.run()
    assert "3 suppliers scored with the version in force." in page.success[1].value
    found = sql.execute("select distinct scorecard_version from current_health").fetchall()
    assert found == [(2,)]
    assert sql.execute("select count(*) from interventions").fetchone() == (0,)
    page.button(key="rescoring-close").click().run()
    assert rescore.current() is None


def test_who_is_late_is_told_loses_nothing_and_can_go_on(
    open_scorecard: Callable[..., AppTest],
    sql: Any,
    add_person: Callable[..., dict[str, str]],
) -> None:
    grace = add_person("grace@wedsync.example", "admin")
    page = open_scorecard()
    field(page, "critical_below").set_value(45.0).run()
    publish_behind_the_back(sql, grace["id"], at_risk_below=75)
    page.run()
    said = as_seen(page.warning[0].value)
    assert "grace@wedsync.example published version 2 while you were editing version 1." in said
    assert "At risk below 75 instead of 70" in said
    assert page.button(key="publish").disabled
    assert field(page, "critical_below").value == 45

    page.button(key="bring-forward").click().run()
    assert not page.warning
    assert field(page, "critical_below").value == 45
    assert field(page, "at_risk_below").value == 75
    publish(page, "Both of us")
    (definition,) = sql.execute("select definition from scorecards where version = 3").fetchone()
    assert definition["thresholds"] == {"critical_below": 45, "at_risk_below": 75}


def test_who_is_late_by_a_moment_is_told_by_the_database(
    open_scorecard: Callable[..., AppTest],
    sql: Any,
    add_person: Callable[..., dict[str, str]],
) -> None:
    grace = add_person("grace@wedsync.example", "admin")
    page = open_scorecard()
    field(page, "critical_below").set_value(45.0).run()
    note(page).set_value("Mine").run()
    page.button(key="publish").click().run()
    publish_behind_the_back(sql, grace["id"], at_risk_below=75)
    page.button(key="publish-sure").click().run()
    assert "published version 2" in as_seen(page.warning[0].value)
    assert field(page, "critical_below").value == 45
    assert [number for number, _ in versions(sql)] == [1, 2]


# ============ versions ============


def test_going_back_publishes_the_old_content_as_a_new_version(
    open_scorecard: Callable[..., AppTest], suppliers: dict[str, str], sql: Any, ada: dict[str, str]
) -> None:
    publish_behind_the_back(sql, ada["id"], critical_below=57)
    page = open_scorecard()
    page.button(key="go-back-1").click().run()
    assert field(page, "critical_below").value == 40
    assert note(page).value == "Back to version 1"
    assert "of 3 suppliers would change level" in plain(page)
    page.button(key="publish").click().run()
    page.button(key="publish-sure").click().run()
    assert versions(sql)[-1] == (3, "Back to version 1")
    (definition,) = sql.execute("select definition from scorecards where version = 3").fetchone()
    assert definition == DEFAULT_SCORECARD.to_dict()


def test_what_others_wrote_into_notes_is_shown_as_text(
    open_scorecard: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    publish_behind_the_back(sql, ada["id"], critical_below=50)
    sql.execute("update scorecards set note = '<img src=x onerror=alert(1)>' where version = 2")
    assert "<img src=x" not in words_of(open_scorecard())


# ============ drafts ============


def test_edits_survive_another_screen_and_a_reload_until_they_are_discarded(
    open_scorecard: Callable[..., AppTest], sql: Any
) -> None:
    page = open_scorecard()
    field(page, "critical_below").set_value(45.0).run()
    page.query_params["part"] = "outreach"
    page.run()
    again = open_scorecard()
    assert field(again, "critical_below").value == 45
    assert "Critical below 45 instead of 40" in plain(again)
    again.button(key="discard").click().run()
    assert field(again, "critical_below").value == 40
    assert field(open_scorecard(), "critical_below").value == 40


def test_edits_of_one_person_are_not_those_of_another(
    open_scorecard: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
) -> None:
    page = open_scorecard()
    field(page, "critical_below").set_value(45.0).run()
    grace = cookie_of(add_person("grace@wedsync.example", "admin"))
    assert field(open_scorecard(grace), "critical_below").value == 40


def test_somebody_who_is_no_admin_any_more_cannot_confirm(
    open_scorecard: Callable[..., AppTest], sql: Any
) -> None:
    page = open_scorecard()
    field(page, "critical_below").set_value(45.0).run()
    note(page).set_value("Mine").run()
    page.button(key="publish").click().run()
    sql.execute("update user_profiles set role = 'analyst'")
    services.forget_clients()
    page.button(key="publish-sure").click().run()
    assert [number for number, _ in versions(sql)] == [1]
