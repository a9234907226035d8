"""The drawer beside the queue: notes, and putting a call off."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cs_app.interventions.call_drawer import NEXT, put_off_until
from tests.app.interventions.queue_page import NOTED, call_id, open_as
from tests.support.dashboard import press, words_of
from tests.support.defaults import DEFAULT_RULES

__all__ = ["call_id", "open_as"]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_drawer_notes_an_outcome_with_notes(
    sql: Any, ada: dict[str, str], call_id: str, open_as: Any
) -> None:
    page = press(open_as(ada), f"more-{call_id}")
    page.text_area(key=f"notes-{call_id}").input("  Wants a tour.  ").run()
    press(page, f"drawer-reached-{call_id}")
    assert sql.execute(NOTED).fetchone() == ("reached", "Wants a tour.", True)


def test_a_call_is_put_off_with_a_reason(
    sql: Any, ada: dict[str, str], call_id: str, open_as: Any
) -> None:
    page = press(open_as(ada), f"more-{call_id}")
    page.text_input(key=f"why-{call_id}").input("On holiday").run()
    page = press(page, f"put-off-{call_id}")
    reason, is_later = sql.execute(
        "select snoozed_reason, scheduled_for > now() from support_interactions"
    ).fetchone()
    assert (reason, is_later) == ("On holiday", True)
    assert "Put off: " in words_of(page)
    assert not page.get("dialog")


def test_without_a_reason_nothing_is_put_off(
    sql: Any, ada: dict[str, str], call_id: str, open_as: Any
) -> None:
    page = press(press(open_as(ada), f"more-{call_id}"), f"put-off-{call_id}")
    assert "Say why" in words_of(page)
    assert sql.execute("select snoozed_reason from support_interactions").fetchone() == (None,)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("delete from outreach_rules", "There are no outreach rules in the database"),
        (
            "update outreach_rules set definition = definition || '{\"colour\": 1}'",
            "colour",
        ),
    ],
)
def test_without_outreach_rules_a_call_can_still_be_noted(
    sql: Any, ada: dict[str, str], call_id: str, open_as: Any, broken: str, words: str
) -> None:
    kept = sql.execute("select to_jsonb(r)::text from outreach_rules r").fetchone()
    sql.execute(broken)
    try:
        page = press(open_as(ada), f"more-{call_id}")
        assert words in words_of(page)
        assert "this one cannot be put off" in words_of(page)
        assert f"put-off-{call_id}" not in {button.key for button in page.button}
        press(page, f"drawer-reached-{call_id}")
    finally:
        sql.execute("delete from outreach_rules")
        sql.execute(
            "insert into outreach_rules select * from"
            " jsonb_populate_record(null::outreach_rules, %s::jsonb)",
            kept,
        )
    assert sql.execute(NOTED).fetchone() == ("reached", None, True)


def test_where_no_day_is_a_working_day_a_call_is_put_off_to_a_chosen_one(
    sql: Any, ada: dict[str, str], call_id: str, open_as: Any
) -> None:
    sql.execute(
        "insert into outreach_rules (version, definition)"
        " select 2, definition || jsonb_build_object("
        "'working_days', '[\"mon\"]'::jsonb, 'holidays', (select jsonb_agg(current_date + n)"
        " from generate_series(0, 420) n)) from outreach_rules"
    )
    page = press(open_as(ada), f"more-{call_id}")
    assert "No working day in the 400 days after" in words_of(page)
    assert "In 2 hours and Another day are possible" in words_of(page)
    page.segmented_control(key=f"later-{call_id}").set_value("Another day").run()
    page.text_input(key=f"why-{call_id}").input("Abroad").run()
    press(page, f"put-off-{call_id}")
    reason = sql.execute("select snoozed_reason from support_interactions").fetchone()
    assert reason == ("Abroad",)


@pytest.mark.parametrize(
    ("choice", "zone", "until"),
    [
        ("In 2 hours", "Europe/London", "2026-11-22T14:00:00+00:00"),
        (NEXT, "Europe/London", "2026-11-23T10:00:00+00:00"),
        (NEXT, "America/Los_Angeles", "2026-11-23T10:00:00-08:00"),
        ("In 3 days", "Europe/London", "2026-11-25T10:00:00+00:00"),
        ("In a week", "no such zone", "2026-11-30T10:00:00+00:00"),  # the 29th is a Sunday
    ],
)
def test_a_call_is_put_off_to_ten_o_clock_of_a_working_day_where_the_supplier_is(
    choice: str, zone: str, until: str
) -> None:
    assert put_off_until(choice, None, NOW, zone, DEFAULT_RULES).isoformat() == until
