"""Calls, notes and rescoring from a supplier's page, to the last click; and who may do nothing."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.supplier.actions import FORM_KEY, OpenForm
from cs_app.ui import notices
from tests.app.supplier.supplier_steps import field, interventions, page, press, rowan, said
from tests.support.dashboard import words_of
from tests.support.intervention_rows import add_call
from tests.support.supplier_rows import SUPPLIER, add_known_supplier

__all__ = ["page", "rowan"]
Open = Callable[..., AppTest]


def test_a_call_is_planned_for_the_next_working_day_and_undone(page: AppTest, sql: Any) -> None:
    press(page, "Call")
    field(page, "text_area", "Why").set_value("Asked for help").run()
    press(page, "Plan the call")
    assert "Call planned: " in said(page)
    (one,) = interventions(sql)
    assert (one["type"], one["call_type"], one["status"]) == ("call", "check_in", "planned")
    assert "Open call" in words_of(page)
    press(page, "Undo")
    assert "Open call" not in words_of(page)


def test_a_call_that_was_made_is_noted_with_its_outcome(
    page: AppTest, sql: Any, ada: dict[str, str]
) -> None:
    press(page, "Call")
    page.button_group[-1].set_value("I made a call").run()
    press(page, "Save the call")
    assert "Choose an outcome" in words_of(page)
    assert interventions(sql) == []
    field(page, "radio", "Outcome").set_value("reached").run()
    field(page, "text_area", "What was said").set_value("Will be back on Monday").run()
    press(page, "Save the call")
    assert "Call noted: reached." in said(page)
    row = sql.execute(
        "select outcome, notes, completed_by::text, completed_at from support_interactions"
    ).fetchone()
    assert row[:3] == ("reached", "Will be back on Monday", ada["id"])
    assert datetime.now(UTC) - row[3] < timedelta(minutes=2)
    assert interventions(sql)[0]["status"] == "done"
    assert "Will be back on Monday" in words_of(page)
    press(page, "Undo")
    assert "the call counts as not made" in said(page)
    assert "Open call" not in words_of(page)
    (one,) = interventions(sql)
    assert (one["status"], one["reason"]) == ("cancelled", "by_person")
    row = sql.execute("select completed_at, cancelled_at is not null from support_interactions")
    assert row.fetchone() == (None, True)


def test_taking_back_what_was_noted_on_an_open_call_opens_it_again(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    add_call(sql, rowan, due_in=timedelta(0))
    page = press(open_page(cookie, SUPPLIER, id=rowan), "Call")
    page.button_group[-1].set_value("I made a call").run()
    field(page, "radio", "Outcome").set_value("reached").run()
    press(page, "Save the call")
    press(page, "Undo")
    assert "the call is open again" in said(page)
    assert "Open call" in words_of(page)
    assert interventions(sql)[0]["status"] == "planned"


def test_a_call_of_yesterday_that_was_noted_just_now_can_be_taken_back(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    add_call(sql, rowan, due_in=timedelta(0))
    page = press(open_page(cookie, SUPPLIER, id=rowan), "Call")
    page.button_group[-1].set_value("I made a call").run()
    field(page, "radio", "Outcome").set_value("reached").run()
    yesterday = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0) - timedelta(days=1)
    field(page, "datetime_input", "When it was").set_value(yesterday).run()
    press(page, "Save the call")
    (made_at,) = sql.execute("select completed_at from support_interactions").fetchone()
    assert datetime.now(UTC) - made_at > timedelta(hours=23)
    press(page, "Undo")
    assert "the call is open again" in said(page)


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("Reached", "reached"),
        ("No answer", "no_answer"),
        ("Left message", "left_message"),
        ("Not needed", "not_needed"),
    ],
)
def test_the_open_call_takes_an_outcome_with_one_click(
    cookie: str, open_page: Open, sql: Any, rowan: str, words: str, outcome: str
) -> None:
    sql.execute(
        "insert into support_interactions (supplier_id, type, scheduled_for)"
        " values (%s, 'check_in', now())",
        [rowan],
    )
    page = press(open_page(cookie, SUPPLIER, id=rowan), words)
    assert sql.execute("select outcome from support_interactions").fetchone() == (outcome,)
    assert "Open call" not in words_of(page)


def test_an_outcome_that_somebody_else_noted_first_is_told(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    sql.execute(
        "insert into support_interactions (supplier_id, type, scheduled_for)"
        " values (%s, 'check_in', now())",
        [rowan],
    )
    page = open_page(cookie, SUPPLIER, id=rowan)
    page.text_input[0].set_value("x")
    # The page reads the call, and then it is gone: as late as a test can make it.
    sql.execute(
        "create function public.too_late() returns trigger language plpgsql as"
        " $$ begin return null; end $$"
    )
    sql.execute(
        "create trigger too_late before update on support_interactions"
        " for each row execute function public.too_late()"
    )
    try:
        press(page, "Reached")
    finally:
        sql.execute("drop function public.too_late() cascade")
    assert "the call was made, cancelled or taken over meanwhile" in words_of(page)


def test_a_note_is_saved_and_in_the_timeline(page: AppTest, sql: Any) -> None:
    press(press(page, "Note"), "Save the note")
    assert "Write something first" in words_of(page)
    field(page, "text_area", "Note").set_value("  Prefers e-mail <i>\n").run()
    press(page, "Save the note")
    assert "Note saved." in said(page)
    assert sql.execute("select text from supplier_notes").fetchall() == [("Prefers e-mail <i>",)]
    assert "Prefers e-mail &lt;i&gt;" in words_of(page)


def test_a_form_can_be_left_and_nothing_happens(page: AppTest, sql: Any) -> None:
    press(press(page, "Call"), "Cancel")
    assert FORM_KEY not in page.session_state
    assert interventions(sql) == []


def dismiss(page: AppTest) -> None:
    """Leave the dialog as a click beside it does."""
    del page.session_state[FORM_KEY]
    page.run()
    assert not page.text_area


@pytest.mark.parametrize(
    ("button", "label"),
    [("Note", "Note"), ("E-mail", "Text"), ("Message in the product", "Text"), ("Call", "Why")],
)
def test_what_was_typed_is_there_again_until_it_is_cancelled(
    page: AppTest, button: str, label: str
) -> None:
    field(press(page, button), "text_area", label).set_value("Half a thought").run()
    dismiss(page)
    assert field(press(page, button), "text_area", label).value == "Half a thought"
    press(page, "Cancel")
    assert field(press(page, button), "text_area", label).value != "Half a thought"


def test_rescoring_scores_this_supplier_now(
    page: AppTest, sql: Any, rowan: str, add_supplier: Callable[..., str]
) -> None:
    add_supplier()
    press(page, "Rescore now")
    assert "Scored just now" in said(page)
    scored = sql.execute("select supplier_id::text, health_score from current_health").fetchall()
    assert scored == [(rowan, 0)]
    assert sql.execute("select kind, status from runs").fetchall() == [("supplier", "done")]


def test_a_run_at_work_is_told_and_nothing_is_scored(page: AppTest, sql: Any) -> None:
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(0.2):
            sql.execute("update private.run_lease set renewed_at = clock_timestamp()")

    sql.execute(
        "update private.run_lease set holder = 'cron', renewed_at = clock_timestamp(),"
        " expires_at = now() + interval '1 hour'"
    )
    other = threading.Thread(target=renew)
    other.start()
    try:
        press(page, "Rescore now")
    finally:
        stop.set()
        other.join()
    assert "another scoring run is at work" in words_of(page)
    assert sql.execute("select health_score from current_health").fetchall() == [(38,)]


def test_an_analyst_gets_no_form_however_the_page_is_asked(
    open_page: Open, analyst: str, rowan: str
) -> None:
    page = open_page(analyst, SUPPLIER, id=rowan)
    page.session_state[FORM_KEY] = OpenForm("email", rowan, "key")
    page.run()
    assert not page.exception
    assert not page.text_area
    assert not page.button


def test_who_lost_the_role_meanwhile_does_nothing(page: AppTest, sql: Any) -> None:
    press(page, "Send the tips by e-mail")
    (send,) = [one for one in page.button if one.label == "Send now"]
    sql.execute("update user_profiles set role = 'analyst'")
    send.click().run()
    assert not page.exception
    assert interventions(sql) == []


def test_what_was_done_stays_with_its_supplier(
    cookie: str, open_page: Open, sql: Any, rowan: str
) -> None:
    other = add_known_supplier(sql, business_name="The Glasshouse")
    page = press(open_page(cookie, SUPPLIER, id=rowan), "Call")
    press(page, "Plan the call")
    assert "Call planned: " in said(page)
    press(page, "Call")
    assert notices.KEY not in page.session_state
    press(page, "Plan the call")
    assert "There is an open call already" in said(page)
    page.query_params["id"] = other
    page.run()
    assert not page.text_area
    assert "open call already" not in said(page)
    page.query_params["id"] = rowan
    page.run()
    assert "open call already" not in said(page)


@pytest.mark.parametrize("way", ["outcome", "undo"])
def test_who_lost_the_role_meanwhile_is_told(
    cookie: str, open_page: Open, sql: Any, rowan: str, way: str
) -> None:
    add_call(sql, rowan, due_in=timedelta(0))
    page = open_page(cookie, SUPPLIER, id=rowan)
    if way == "undo":
        press(page, "Reached")
    sql.execute("update user_profiles set role = 'analyst'")
    press(page, "Reached" if way == "outcome" else "Undo")
    assert "Nothing was done. Your role does not allow it any more: ask an admin" in words_of(page)
    noted = sql.execute("select outcome from support_interactions").fetchone()
    assert noted == (None if way == "outcome" else "reached",)


def test_without_the_database_the_form_says_it_may_not_be_saved(page: AppTest, sql: Any) -> None:
    press(page, "Note")
    field(page, "text_area", "Note").set_value("Text").run()
    # Not that it refuses: it breaks, and what it did is not known.
    sql.execute(
        "create function public.fail() returns trigger language plpgsql as"
        " $$ begin raise sqlstate 'XX000' using message = 'It broke.'; end $$"
    )
    sql.execute(
        "create trigger fail before insert on supplier_notes"
        " for each row execute function public.fail()"
    )
    try:
        press(page, "Save the note")
    finally:
        sql.execute("drop function public.fail() cascade")
    assert "Whether it was done is not known. Try again" in words_of(page)
    assert field(page, "text_area", "Note").value == "Text"
    press(page, "Save the note")
    assert sql.execute("select count(*) from supplier_notes").fetchone() == (1,)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("PT404", "Nothing was done. This supplier is no longer there; reload the page."),
        ("22023", "Nothing was done. Saving the note failed: Refused. Choose something else."),
    ],
)
def test_what_is_refused_for_good_is_surely_not_saved_and_not_to_be_tried_again(
    page: AppTest, sql: Any, state: str, words: str
) -> None:
    press(page, "Note")
    field(page, "text_area", "Note").set_value("Text").run()
    # The page has read the supplier, and then it is gone: as late as a test can make it.
    sql.execute(
        "create function public.refuse() returns trigger language plpgsql as"
        f" $$ begin raise sqlstate '{state}' using message = 'Refused.'; end $$"
    )
    sql.execute(
        "create trigger refuse before insert on supplier_notes"
        " for each row execute function public.refuse()"
    )
    try:
        press(page, "Save the note")
    finally:
        sql.execute("drop function public.refuse() cascade")
    assert words in words_of(page)
    assert "Try again" not in words_of(page)
    assert "is not known" not in words_of(page)
