"""Playbooks as admins steer them."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app import playbook_preview_view, services, settings_playbooks
from cs_core.errors import StoreError
from cs_core.io import playbooks as playbook_store
from cs_core.io.outreach_store import fetch_playbooks
from tests.app.conftest import as_seen, words_of
from tests.app.health_rows import add_scored_supplier
from tests.app.intervention_rows import add_call, add_intervention

SETTINGS = "pages/settings.py"
SILENT = "silent_after_set_up"


@pytest.fixture
def ada(add_person: Callable[..., dict[str, str]], sql: Any) -> dict[str, str]:
    person = add_person("ada@wedsync.example", "admin")
    sql.execute("update user_profiles set full_name = 'Ada Byron' where id = %s", (person["id"],))
    return person


@pytest.fixture
def cookie(ada: dict[str, str], cookie_of: Callable[..., str]) -> str:
    return cookie_of(ada)


@pytest.fixture
def open_playbooks(open_page: Callable[..., AppTest], cookie: str) -> Callable[..., AppTest]:
    def run(name: str | None = None, with_cookie: str = cookie) -> AppTest:
        address = {"part": "playbooks"} | ({"playbook": name} if name else {})
        page = open_page(with_cookie, SETTINGS, **address)
        assert not page.exception
        return page

    return run


def plain(page: AppTest) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", words_of(page))).split())


def one(elements: Any, name: str) -> Any:
    (found,) = [element for element in elements if str(element.key).endswith(name)]
    return found


def newest(sql: Any, name: str) -> tuple[int, dict[str, Any], str | None]:
    query = "select version, definition, note from playbooks where name = %s order by 1 desc"
    row: tuple[int, dict[str, Any], str | None] = sql.execute(query, (name,)).fetchone()
    return row


def publish_behind_the_back(sql: Any, who: str, name: str, **changes: Any) -> None:
    sql.execute(
        "insert into playbooks (name, version, definition, published_by)"
        " select name, version + 1, definition || %s, %s from playbooks"
        " where name = %s order by version desc limit 1",
        (json.dumps(changes), who, name),
    )


def wrongs(page: AppTest) -> list[str]:
    found = re.findall(r'<p class="cs-wrong" role="alert">(.*?)</p>', words_of(page))
    return [unescape(re.sub(r"<[^>]+>", "", wrong)) for wrong in found]


def publish(page: AppTest, words: str) -> AppTest:
    one(page.text_input, "-note").set_value(words).run()
    page.button(key="publish").click().run()
    page.button(key="publish-sure").click().run()
    assert not page.exception
    return page


# ============ the list ============


def test_every_playbook_says_what_it_does_and_that_it_is_on(
    open_playbooks: Callable[..., AppTest],
) -> None:
    said = plain(open_playbooks())
    assert "6 playbooks, all on." in said
    assert "Silent after set-up on When set-up is finished and at least 7 days" in said
    assert "Then: e-mail “Come back tips” and check-in call." in said
    assert said.count("Nothing in 30 days.") == 6


def test_without_playbooks_the_screen_says_so(
    open_playbooks: Callable[..., AppTest], sql: Any
) -> None:
    sql.execute("create temp table kept as select * from playbooks")
    sql.execute("delete from playbooks")
    try:
        page = open_playbooks()
        assert "No playbooks yet." in plain(page)
        assert "New playbook" in plain(page)
    finally:
        sql.execute("insert into playbooks select * from kept")


def test_a_single_playbook_reads_well(open_playbooks: Callable[..., AppTest], sql: Any) -> None:
    sql.execute("create temp table kept as select * from playbooks where name <> 'sharp_drop'")
    sql.execute("delete from playbooks where name <> 'sharp_drop'")
    try:
        assert "1 playbook, all on." in plain(open_playbooks())
    finally:
        sql.execute("insert into playbooks select * from kept")


def test_what_each_has_done_in_30_days_is_counted_and_leads_to_the_lists(
    open_playbooks: Callable[..., AppTest], sql: Any
) -> None:
    supplier = add_scored_supplier(sql, "Ash", 31)
    now = datetime.now(UTC)
    for _ in range(2):
        add_intervention(sql, supplier, status="sent", sent_at=now)
    add_intervention(sql, supplier, status="suppressed", reason="opt_out")
    add_intervention(sql, supplier, status="suppressed", reason="holdout", arm="holdout")
    add_intervention(sql, supplier, status="sent", created_at=now - timedelta(days=31))
    call = add_call(sql, supplier, due_in=timedelta(0))
    sql.execute(
        "update support_interactions set completed_at = now(), outcome = 'reached' where id = %s",
        (call,),
    )
    sql.execute("update interventions set status = 'done' where type = 'call'")
    page = open_playbooks()
    assert (
        "In 30 days: 3 planned · 2 e-mails sent · 1 call made (1 reached) · 1 not sent"
        " ( 1 opted out ) · 1 left alone to compare"
    ) in plain(page)
    since = (now - timedelta(days=30)).date()
    assert (
        f"/interventions?tab=sent&amp;playbook={SILENT}&amp;type=email&amp;since={since}"
        in words_of(page)
    )


def test_when_what_was_done_cannot_be_read_the_playbooks_are_shown_all_the_same(
    open_playbooks: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise StoreError(what="Reading what playbooks did", reason="Supabase does not answer")

    monkeypatch.setattr(settings_playbooks, "fetch_figures", fail)
    page = open_playbooks()
    assert "could not be read" in as_seen(page.warning[0].value)
    assert "6 playbooks, all on." in plain(page)


def test_when_the_playbooks_cannot_be_read_the_page_says_so(
    cookie: str, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise StoreError(what="Reading the playbooks", reason="Supabase does not answer")

    monkeypatch.setattr(playbook_store, "call", fail)
    page = open_page(cookie, SETTINGS, part="playbooks")
    assert "Reading the playbooks failed" in as_seen(page.error[0].value)


def test_an_analyst_sees_nothing_of_it(
    open_page: Callable[..., AppTest],
    add_person: Callable[..., dict[str, str]],
    cookie_of: Callable[..., str],
) -> None:
    ann = cookie_of(add_person("ann@wedsync.example", "analyst"))
    for address in ({}, {"playbook": SILENT}):
        page = open_page(ann, SETTINGS, part="playbooks", **address)
        assert page.info[0].value.startswith("Only people with the role admin")
        assert not page.button


def test_a_stored_playbook_that_breaks_a_rule_is_named_in_the_list_and_in_its_form(
    open_playbooks: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    wrong = [{"field": "nonsense", "is": 1}]
    publish_behind_the_back(sql, ada["id"], SILENT, conditions=wrong)
    assert "The run leaves it out: conditions[0].field" in plain(open_playbooks())
    page = open_playbooks(SILENT)
    assert "Version 2, which is stored, cannot be used" in as_seen(page.error[0].value)
    page.button(key="go-back-1").click().run()
    assert one(page.number_input, "cool_down_days").value == 14


# ============ on and off ============


def test_turning_a_playbook_off_asks_and_can_be_undone(
    open_playbooks: Callable[..., AppTest], sql: Any
) -> None:
    page = open_playbooks()
    page.button(key=f"switch-{SILENT}").click().run()
    assert newest(sql, SILENT)[0] == 1
    page.button(key="switch-sure").click().run()
    version, definition, note = newest(sql, SILENT)
    assert (version, definition["enabled"], note) == (2, False, "Turned off")
    assert "“Silent after set-up” is off." in as_seen(page.success[0].value)
    assert "6 playbooks, 5 of them on." in plain(page)
    books = fetch_playbooks(services.service_client()).playbooks
    assert not next(book for book in books if book.name == SILENT).enabled

    page.button(key="said-undo").click().run()
    version, definition, note = newest(sql, SILENT)
    assert (version, definition["enabled"], note) == (3, True, "Turned on again")
    assert not [button for button in page.button if button.key == "said-undo"]


def test_a_title_is_never_read_as_markdown_or_html(
    open_playbooks: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    title = "![x](http://x.example/i.png) <img src=x onerror=alert(1)> :red[z]"
    publish_behind_the_back(sql, ada["id"], SILENT, title=title)
    page = open_playbooks()
    assert "<img" not in words_of(page)
    button = page.button(key=f"switch-{SILENT}")
    assert r"\!\[x\]\(http\:" in button.help
    button.click().run()
    page.button(key="switch-sure").click().run()
    raw = page.success[0].value
    assert r"\!\[x\]\(http\:" in raw
    assert f"“{title}” is off." in as_seen(raw)


def test_what_somebody_changed_meanwhile_is_not_undone(
    open_playbooks: Callable[..., AppTest], sql: Any, ada: dict[str, str]
) -> None:
    page = open_playbooks()
    page.button(key=f"switch-{SILENT}").click().run()
    page.button(key="switch-sure").click().run()
    publish_behind_the_back(sql, ada["id"], SILENT, priority=1)
    page.button(key="said-undo").click().run()
    assert "changed again meanwhile" in as_seen(page.warning[0].value)
    assert newest(sql, SILENT)[0] == 3


def test_cancelling_changes_nothing(open_playbooks: Callable[..., AppTest], sql: Any) -> None:
    page = open_playbooks()
    page.button(key=f"switch-{SILENT}").click().run()
    page.button(key="switch-cancel").click().run()
    assert newest(sql, SILENT)[0] == 1
    assert not [button for button in page.button if button.key == "switch-sure"]


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
    one(page.number_input, "conditions[1]-days_silent-one").set_value(10.0).run()
    one(page.number_input, "holdout_percent").set_value(12.5).run()
    one(page.selectbox, "conditions[1]-days_silent-how").set_value("above").run()
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
    one(page.selectbox, "conditions[2].not.any[0]-field").set_value("risk_level").run()
    one(page.selectbox, "conditions[2].not.any[0]-risk_level-one").set_value("critical").run()
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
    one(getattr(page, kind), name).set_value(value).run()
    (wrong,) = wrongs(page)
    assert words in wrong
    assert page.button(key="publish").disabled


def test_a_playbook_that_does_nothing_or_waits_for_nothing_is_refused(
    open_playbooks: Callable[..., AppTest],
) -> None:
    page = open_playbooks("became_critical")
    one(page.checkbox, "does-call").uncheck().run()
    assert wrongs(page) == ["✕ Choose what is done: at least one of these."]
    page.button(key="remove-conditions[0]").click().run()
    assert any("must not be empty" in wrong.lower() for wrong in wrongs(page))


def test_a_call_brings_the_question_when_the_supplier_recovered(
    open_playbooks: Callable[..., AppTest],
) -> None:
    page = open_playbooks("low_adoption")
    assert "Recovered when" not in plain(page)
    one(page.checkbox, "does-call").check().run()
    page.run()
    assert "Recovered when" in plain(page)
    assert wrongs(page) == []


def test_a_message_has_to_be_chosen(open_playbooks: Callable[..., AppTest]) -> None:
    page = open_playbooks("became_critical")
    one(page.checkbox, "does-email").check().run()
    page.run()
    assert len(wrongs(page)) == 1
    one(page.selectbox, "detail-email").set_value("check_in").run()
    assert wrongs(page) == []
    assert "check-in call and e-mail “Check in”" in plain(page)


def test_json_is_taken_over_where_it_is_right_and_refused_where_not(
    open_playbooks: Callable[..., AppTest], sql: Any
) -> None:
    page = open_playbooks(SILENT)
    (field,) = page.text_area
    wanted = json.loads(field.value) | {"cool_down_days": 5}
    field.set_value(json.dumps(wanted)).run()
    page.button(key="json-take").click().run()
    assert one(page.number_input, "cool_down_days").value == 5
    (field,) = page.text_area
    field.set_value(json.dumps(wanted | {"colour": "red"})).run()
    page.button(key="json-take").click().run()
    assert "colour: Is not known" in " ".join(wrongs(page))
    assert one(page.number_input, "cool_down_days").value == 5
    (field,) = page.text_area
    field.set_value("{").run()
    page.button(key="json-take").click().run()
    assert "this is not JSON" in " ".join(wrongs(page))


# ============ who would match ============


@pytest.fixture
def quiet(sql: Any, add_events: Callable[..., None]) -> str:
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
    one(page.number_input, "cool_down_days").set_value(20.0).run()
    assert "matches" not in plain(page)
    assert page.button(key="look-who").label == "Look who would match"


def test_a_look_that_fails_says_so_and_keeps_the_edits(
    open_playbooks: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise StoreError(what="Reading measures", reason="Supabase does not answer")

    page = open_playbooks(SILENT)
    one(page.number_input, "cool_down_days").set_value(20.0).run()
    monkeypatch.setattr(playbook_preview_view, "preview_playbook", fail)
    page.button(key="look-who").click().run()
    assert "It could not be looked up." in as_seen(page.error[0].value)
    assert one(page.number_input, "cool_down_days").value == 20


# ============ versions, and two at once ============


def test_who_is_late_is_told_loses_nothing_and_can_go_on(
    open_playbooks: Callable[..., AppTest], sql: Any, add_person: Callable[..., dict[str, str]]
) -> None:
    grace = add_person("grace@wedsync.example", "admin")
    page = open_playbooks(SILENT)
    one(page.number_input, "cool_down_days").set_value(20.0).run()
    publish_behind_the_back(sql, grace["id"], SILENT, priority=3)
    page.run()
    said = as_seen(page.warning[0].value)
    assert "grace@wedsync.example published version 2" in said
    assert "Priority 3 instead of 20" in said
    page.button(key="bring-forward").click().run()
    assert one(page.number_input, "cool_down_days").value == 20
    assert one(page.number_input, "priority").value == 3
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
    assert one(page.number_input, "cool_down_days").value == 14
    page.button(key="publish").click().run()
    page.button(key="publish-sure").click().run()
    version, definition, note = newest(sql, SILENT)
    assert (version, definition["cool_down_days"], note) == (3, 14, "Back to version 1")


def test_a_new_playbook_is_made_turned_off(
    open_playbooks: Callable[..., AppTest], sql: Any
) -> None:
    page = open_playbooks("new")
    assert wrongs(page) == []  # nobody has done anything wrong yet
    one(page.checkbox, "does-call").check().run()
    assert wrongs(page) == ["✕ Is empty; give it one such as Quiet florists."]
    one(page.text_input, "-title").set_value("sharp drop within a WEEK").run()
    assert wrongs(page) == ["✕ Is taken by another playbook; choose another."]
    one(page.text_input, "-title").set_value("123").run()
    assert wrongs(page) == ["✕ Needs a letter from a to z."]
    one(page.text_input, "-title").set_value("Quiet florists").run()
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
    one(page.number_input, "cool_down_days").set_value(20.0).run()
    again = open_playbooks(SILENT)
    assert one(again.number_input, "cool_down_days").value == 20
    again.button(key="discard").click().run()
    assert one(again.number_input, "cool_down_days").value == 14


def test_a_new_playbook_never_takes_the_place_of_another(
    open_playbooks: Callable[..., AppTest], sql: Any
) -> None:
    page = open_playbooks("new")
    one(page.checkbox, "does-call").check().run()
    one(page.text_input, "-title").set_value("Sharp drop").run()
    publish(page, "New")
    assert newest(sql, "sharp_drop")[0] == 1
    version, definition, _ = newest(sql, "sharp_drop_2")
    assert (version, definition["title"]) == (1, "Sharp drop")
    assert page.query_params["playbook"] == "sharp_drop_2"


def test_an_unknown_playbook_leads_to_the_list(open_playbooks: Callable[..., AppTest]) -> None:
    page = open_playbooks("nonsense")
    assert page.info[0].value.startswith("There is no such playbook")
    assert "6 playbooks" in plain(page)
