"""The timeline of a supplier: its lines, and how it is filtered and paged."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.supplier.timeline import PAGE
from cs_app.supplier.timeline_wording import lines_of_day
from cs_core.io.suppliers.timeline import Entry
from tests.support.dashboard import words_of
from tests.support.supplier_rows import SUPPLIER, add_known_supplier

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TOMORROW = "2026-11-23T10:00:00+00:00"
MESSAGE = {
    "type": "email",
    "status": "sent",
    "reason": None,
    "subject": "Hello",
    "template": "check_in",
    "cause": {"reasons": []},
}
CALL = {"type": "check_in", "outcome": None, "cause": None, "intervention_id": "i"}


def line(kind: str, **facts: Any) -> Any:
    (found,) = lines_of_day([Entry(kind, NOW, "id", facts)], NOW)
    return found


@pytest.mark.parametrize(
    ("kind", "facts", "text"),
    [
        ("login", {"count": 1}, "Logged in"),
        ("login", {"count": 3}, "Logged in 3 times"),
        ("feature", {"features": ["client_portal"], "count": 1}, "Used client portal"),
        ("feature", {"features": ["a", "b"], "count": 5}, "Used a, b (5 times)"),
        ("note", {"text": "x", "by_name": "Ada"}, "Note by Ada"),
        (
            "milestone",
            {"milestone_type": "ten_clients", "celebrated": True},
            "Milestone: Ten clients, celebrated",
        ),
        ("intervention", MESSAGE, "E-mail “Hello”: sent"),
        (
            "intervention",
            MESSAGE | {"type": "in_app"},
            "Message in the product “Hello”: shown in the product",
        ),
        (
            "intervention",
            MESSAGE | {"status": "suppressed", "reason": "opt_out"},
            "E-mail “Hello”: not sent: opted out of e-mail",
        ),
        (
            "intervention",
            MESSAGE | {"status": "planned", "scheduled_for": TOMORROW},
            "E-mail “Hello”: planned for tomorrow 10:00",
        ),
        (
            "intervention",
            MESSAGE | {"status": "planned", "scheduled_for": NOW.isoformat()},
            "E-mail “Hello”: waits to be sent",
        ),
        (
            "intervention",
            MESSAGE | {"status": "planned", "attempts": 2},
            "E-mail “Hello”: waits for another try, 2 so far",
        ),
        ("call", CALL | {"scheduled_for": TOMORROW}, "Check-in call: open, tomorrow 10:00"),
        (
            "call",
            CALL | {"completed_at": TOMORROW, "outcome": "no_answer", "by_name": "Ada"},
            "Check-in call: no answer, by Ada",
        ),
        (
            "call",
            CALL | {"cancelled_at": TOMORROW, "reason": "recovered"},
            "Check-in call: cancelled: doing better, so the reason is gone",
        ),
    ],
)
def test_an_entry_in_words(kind: str, facts: dict[str, Any], text: str) -> None:
    assert line(kind, **facts).text == text


def test_a_failed_message_says_why_and_can_be_tried_again() -> None:
    failed = line("intervention", **MESSAGE | {"status": "failed", "last_error": "No such box."})
    assert failed.more == ("No such box.",)
    assert (failed.can, failed.question) == ("retry", "")
    maybe = line("intervention", **MESSAGE | {"status": "failed", "may_have_arrived": True})
    assert maybe.text == "E-mail “Hello”: may have arrived"
    assert maybe.question == "It may have arrived; send it again only if it did not."


@pytest.mark.parametrize(
    ("status", "can"),
    [("planned", "cancel"), ("sending", None), ("sent", None), ("cancelled", None)],
)
def test_only_what_has_not_left_can_be_taken_back(status: str, can: str | None) -> None:
    assert line("intervention", **MESSAGE | {"status": status}).can == can


def test_who_asked_and_why_stand_beneath() -> None:
    reasons = [{"requested_by": "u", "note": "wants a call"}]
    cause = {"cause": {"reasons": reasons}, "requested_by_name": "Ada"}
    assert line("intervention", **MESSAGE | cause).more == ("Asked for by Ada: wants a call",)


def test_the_forms_of_a_day_are_one_line_a_kind() -> None:
    entries = [
        Entry("form", NOW - timedelta(minutes=n), str(n), {"form": f"form-{n}", "event": event})
        for n, event in enumerate(("sent", "completed", "sent", "sent"))
    ]
    texts = [one.text for one in lines_of_day(entries, NOW)]
    assert texts == ["3 forms sent to clients", "1 form completed by clients"]


@pytest.fixture
def cookie(analyst: str) -> str:
    return analyst


def add_notes(sql: Any, supplier_id: str, count: int) -> None:
    sql.execute(
        "insert into supplier_notes (supplier_id, text, created_at)"
        " select %s, 'note number ' || n, now() - n * interval '7 hours'"
        " from generate_series(1, %s) n",
        [supplier_id, count],
    )


def test_days_are_named_and_the_newest_comes_first(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    supplier_id = add_known_supplier(sql)
    add_notes(sql, supplier_id, 9)
    words = words_of(open_page(cookie, SUPPLIER, id=supplier_id))
    assert "<h3>Yesterday</h3>" in words
    places = [words.index(f"note number {n}<") for n in range(1, 10)]
    assert places == sorted(places)


def test_show_more_goes_back_until_there_is_no_more(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    supplier_id = add_known_supplier(sql)
    add_notes(sql, supplier_id, 2 * PAGE + 1)
    page = open_page(cookie, SUPPLIER, id=supplier_id)
    counts = []
    while True:
        counts.append(words_of(page).count("note number"))
        more = [button for button in page.button if button.label == "Show more"]
        if not more:
            break
        more[0].click().run()
    assert counts == [PAGE, 2 * PAGE, 2 * PAGE + 1]


def test_more_than_one_request_gives_is_there_without_gap_or_double(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    supplier_id = add_known_supplier(sql)
    add_notes(sql, supplier_id, 300)
    page = open_page(cookie, SUPPLIER, id=supplier_id)
    page.session_state[f"timeline-pages-{supplier_id}-"] = 9
    page.run()
    words = words_of(page)
    assert all(words.count(f"note number {n}<") == 1 for n in range(1, 301))


def test_the_address_chooses_kinds(
    cookie: str, open_page: Callable[..., AppTest], sql: Any, add_events: Callable[..., None]
) -> None:
    supplier_id = add_known_supplier(sql)
    add_notes(sql, supplier_id, 1)
    add_events((supplier_id, "login", None, "2026-06-01T12:00:00Z"))
    both = words_of(open_page(cookie, SUPPLIER, id=supplier_id, show="nonsense"))
    assert "note number" in both
    assert "Logged in" in both
    page = open_page(cookie, SUPPLIER, id=supplier_id, show="logins")
    assert "note number" not in words_of(page)
    assert "Logged in" in words_of(page)
    page.button_group(key="timeline-kinds").set_value(["calls", "milestones"]).run()
    assert page.query_params["show"] == "calls,milestones"
    assert "No calls or milestones so far." in words_of(page)
    page.button_group(key="timeline-kinds").set_value([]).run()
    assert "show" not in page.query_params


def test_nothing_yet_is_told(cookie: str, open_page: Callable[..., AppTest], sql: Any) -> None:
    page = open_page(cookie, SUPPLIER, id=add_known_supplier(sql))
    assert "Nothing has happened yet" in words_of(page)


def test_a_failed_timeline_leaves_the_rest_of_the_page(
    cookie: str, open_page: Callable[..., AppTest], sql: Any
) -> None:
    supplier_id = add_known_supplier(sql)
    right = "function public.supplier_timeline"
    sql.execute(f"revoke execute on {right} from authenticated")
    try:
        page = open_page(cookie, SUPPLIER, id=supplier_id)
    finally:
        sql.execute(f"grant execute on {right} to authenticated")
    assert "The timeline could not be loaded." in words_of(page)
    assert "Maya Rowan" in words_of(page)
