"""Publishing a template: new ones, two at once, and back to what was before."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from streamlit.testing.v1 import AppTest

from cs_core.io.mail.compose import preview_message
from tests.app.settings.settings_page import ada, field, note, publish
from tests.app.settings.templates.template_page import (
    open_template,
    publish_behind_the_back,
    rowan,
    stored,
)
from tests.support.dashboard import as_seen, plain

__all__ = ["ada", "open_template", "rowan"]


def test_publishing_gives_a_new_version_in_the_admins_name(
    open_template: Callable[..., AppTest], rowan: str, sql: Any, ada: dict[str, str]
) -> None:
    page = open_template()
    field(page, "text_input", "-subject").set_value("New words").run()
    assert "Subject: “New words”, was “" in plain(page)
    page = publish(page, "Warmer")
    assert as_seen(page.success[0].value) == "Version 2 of “Check in” is in force."
    assert stored(sql)[1] == (2, "New words", "Warmer")
    assert "Version 2 is in force published by Ada Byron just now" in plain(page)
    found = sql.execute(
        "select actor_id::text, after ->> 'subject' from audit_log order by id desc limit 1"
    ).fetchone()
    assert found == (ada["id"], "changed")


def test_what_follows_is_written_with_the_new_version(
    open_template: Callable[..., AppTest], rowan: str, service: Any
) -> None:
    page = open_template()
    field(page, "text_input", "-subject").set_value("New words").run()
    publish(page, "x")
    assert preview_message(service, rowan, "check_in", datetime.now(UTC)).subject == "New words"


def test_a_new_template_is_published_under_its_name(
    open_template: Callable[..., AppTest], rowan: str, sql: Any
) -> None:
    page = open_template("new")
    assert "✕" not in plain(page)  # nobody has done anything wrong yet
    field(page, "text_input", "-subject").set_value("Spring").run()
    assert "Needs letters from a to z; call it for example Spring tips." in plain(page)
    field(page, "text_input", "-name").set_value("Check in").run()
    assert "Is taken by another template; choose another." in plain(page)
    field(page, "text_input", "-name").set_value("Spring tips").run()
    field(page, "text_area", "-body_html").set_value("").run()
    page = publish(page, "For the season")
    assert stored(sql, "spring_tips") == [(1, "Spring", "For the season")]
    assert page.query_params["template"] in ("spring_tips", ["spring_tips"])
    assert "Spring tips" in plain(page)


def test_two_who_make_a_new_template_of_one_name_get_one(
    open_template: Callable[..., AppTest], rowan: str, sql: Any
) -> None:
    page = open_template("new")
    field(page, "text_input", "-name").set_value("Spring Tips!").run()
    field(page, "text_input", "-subject").set_value("Mine").run()
    sql.execute(
        "insert into message_templates (name, version, audience, subject, body_text, published_at)"
        " values ('spring_tips', 1, 'supplier', 'Theirs', 't', now())"
    )
    page.run()
    assert "Is taken by another template" in plain(page)
    assert page.button(key="publish").disabled
    assert stored(sql, "spring_tips") == [(1, "Theirs", None)]


def test_who_is_late_is_told_and_loses_nothing(
    open_template: Callable[..., AppTest],
    rowan: str,
    sql: Any,
    add_person: Callable[..., dict[str, str]],
) -> None:
    page = open_template()
    field(page, "text_area", "-body_text").set_value("Mine").run()
    grace = add_person("grace@wedsync.example", "admin")
    publish_behind_the_back(sql, grace["id"], "Theirs")
    page.run()
    assert "grace@wedsync.example published version 2 while you were editing version 1" in (
        as_seen(page.warning[0].value)
    )
    assert page.button(key="publish").disabled
    page.button(key="bring-forward").click().run()
    assert field(page, "text_input", "-subject").value == "Theirs"
    assert field(page, "text_area", "-body_text").value == "Mine"
    publish(page, "Both")
    assert [version for version, _, _ in stored(sql)] == [1, 2, 3]


def test_who_is_late_by_a_moment_is_told_by_the_database(
    open_template: Callable[..., AppTest], rowan: str, sql: Any, ada: dict[str, str]
) -> None:
    page = open_template()
    field(page, "text_area", "-body_text").set_value("Mine").run()
    note(page).set_value("x").run()
    page.button(key="publish").click().run()
    sure = page.button(key="publish-sure")
    publish_behind_the_back(sql, ada["id"], "Theirs")
    sure.click().run()
    assert not page.exception
    assert [subject for _, subject, _ in stored(sql)][1:] == ["Theirs"]
    assert "published version 2 while you were editing" in as_seen(page.warning[0].value)


def test_going_back_puts_the_old_words_into_the_form_to_be_published(
    open_template: Callable[..., AppTest], rowan: str, sql: Any, ada: dict[str, str]
) -> None:
    (first,) = stored(sql)
    publish_behind_the_back(sql, ada["id"], "Theirs")
    page = open_template()
    page.button(key="go-back-1").click().run()
    assert field(page, "text_input", "-subject").value == first[1]
    page.button(key="publish").click().run()
    page.button(key="publish-sure").click().run()
    assert stored(sql)[2] == (3, first[1], "Back to version 1")
