"""Publishing a scorecard: asked first, one at a time, and back to what was before."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from cs_app.settings import rescore
from tests.app.settings.scorecard_page import (
    figure,
    open_scorecard,
    publish_behind_the_back,
    suppliers,
    versions,
)
from tests.app.settings.settings_page import ada, note, publish
from tests.support.dashboard import as_seen, plain, words_of
from tests.support.defaults import DEFAULT_SCORECARD

__all__ = ["ada", "open_scorecard", "suppliers"]


# ============ publishing ============


def test_publishing_asks_first_and_gives_a_new_version(
    open_scorecard: Callable[..., AppTest], suppliers: dict[str, str], sql: Any, ada: dict[str, str]
) -> None:
    page = open_scorecard()
    figure(page, "critical_below").set_value(57.0).run()
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
    page = open_scorecard()
    figure(page, "at_risk_below").set_value(60.0).run()
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


def test_that_everybody_was_scored_is_not_said_once_another_version_is_in_force(
    open_scorecard: Callable[..., AppTest], suppliers: dict[str, str], sql: Any
) -> None:
    page = open_scorecard()
    figure(page, "at_risk_below").set_value(60.0).run()
    page = publish(page, "Milder", "publish-and-then")
    state = rescore.current()
    assert state is not None
    state.ended.wait(60)
    page.run()
    page.button(key="notice-undo").click().run()
    assert [version for version, _ in versions(sql)] == [1, 2, 3]
    assert not [said.value for said in page.success if "scored" in said.value]
    assert "3 of 3 scores on screen were made with an older version" in page.info[0].value


def test_who_is_late_is_told_loses_nothing_and_can_go_on(
    open_scorecard: Callable[..., AppTest],
    sql: Any,
    add_person: Callable[..., dict[str, str]],
) -> None:
    grace = add_person("grace@wedsync.example", "admin")
    page = open_scorecard()
    figure(page, "critical_below").set_value(45.0).run()
    publish_behind_the_back(sql, grace["id"], at_risk_below=75)
    page.run()
    said = as_seen(page.warning[0].value)
    assert "grace@wedsync.example published version 2 while you were editing version 1." in said
    assert "At risk below 75 instead of 70" in said
    assert page.button(key="publish").disabled
    assert figure(page, "critical_below").value == 45

    page.button(key="bring-forward").click().run()
    assert not page.warning
    assert figure(page, "critical_below").value == 45
    assert figure(page, "at_risk_below").value == 75
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
    figure(page, "critical_below").set_value(45.0).run()
    note(page).set_value("Mine").run()
    page.button(key="publish").click().run()
    publish_behind_the_back(sql, grace["id"], at_risk_below=75)
    page.button(key="publish-sure").click().run()
    assert "published version 2" in as_seen(page.warning[0].value)
    assert figure(page, "critical_below").value == 45
    assert [number for number, _ in versions(sql)] == [1, 2]


def test_somebody_who_is_no_admin_any_more_cannot_confirm(
    open_scorecard: Callable[..., AppTest], sql: Any
) -> None:
    page = open_scorecard()
    figure(page, "critical_below").set_value(45.0).run()
    note(page).set_value("Mine").run()
    page.button(key="publish").click().run()
    sql.execute("update user_profiles set role = 'analyst'")
    clients.forget_clients()
    page.button(key="publish-sure").click().run()
    assert [number for number, _ in versions(sql)] == [1]


# ============ versions ============


def test_going_back_publishes_the_old_content_as_a_new_version(
    open_scorecard: Callable[..., AppTest], suppliers: dict[str, str], sql: Any, ada: dict[str, str]
) -> None:
    publish_behind_the_back(sql, ada["id"], critical_below=57)
    page = open_scorecard()
    page.button(key="go-back-1").click().run()
    assert figure(page, "critical_below").value == 40
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
    words = words_of(open_scorecard())
    assert "<img src=x" not in words
    assert "&lt;img src=x onerror=alert(1)&gt;" in words
