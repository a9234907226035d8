"""Edits that are not published, and taking back what was: nothing of either is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from cs_app.settings import drafts, rescore
from cs_app.settings import scorecard as settings_scorecard
from cs_core.base.errors import StoreError
from tests.app.settings.playbooks.playbook_page import SILENT
from tests.app.settings.settings_page import publish
from tests.support.dashboard import as_seen, words_of
from tests.support.health_rows import add_scored_supplier


def field(page: AppTest, name: str) -> Any:
    inputs = [*page.number_input, *page.text_input, *page.text_area]
    (found,) = [one for one in inputs if str(one.key).endswith(name)]
    return found


def kept(sql: Any) -> list[str]:
    return [what for (what,) in sql.execute("select what from settings_drafts order by 1")]


def raise_bound(page: AppTest, to: float = 45.0) -> AppTest:
    field(page, "critical_below").set_value(to).run()
    return page


def bounds(sql: Any) -> list[int]:
    path = "'{thresholds,critical_below}'"
    query = f"select (definition #>> {path})::integer from scorecards order by version"
    return [bound for (bound,) in sql.execute(query)]


# ============ kept ============


def test_edits_are_kept_in_the_database_until_they_are_published(
    open_settings: Callable[..., AppTest], sql: Any
) -> None:
    page = raise_bound(open_settings("scorecard"))
    assert kept(sql) == ["scorecard"]
    assert field(open_settings("scorecard"), "critical_below").value == 45
    field(page, "-note").set_value("Earlier").run()
    assert field(open_settings("scorecard"), "-note").value == "Earlier"
    publish(page, "Earlier")
    assert (kept(sql), bounds(sql)) == ([], [40, 45])


def test_edits_that_are_taken_back_by_hand_are_not_kept(
    open_settings: Callable[..., AppTest], sql: Any
) -> None:
    page = raise_bound(open_settings("scorecard"))
    raise_bound(page, 40.0)
    assert kept(sql) == []


def test_looking_at_an_empty_form_keeps_nothing(
    open_settings: Callable[..., AppTest], sql: Any
) -> None:
    open_settings("playbooks", playbook="new")
    open_settings("templates", template="new")
    assert kept(sql) == []


def test_edits_that_cannot_be_kept_are_in_this_tab_and_are_tried_again(
    open_settings: Callable[..., AppTest], sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise StoreError(what="Keeping your edits", reason="Supabase does not answer")

    page = open_settings("scorecard")
    with monkeypatch.context() as broken:
        broken.setattr(drafts, "save_draft", fail)
        raise_bound(page)
        assert "only in this tab until they can be kept" in words_of(page)
        assert field(page, "critical_below").value == 45
    page.run()
    assert "kept for you until you publish or discard them" in words_of(page)
    assert kept(sql) == ["scorecard"]


def test_lists_say_what_has_edits_that_are_not_published(
    open_settings: Callable[..., AppTest],
) -> None:
    page = open_settings("playbooks", playbook=SILENT)
    field(page, "cool_down_days").set_value(20.0).run()
    page = open_settings("templates", template="check_in")
    field(page, "-subject").set_value("Other").run()
    page = open_settings("templates", template="new")
    field(page, "-subject").set_value("Brand new").run()
    assert words_of(open_settings("playbooks")).count("your edits are not published") == 1
    templates = words_of(open_settings("templates"))
    assert templates.count("your edits are not published") == 1
    assert "Go on with the new template" in templates
    assert field(open_settings("templates", template="new"), "-subject").value == "Brand new"


# ============ undone ============


def test_discarded_edits_can_be_had_back(open_settings: Callable[..., AppTest], sql: Any) -> None:
    page = raise_bound(open_settings("scorecard"))
    page.button(key="discard").click().run()
    assert (field(page, "critical_below").value, kept(sql)) == (40, [])
    page.button(key="notice-undo").click().run()
    assert (field(page, "critical_below").value, kept(sql)) == (45, ["scorecard"])
    assert field(open_settings("scorecard"), "critical_below").value == 45


def test_edits_that_an_old_version_replaced_can_be_had_back(
    open_settings: Callable[..., AppTest],
) -> None:
    publish(raise_bound(open_settings("scorecard")))
    page = raise_bound(open_settings("scorecard"), 50.0)
    page.button(key="go-back-1").click().run()
    assert field(page, "critical_below").value == 40
    assert "It replaced your edits." in as_seen(page.success[0].value)
    page.button(key="notice-undo").click().run()
    assert field(page, "critical_below").value == 50


@pytest.mark.parametrize(
    ("part", "address", "name", "value"),
    [
        ("scorecard", {}, "critical_below", 45.0),
        ("outreach", {}, "-emails", 3.0),
        ("playbooks", {"playbook": SILENT}, "cool_down_days", 20.0),
        ("templates", {"template": "check_in"}, "-subject", "Other"),
    ],
)
def test_what_was_published_is_undone_with_one_click(
    part: str, address: dict[str, str], name: str, value: Any, open_settings: Callable[..., AppTest]
) -> None:
    page = open_settings(part, **address)
    before = field(page, name).value
    field(page, name).set_value(value).run()
    publish(page)
    assert field(page, name).value == value
    page.button(key="notice-undo").click().run()
    said = as_seen(page.success[0].value)
    assert "Version 3 of" in said
    assert "says what version 1 said." in said
    assert field(open_settings(part, **address), name).value == before


def test_what_somebody_changed_after_me_is_not_undone(
    open_settings: Callable[..., AppTest], sql: Any
) -> None:
    page = publish(raise_bound(open_settings("scorecard")))
    sql.execute(
        "insert into scorecards (version, definition) select 3, definition from scorecards"
        " where version = 2"
    )
    page.button(key="notice-undo").click().run()
    assert "changed again meanwhile" in as_seen(page.warning[0].value)
    assert bounds(sql) == [40, 45, 45]


def test_who_is_no_admin_any_more_undoes_nothing(
    open_settings: Callable[..., AppTest], sql: Any
) -> None:
    page = publish(raise_bound(open_settings("scorecard")))
    sql.execute("update user_profiles set role = 'analyst'")
    clients.forget_clients()
    page.button(key="notice-undo").click().run()
    assert bounds(sql) == [40, 45]


# ============ versions ============


def test_the_way_back_leads_to_the_first_version_however_many_there_are(
    open_settings: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute(
        "insert into scorecards (version, definition) select n, jsonb_set(definition,"
        " '{thresholds,critical_below}', to_jsonb(n)) from scorecards, generate_series(2, 45) n"
    )
    page = open_settings("scorecard")
    assert "go-back-25" not in [button.key for button in page.button]
    page.button(key="older-versions").click().run()
    page.button(key="older-versions").click().run()
    assert "older-versions" not in [button.key for button in page.button]
    page.button(key="go-back-1").click().run()
    assert field(page, "critical_below").value == 40


# ============ scoring everybody ============


def test_who_is_no_admin_any_more_scores_nobody(
    open_settings: Callable[..., AppTest], sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_scored_supplier(sql, "Elm", 37)
    begun: list[int] = []
    monkeypatch.setattr(settings_scorecard, "start_rescoring", begun.append)
    page = publish(raise_bound(open_settings("scorecard")))
    page.button(key="rescore-all").click().run()
    assert begun == [1]
    sql.execute("update user_profiles set role = 'analyst'")
    clients.forget_clients()
    page.button(key="rescore-all").click().run()
    assert begun == [1]
    assert rescore.current() is None


# ============ what publishing a scorecard does to playbooks ============


def test_before_a_scorecard_is_published_the_playbooks_that_follow_the_level_are_named(
    open_settings: Callable[..., AppTest], sql: Any
) -> None:
    page = raise_bound(open_settings("scorecard"))
    field(page, "-note").set_value("x").run()
    page.button(key="publish").click().run()
    said = words_of(page)
    assert (
        "“Low feature adoption”, “Trial ending, not healthy” ask for the level or the score itself"
        in said
    )
    assert "Became critical" not in said  # it waits for a change
    sql.execute(
        "insert into playbooks (name, version, definition) select name, 2,"
        " definition || '{\"enabled\": false}' from playbooks"
        " where name in ('low_adoption', 'trial_ending')"
    )
    page.run()
    assert "No playbook that is on asks for a level itself." in words_of(page)
