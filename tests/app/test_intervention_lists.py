"""Lists of interventions: what they say, how they are narrowed, and what can still be done."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.intervention_address import CALLS, OFFERED, read_filter, read_list
from cs_app.intervention_lists import export_address
from cs_app.intervention_words import REASONS, STATUSES, ahead, state
from cs_app.page_address import read_page
from cs_core.io.intervention_lists import ListFilter, ListLine
from cs_core.io.interventions import TABS
from embedded.stack import Stack
from tests.app.conftest import words_of
from tests.app.intervention_rows import add_call, add_intervention
from tests.run.mailbox import Mailbox

PAGE = "pages/interventions.py"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def supplier(add_supplier: Callable[..., str]) -> str:
    return add_supplier(business_name="Rowan & Fox", email="rowan@fox.example")


@pytest.fixture
def open_as(
    open_page: Callable[..., AppTest],
    cookie_of: Callable[..., str],
    add_person: Callable[..., dict[str, str]],
) -> Any:
    def open_it(role: str, **query: str) -> AppTest:
        cookie = cookie_of(add_person(f"{role}@wedsync.example", role))
        page = open_page(cookie, PAGE, **query)
        assert not page.exception
        return page

    return open_it


def line(**facts: Any) -> ListLine:
    nothing = dict.fromkeys(ListLine.__dataclass_fields__)
    usual = {"type": "email", "status": "planned", "attempts": 0, "causes": ()}
    return ListLine(**nothing | usual | facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (
            {
                "last_error": "The mail server did not take it now: 451 Busy.",
                "attempts": 2,
                "next_attempt_at": NOW + timedelta(minutes=20),
            },
            "Waits: the mail server did not take it now: 451 Busy; tried 2 times, "
            "next try in 20 minutes",
        ),
        ({"scheduled_for": NOW}, "Goes out with the next run"),
        ({"scheduled_for": NOW + timedelta(hours=3)}, "Goes out in 3 hours"),
        ({"scheduled_for": NOW + timedelta(days=1)}, "Goes out tomorrow 12:00"),
        ({"status": "sending"}, "Is being sent"),
        ({"status": "sent", "sent_at": NOW - timedelta(days=3)}, "Sent 3 days ago"),
        (
            {"status": "sent", "type": "in_app", "sent_at": NOW},
            "Delivered to their inbox in WedSync just now",
        ),
        (
            {"status": "failed", "last_error": "SMTP said no.", "attempts": 1},
            "Could not be sent: SMTP said no; tried once",
        ),
        (
            {
                "status": "done",
                "type": "call",
                "outcome": "no_answer",
                "made_by_name": "Ada",
                "made_at": NOW,
            },
            "No answer, Ada, just now",
        ),
        (
            {"status": "suppressed", "reason": "opt_out"},
            "Not sent: they asked for no more e-mails",
        ),
        (
            {"status": "suppressed", "type": "call", "reason": "holdout"},
            "Not called: left alone on purpose, to compare with those contacted",
        ),
        (
            {"status": "cancelled", "reason": "recovered"},
            "Cancelled: the reason is gone: they are doing better",
        ),
    ],
)
def test_what_became_of_an_intervention_is_told_in_words(facts: Any, words: str) -> None:
    assert state(line(**facts), NOW) == words


def test_every_status_and_reason_of_the_database_has_words(sql: Any) -> None:
    query = (
        "select string_agg(pg_get_constraintdef(oid), ' ') from pg_constraint"
        " where conrelid = 'public.interventions'::regclass and contype = 'c'"
        " and pg_get_constraintdef(oid) ~ '(status|reason)'"
    )
    (checks,) = sql.execute(query).fetchone()
    for name in (*STATUSES, *REASONS):
        assert f"'{name}'" in checks
    quoted = set(checks.split("'")[1::2]) - {"array", "reasons"}
    assert quoted <= {*STATUSES, *REASONS}


def test_a_time_to_come_is_rounded_to_what_matters() -> None:
    for left, words in (
        (timedelta(seconds=5), "within a minute"),
        (timedelta(minutes=59), "in 59 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(days=2), "Tue 24 Nov, 12:00"),
    ):
        assert ahead(NOW + left, NOW) == words


def test_what_an_address_says_wrong_is_left_out() -> None:
    bad = {"tab": "<b>", "type": "fax", "since": "yesterday", "person": "1", "page": "-1"}
    assert read_list(bad) == CALLS
    assert read_page(bad) == 1
    for tab in TABS:
        assert read_filter(bad, tab) == ListFilter()


def test_every_list_has_its_filters() -> None:
    assert set(OFFERED) == set(TABS)


def test_the_download_of_a_list_has_its_filters() -> None:
    assert export_address("history", ListFilter()) == "/export/interventions.csv"
    narrowed = export_address("failed", ListFilter(type="email"))
    assert narrowed == "/export/interventions.csv?tab=failed&type=email"


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("role", ["admin", "analyst"])
def test_an_empty_list_says_so(open_as: Any, sql: Any, tab: str, role: str) -> None:
    page = open_as(role, tab=tab)
    assert len(page.info) == 1
    assert not page.error


def test_each_intervention_is_in_its_list(open_as: Any, sql: Any, supplier: str) -> None:
    for status, reason in (
        *(("planned", None), ("sent", None), ("failed", None)),
        *(("suppressed", "cool_down"), ("cancelled", "recovered")),
    ):
        add_intervention(sql, supplier, status=status, reason=reason, subject=f"about {status}")
    page = open_as("analyst", tab="history")
    assert "**5 interventions**" in words_of(page)
    for tab, status in (
        *(("scheduled", "planned"), ("sent", "sent"), ("failed", "failed")),
        ("suppressed", "suppressed"),
    ):
        page.query_params["tab"] = tab
        said = words_of(page.run())
        assert f"about {status}" in said
        assert "**1 intervention**" in said
        assert f'href="/supplier?id={supplier}" target="_self"' in said


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
    open_as: Any, sql: Any, supplier: str, query: dict[str, str], shown: set[str]
) -> None:
    day = {"created_at": "2026-11-01T12:00:00Z"}
    add_intervention(sql, supplier, subject="one", type="in_app", status="sent", **day)
    add_intervention(sql, supplier, subject="two", playbook="became_critical")
    day = {"created_at": "2026-11-02T23:59:59Z"}
    add_intervention(sql, supplier, subject="three", status="failed", **day)
    add_intervention(sql, supplier, subject="four", status="suppressed", reason="opt_out")
    said = words_of(open_as("analyst", tab="history", **query))
    assert {word for word in ("one", "two", "three", "four") if f": {word}</td>" in said} == shown


def test_a_filter_that_is_chosen_goes_into_the_address(
    open_as: Any, sql: Any, supplier: str
) -> None:
    add_intervention(sql, supplier, subject="one", type="in_app", status="sent")
    add_intervention(sql, supplier, subject="two")
    page = open_as("analyst", tab="history")
    page.selectbox(key="filter-history-type").select("in_app").run()
    assert page.query_params["type"] == "in_app"
    assert "one" in words_of(page)
    assert ": two" not in words_of(page)
    page.button(key="clear-history").click().run()
    assert "type" not in page.query_params
    assert ": two" in words_of(page)


def test_a_tab_that_is_chosen_goes_into_the_address(open_as: Any, sql: Any) -> None:
    page = open_as("analyst", type="email")
    page.segmented_control(key="interventions-tab").select("failed").run()
    assert page.query_params == {"tab": "failed"}


def test_a_long_list_comes_in_pages(open_as: Any, sql: Any, supplier: str) -> None:
    for number in range(52):
        made = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=number)
        add_intervention(
            sql, supplier, subject=f"n{number:02}", status="sent", created_at=made, sent_at=made
        )
    first = words_of(open_as("analyst", tab="sent"))
    assert "52 interventions" in first
    assert "n00" in first
    assert "n50" not in first


def test_the_second_page_holds_the_rest(open_as: Any, sql: Any, supplier: str) -> None:
    for number in range(52):
        made = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=number)
        add_intervention(sql, supplier, subject=f"n{number:02}", status="sent", created_at=made)
    second = words_of(open_as("analyst", tab="sent", page="2"))
    assert "n51" in second
    assert "n49" not in second


def test_cancelling_asks_once_more(open_as: Any, sql: Any, supplier: str) -> None:
    planned = add_intervention(sql, supplier, scheduled_for=NOW + timedelta(days=400))
    page = open_as("admin", tab="scheduled")
    page.button(key=f"cancel-{planned}").click().run()
    assert sql.execute("select status from interventions").fetchone() == ("planned",)
    page.button(key=f"yes-{planned}").click().run()
    status = sql.execute("select status, reason from interventions").fetchone()
    assert status == ("cancelled", "by_person")


def test_a_cancelled_call_leaves_the_queue(open_as: Any, sql: Any, supplier: str) -> None:
    add_call(sql, supplier, due_in=timedelta(days=-1))
    (planned,) = sql.execute("select id::text from interventions").fetchone()
    page = open_as("admin", tab="scheduled")
    page.button(key=f"cancel-{planned}").click().run()
    page.button(key=f"yes-{planned}").click().run()
    assert sql.execute("select cancelled_at is null from support_interactions").fetchone() == (
        False,
    )


def test_keeping_it_keeps_it(open_as: Any, sql: Any, supplier: str) -> None:
    planned = add_intervention(sql, supplier, scheduled_for=NOW + timedelta(days=400))
    page = open_as("admin", tab="scheduled")
    page.button(key=f"cancel-{planned}").click().run()
    page.button(key=f"no-{planned}").click().run()
    page.button(key=f"cancel-{planned}")
    assert sql.execute("select status from interventions").fetchone() == ("planned",)


@pytest.fixture
def sent_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be sent in a moment is sent at once."""
    from cs_app import courier, intervention_actions

    monkeypatch.setattr(intervention_actions, "send_at", lambda _: courier.deliver())


@pytest.mark.usefixtures("sent_now")
def test_a_failed_message_is_tried_again(
    open_as: Any, sql: Any, supplier: str, stack: Stack
) -> None:
    failed = add_intervention(
        sql, supplier, status="failed", subject="Hello", body="Hello again.", requested_by=None
    )
    with Mailbox.emptied(stack) as mailbox:
        page = open_as("admin", tab="failed")
        page.button(key=f"retry-{failed}").click().run()
        assert not page.exception
        assert mailbox.subjects() == ["Hello"]
    assert sql.execute("select status from interventions").fetchone() == ("sent",)
    assert "Nothing failed." in words_of(page)


@pytest.mark.parametrize("tab", ["scheduled", "failed"])
def test_an_analyst_sees_no_action(open_as: Any, sql: Any, supplier: str, tab: str) -> None:
    add_intervention(sql, supplier, subject="one")
    add_intervention(sql, supplier, subject="two", status="failed")
    page = open_as("analyst", tab=tab)
    assert [button.key for button in page.button] == []
    assert "Rowan &amp; Fox" in words_of(page)


def test_notes_of_a_call_are_plain_text(open_as: Any, sql: Any, supplier: str) -> None:
    add_call(sql, supplier, due_in=timedelta(days=-1))
    sql.execute(
        "update support_interactions set completed_at = now(), outcome = 'reached',"
        " notes = '<script>alert(1)</script>'"
    )
    said = words_of(open_as("analyst", tab="sent"))
    assert "&lt;script&gt;" in said
    assert "<script>" not in said
