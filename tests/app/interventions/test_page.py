"""The queue of calls, as an admin works it and an analyst sees it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.contacts.actions import UNDO_WITHIN
from cs_app.interventions.board import ROWS
from cs_app.interventions.queue import STAYS, Row, is_in_place, merge_rows
from cs_core.io.outreach.call_queue import QueuedCall
from tests.app.interventions.queue_page import LATE, NOTED, call_id, grace, keys, open_as
from tests.support.dashboard import press, words_of
from tests.support.intervention_rows import add_call

__all__ = ["call_id", "grace", "open_as"]

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_an_empty_queue_says_what_to_do(sql: Any, ada: dict[str, str], open_as: Any) -> None:
    said = words_of(open_as(ada))
    assert "No calls are due." in said
    assert "The daily run plans calls" in said


def test_the_queue_says_who_when_and_why(ada: dict[str, str], call_id: str, open_as: Any) -> None:
    said = words_of(open_as(ada))
    assert "1 call to make: all from days before." in said
    assert "Rowan &amp; &lt;Fox&gt;" in said
    assert "<Fox>" not in said
    for words in ("2 days late", "+44 7700 900254", "no login", "Check-in call", "/supplier?id="):
        assert words in said
    assert 'href="tel:+447700900254"' in said


def test_overdue_calls_come_first(
    sql: Any, ada: dict[str, str], add_supplier: Callable[..., str], open_as: Any
) -> None:
    for name, due_in in (("Later", LATE), ("Longest", LATE * 3), ("Soon", LATE / 100)):
        add_call(sql, add_supplier(business_name=name), due_in=due_in)
    said = words_of(open_as(ada))
    assert said.index("Longest") < said.index("Later") < said.index("Soon")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("reached", "Reached"),
        ("left_message", "Left message"),
        ("no_answer", "No answer"),
        ("not_needed", "Not needed"),
    ],
)
def test_one_click_notes_an_outcome_and_the_row_stays_a_moment(
    sql: Any, ada: dict[str, str], call_id: str, open_as: Any, outcome: str, words: str
) -> None:
    page = press(open_as(ada), f"{outcome}-{call_id}")
    assert sql.execute(NOTED).fetchone() == (outcome, None, True)
    assert sql.execute("select status from interventions").fetchone() == ("done",)
    said = words_of(page)
    assert f"<b>{words}</b>" in said
    assert "No calls are due." in said
    assert "reopen" in keys(page)


def test_a_slip_is_undone(sql: Any, ada: dict[str, str], call_id: str, open_as: Any) -> None:
    page = press(press(open_as(ada), f"reached-{call_id}"), f"reopen-{call_id}")
    assert sql.execute(NOTED).fetchone() == (None, None, False)
    assert sql.execute("select status from interventions").fetchone() == ("planned",)
    assert "1 call to make" in words_of(page)
    assert "reached" in keys(page)


def test_what_another_noted_cannot_be_undone_and_is_shown(
    ada: dict[str, str], grace: dict[str, str], call_id: str, open_as: Any
) -> None:
    hers = open_as(grace)
    press(open_as(ada), f"reached-{call_id}")
    hers = open_again(hers, open_as, grace)
    assert "Reached, noted by ada@wedsync.example" in words_of(hers)
    assert "reopen" not in keys(hers)


def open_again(page: AppTest, open_as: Any, person: dict[str, str]) -> AppTest:
    """Run a page again as the person whose it is; pages of this process share their cookies."""
    open_as(person)
    return page.run()


def test_of_two_who_note_an_outcome_the_first_one_counts(
    sql: Any, ada: dict[str, str], grace: dict[str, str], call_id: str, open_as: Any
) -> None:
    hers = open_as(grace)
    press(open_as(ada), f"reached-{call_id}")
    open_as(grace)
    assert "the call was made, cancelled or taken over meanwhile" in words_of(
        press(hers, f"no_answer-{call_id}")
    )
    assert sql.execute(NOTED).fetchone() == ("reached", None, True)


def test_a_claimed_call_shows_who_has_it_and_can_be_taken_over(
    sql: Any, ada: dict[str, str], grace: dict[str, str], call_id: str, open_as: Any
) -> None:
    page = press(open_as(ada), f"claim-{call_id}")
    assert "1 yours" in words_of(page)
    hers = open_as(grace)
    assert "ada@wedsync.example makes this call" in words_of(hers)
    assert "reached" not in keys(hers)
    press(hers, f"take_over-{call_id}")
    claimed = sql.execute("select claimed_by::text from support_interactions").fetchone()
    assert claimed == (grace["id"],)


def test_a_call_is_given_back(sql: Any, ada: dict[str, str], call_id: str, open_as: Any) -> None:
    press(press(open_as(ada), f"claim-{call_id}"), f"release-{call_id}")
    assert sql.execute("select claimed_by from support_interactions").fetchone() == (None,)


def test_of_two_who_claim_the_second_is_told(
    ada: dict[str, str], grace: dict[str, str], call_id: str, open_as: Any
) -> None:
    hers = open_as(grace)
    press(open_as(ada), f"claim-{call_id}")
    open_as(grace)
    assert "ada@wedsync.example was faster" in words_of(press(hers, f"claim-{call_id}"))


def test_an_analyst_sees_the_queue_and_no_action(
    add_person: Callable[..., dict[str, str]], call_id: str, open_as: Any
) -> None:
    page = open_as(add_person("ann@wedsync.example", "analyst"))
    assert "Rowan" in words_of(page)
    assert "Nobody is at it yet" in words_of(page)
    assert keys(page) == set()


def test_who_lost_the_role_meanwhile_does_nothing(
    sql: Any, ada: dict[str, str], call_id: str, open_as: Any
) -> None:
    page = open_as(ada)
    sql.execute("update user_profiles set role = 'analyst'")
    press(page, f"reached-{call_id}")
    assert sql.execute(NOTED).fetchone() == (None, None, False)


def test_the_queue_of_ones_own_suppliers(
    sql: Any, ada: dict[str, str], add_supplier: Callable[..., str], open_as: Any
) -> None:
    add_call(sql, add_supplier(business_name="Mine", owner_id=ada["id"]), due_in=LATE)
    add_call(sql, add_supplier(business_name="Nobodys"), due_in=LATE)
    mine, nobodys = words_of(open_as(ada, owner="me")), words_of(open_as(ada, owner="none"))
    assert "Mine" in mine
    assert "Nobodys" not in mine
    assert "Nobodys" in nobodys
    assert ">Mine<" not in nobodys
    assert "2 calls to make" in words_of(open_as(ada, owner="' or 1=1"))


def test_a_long_queue_comes_in_pages(
    sql: Any, ada: dict[str, str], add_supplier: Callable[..., str], open_as: Any
) -> None:
    for _ in range(ROWS + 3):
        add_call(sql, add_supplier(), due_in=LATE)
    page = open_as(ada)
    assert f"{ROWS + 3} calls to make: all from days before." in words_of(page)
    assert sum(b.key.startswith("more-") for b in page.button) == ROWS
    page = press(page, "queue-more")
    assert sum(b.key.startswith("more-") for b in page.button) == ROWS + 3


def test_calls_of_later_days_are_counted_and_one_click_away(
    sql: Any, ada: dict[str, str], add_supplier: Callable[..., str], open_as: Any
) -> None:
    add_call(sql, add_supplier(business_name="Next week"), due_in=timedelta(days=7))
    said = words_of(open_as(ada))
    assert "Next week" not in said
    assert "1 call for the days to come" in said
    assert "/interventions?tab=scheduled&amp;type=call" in said


def test_without_the_database_the_page_says_so(
    ada: dict[str, str], call_id: str, open_as: Any, sql: Any
) -> None:
    page = open_as(ada)
    sql.execute("revoke execute on function public.call_queue from authenticated")
    try:
        page.run()
    finally:
        sql.execute("grant execute on function public.call_queue to authenticated")
    assert "The interventions could not be loaded." in words_of(page)
    assert not page.exception


def a_call(call_id: str, due_in: timedelta = LATE) -> QueuedCall:
    nothing = dict.fromkeys(QueuedCall.__dataclass_fields__)
    facts = {"id": call_id, "supplier_id": "s", "scheduled_for": NOW + due_in}
    return QueuedCall(**nothing | facts)  # type: ignore[arg-type]


def test_a_call_that_left_keeps_its_place_for_a_moment() -> None:
    calls = [a_call("a"), a_call("b"), a_call("c")]
    rows = merge_rows([Row(one) for one in calls], [calls[0], calls[2]], NOW)
    assert [(row.call.id, row.left_at) for row in rows] == [("a", None), ("b", NOW), ("c", None)]
    soon, then = NOW + STAYS - timedelta(seconds=1), NOW + STAYS
    assert [is_in_place(row, soon) for row in rows] == [True, True, True]
    assert [is_in_place(row, then) for row in rows] == [True, False, True]
    rows = merge_rows(rows, [calls[0], calls[2]], NOW + UNDO_WITHIN - timedelta(seconds=1))
    assert [row.call.id for row in rows] == ["a", "b", "c"]
    rows = merge_rows(rows, [calls[0], calls[2]], NOW + UNDO_WITHIN)
    assert [row.call.id for row in rows] == ["a", "c"]


def test_a_call_that_came_back_is_open_again() -> None:
    (row,) = merge_rows([Row(a_call("a"), NOW)], [a_call("a")], NOW)
    assert row.left_at is None
