"""Lists of interventions: scheduled, sent, failed, not sent, and all of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cs_core.io.outreach.interventions import PAGE_SIZE, TABS
from tests.app.suppliers.list_page import query_of
from tests.support.dashboard import words_of
from tests.support.intervention_rows import add_call, add_intervention

PAGE = "pages/interventions.py"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_an_empty_list_says_so(open_list: Any, sql: Any, tab: str, role: str) -> None:
    page = open_list(role, tab=tab)
    assert len(page.info) == 1
    assert not page.error


def test_each_intervention_is_in_its_list(open_list: Any, sql: Any, fox: str) -> None:
    for status, reason in (
        *(("planned", None), ("sent", None), ("failed", None)),
        *(("suppressed", "cool_down"), ("cancelled", "recovered")),
    ):
        add_intervention(sql, fox, status=status, reason=reason, subject=f"about {status}")
    page = open_list("analyst", tab="history")
    assert "**5 interventions**" in words_of(page)
    for tab, status in (
        *(("scheduled", "planned"), ("sent", "sent"), ("failed", "failed")),
        ("suppressed", "suppressed"),
    ):
        page.query_params["tab"] = tab
        said = words_of(page.run())
        assert f"about {status}" in said
        assert "**1 intervention**" in said
        assert f'href="/supplier?id={fox}" target="_self"' in said


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"type": "in_app"}, {"one"}),
        ({"playbook": "became_critical"}, {"two"}),
        ({"status": "failed"}, {"three"}),
        ({"reason": "opt_out"}, {"four"}),
        ({"since": "2026-11-02", "until": "2026-11-02"}, {"three"}),
        ({"until": "2026-11-02"}, {"one", "three"}),
        ({"type": "fax"}, {"one", "two", "three", "four"}),
    ],
)
def test_the_history_is_narrowed_by_its_address(
    open_list: Any, sql: Any, fox: str, query: dict[str, str], shown: set[str]
) -> None:
    day = {"created_at": "2026-11-01T12:00:00Z"}
    add_intervention(sql, fox, subject="one", type="in_app", status="sent", **day)
    add_intervention(sql, fox, subject="two", playbook="became_critical")
    day = {"created_at": "2026-11-02T23:59:59Z"}
    add_intervention(sql, fox, subject="three", status="failed", **day)
    add_intervention(sql, fox, subject="four", status="suppressed", reason="opt_out")
    said = words_of(open_list("analyst", tab="history", **query))
    assert {word for word in ("one", "two", "three", "four") if f": {word}</td>" in said} == shown


def test_a_filter_that_is_chosen_goes_into_the_address(open_list: Any, sql: Any, fox: str) -> None:
    add_intervention(sql, fox, subject="one", type="in_app", status="sent")
    add_intervention(sql, fox, subject="two")
    page = open_list("analyst", tab="history")
    page.selectbox(key="filter-history-type").select("in_app").run()
    assert page.query_params["type"] == "in_app"
    assert "one" in words_of(page)
    assert ": two" not in words_of(page)
    page.button(key="clear-history").click().run()
    assert "type" not in page.query_params
    assert ": two" in words_of(page)


def test_a_tab_that_is_chosen_goes_into_the_address(open_list: Any, sql: Any) -> None:
    page = open_list("analyst", type="email")
    page.segmented_control(key="interventions-tab").select("failed").run()
    assert page.query_params == {"tab": "failed"}


def test_a_long_list_comes_in_pages(open_list: Any, sql: Any, fox: str) -> None:
    for number in range(PAGE_SIZE + 2):
        made = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=number)
        add_intervention(
            sql, fox, subject=f"n{number:02}", status="sent", created_at=made, sent_at=made
        )
    first = words_of(open_list("analyst", tab="sent"))
    assert f"{PAGE_SIZE + 2} interventions" in first
    assert "n00" in first
    assert f"n{PAGE_SIZE}" not in first


def test_from_a_page_that_is_gone_one_click_leads_to_the_first(
    open_list: Any, sql: Any, fox: str
) -> None:
    add_intervention(sql, fox, subject="the only one", status="sent")
    page = open_list("analyst", tab="sent", page="7")
    assert "This page is empty." in words_of(page)
    page.button(key="first-sent").click().run()
    assert "the only one" in words_of(page)
    assert query_of(page) == {"tab": ["sent"]}


def test_the_second_page_holds_the_rest(open_list: Any, sql: Any, fox: str) -> None:
    for number in range(PAGE_SIZE + 2):
        made = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=number)
        add_intervention(sql, fox, subject=f"n{number:02}", status="sent", created_at=made)
    second = words_of(open_list("analyst", tab="sent", page="2"))
    assert f"n{PAGE_SIZE + 1}" in second
    assert f"n{PAGE_SIZE - 1}" not in second


@pytest.mark.parametrize("tab", ["scheduled", "failed"])
def test_an_analyst_sees_no_action(open_list: Any, sql: Any, fox: str, tab: str) -> None:
    add_intervention(sql, fox, subject="one")
    add_intervention(sql, fox, subject="two", status="failed")
    page = open_list("analyst", tab=tab)
    assert [button.key for button in page.button] == []
    assert "Rowan &amp; Fox" in words_of(page)


def test_notes_of_a_call_are_plain_text(open_list: Any, sql: Any, fox: str) -> None:
    add_call(sql, fox, due_in=timedelta(days=-1))
    sql.execute(
        "update support_interactions set completed_at = now(), outcome = 'reached',"
        " notes = '<script>alert(1)</script>'"
    )
    said = words_of(open_list("analyst", tab="sent"))
    assert "&lt;script&gt;" in said
    assert "<script>" not in said
