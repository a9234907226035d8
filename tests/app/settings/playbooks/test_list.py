"""The list of playbooks: what each has done, turning one on and off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.server import clients
from cs_app.settings.playbooks import tab as settings_playbooks
from cs_core.base.errors import StoreError
from cs_core.io.definitions import versions
from cs_core.io.definitions.playbooks import fetch_playbooks
from tests.app.settings.playbooks.playbook_page import (
    SILENT,
    newest,
    open_playbooks,
    publish_behind_the_back,
)
from tests.app.settings.settings_page import SETTINGS, ada, field
from tests.support.dashboard import as_seen, plain, words_of
from tests.support.health_rows import add_scored_supplier
from tests.support.intervention_rows import add_call, add_intervention

__all__ = ["ada", "open_playbooks"]


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

    monkeypatch.setattr(versions, "call", fail)
    page = open_page(cookie, SETTINGS, part="playbooks")
    assert "Reading the playbooks failed" in as_seen(page.error[0].value)


def test_an_analyst_sees_nothing_of_it(open_page: Callable[..., AppTest], analyst: str) -> None:
    for address in ({}, {"playbook": SILENT}):
        page = open_page(analyst, SETTINGS, part="playbooks", **address)
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
    assert field(page, "number_input", "cool_down_days").value == 14


def test_an_unknown_playbook_leads_to_the_list(open_playbooks: Callable[..., AppTest]) -> None:
    page = open_playbooks("nonsense")
    assert page.info[0].value.startswith("There is no such playbook")
    assert "6 playbooks" in plain(page)


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
    books = fetch_playbooks(clients.service_client()).playbooks
    assert not next(book for book in books if book.name == SILENT).enabled

    page.button(key="notice-undo").click().run()
    version, definition, note = newest(sql, SILENT)
    assert (version, definition["enabled"], note) == (3, True, "Turned on again")
    assert not [button for button in page.button if button.key == "notice-undo"]


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
    page.button(key="notice-undo").click().run()
    assert "changed again meanwhile" in as_seen(page.warning[0].value)
    assert newest(sql, SILENT)[0] == 3


def test_cancelling_changes_nothing(open_playbooks: Callable[..., AppTest], sql: Any) -> None:
    page = open_playbooks()
    page.button(key=f"switch-{SILENT}").click().run()
    page.button(key="switch-cancel").click().run()
    assert newest(sql, SILENT)[0] == 1
    assert not [button for button in page.button if button.key == "switch-sure"]
