"""Acting on many suppliers: who is selected, who would be contacted, doing it, undoing it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.contacts.wording import undone_words
from cs_app.server import sender
from cs_app.suppliers.bulk_dialog import templates_for
from cs_app.suppliers.bulk_wording import (
    BulkDone,
    done_words,
    next_words,
    reason_words,
    sent_words,
)
from cs_core.io.definitions.templates import fetch_templates
from cs_core.io.outreach import bulk
from cs_core.io.suppliers.find import PAGE_SIZE
from tests.app.suppliers.bulk_page import due, four, statuses
from tests.app.suppliers.list_page import boxes_of, names_of, select
from tests.support.dashboard import words_of
from tests.support.health_rows import add_scored_supplier

__all__ = ["due", "four"]
Open = Callable[..., AppTest]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_nothing_selected_no_action(cookie: str, open_page: Open, four: dict[str, str]) -> None:
    page = open_page(cookie)
    assert not [button for button in page.button if str(button.key).startswith("bulk-")]


def test_two_of_four_get_an_e_mail_and_two_do_not_with_reasons(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any, due: list[datetime]
) -> None:
    page = select(open_page(cookie, sort="name"), *four.values())
    assert "**4 suppliers** selected" in words_of(page)
    page.button(key="bulk-email").click().run()
    words = words_of(page)
    assert "**2 suppliers** will get an e-mail." in words
    assert "Will be contacted: Ash, Birch" in words
    assert "Will not be contacted: 1 has opted out of e-mail: Cedar" in words
    assert "Will not be contacted: 1 has no e-mail address: Dogwood" in words
    assert statuses(sql) == {}

    confirm = page.button(key="bulk-confirm")
    assert confirm.label == "Send 2 e-mails"
    confirm.click().run()
    assert not page.exception
    assert statuses(sql) == {
        "Ash": ("email", "planned", None),
        "Birch": ("email", "planned", None),
        "Cedar": ("email", "suppressed", "opt_out"),
        "Dogwood": ("email", "suppressed", "no_address"),
    }
    assert len(due) == 1
    page.run()
    assert "2 e-mails leave in" in words_of(page)
    assert "1 has opted out of e-mail" in words_of(page)
    assert "selected" not in words_of(page)

    page.button(key="bulk-undo").click().run()
    page.run()
    assert "2 e-mails taken back." in words_of(page)
    assert statuses(sql)["Ash"] == ("email", "cancelled", "by_person")
    sender.deliver()
    assert sql.execute("select count(*) from outbox").fetchone() == (0,)


def test_what_is_not_undone_is_sent_and_the_page_says_so(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), four["Ash"])
    page.button(key="bulk-email").click().run()
    page.button(key="bulk-confirm").click().run()
    # A minute later.
    sql.execute("update interventions set scheduled_for = now() - interval '1 second'")
    sender.deliver()
    assert statuses(sql)["Ash"][1] == "sent"
    done = page.session_state["bulk-done"]
    page.session_state["bulk-done"] = BulkDone(
        done.kind, done.bulk_id, done.count, due_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    page.run()
    assert "**Sent.**" in words_of(page)
    assert not [button for button in page.button if button.key == "bulk-undo"]
    page.button(key="bulk-close").click().run()
    assert "**Sent.**" not in words_of(page)


def test_calls_are_planned_once_and_can_be_undone(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any, due: list[datetime]
) -> None:
    page = select(open_page(cookie), four["Ash"], four["Cedar"])
    page.button(key="bulk-call").click().run()
    page.text_input(key="bulk-note").set_value("Quiet since spring").run()
    page.button(key="bulk-confirm").click().run()
    page.run()
    assert "2 calls are planned." in words_of(page)
    assert {name: row[1] for name, row in statuses(sql).items()} == {
        "Ash": "planned",
        "Cedar": "planned",
    }
    assert due == []
    again = select(open_page(cookie), four["Ash"])
    again.button(key="bulk-call").click().run()
    assert "Nobody would be contacted." in words_of(again)
    assert again.button(key="bulk-confirm").disabled
    page.button(key="bulk-undo").click().run()
    assert {row[1] for row in statuses(sql).values()} == {"cancelled"}


def test_an_in_app_message_in_ones_own_words(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), four["Cedar"])
    page.button(key="bulk-in_app").click().run()
    page.selectbox(key="bulk-template").set_value("In my own words").run()
    page.button(key="bulk-confirm").click().run()
    assert "message is missing" in words_of(page)
    assert "Nothing was planned." in words_of(page)
    page.text_input(key="bulk-subject").set_value("News").run()
    page.text_area(key="bulk-message").set_value("We added a thing.").run()
    page.button(key="bulk-confirm").click().run()
    assert statuses(sql) == {"Cedar": ("in_app", "planned", None)}


def test_what_is_made_for_the_product_comes_first_and_each_title_once(service: Any) -> None:
    chosen = ("check_in", "critical_digest", "feature_tips", "feature_tips_in_app")
    stored = fetch_templates(service)
    known = {name: stored[name] for name in (*chosen, "milestone_one_year")}
    assert templates_for("in_app", known) == ["feature_tips_in_app", "check_in"]
    assert templates_for("email", known) == ["check_in", "feature_tips"]


def test_an_owner_is_assigned_and_given_back(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any, ada: dict[str, str]
) -> None:
    page = select(open_page(cookie), four["Ash"], four["Birch"])
    page.button(key="bulk-owner").click().run()
    page.selectbox(key="bulk-new-owner").set_value(ada["id"]).run()
    assert page.button(key="bulk-confirm").label == "Assign 2 suppliers"
    page.button(key="bulk-confirm").click().run()
    page.run()
    assert "2 suppliers now belong to ada@wedsync.example." in words_of(page)
    owned = "select business_name from suppliers where owner_id is not null order by 1"
    assert [row[0] for row in sql.execute(owned)] == ["Ash", "Birch"]
    page.button(key="bulk-undo").click().run()
    assert list(sql.execute(owned)) == []


def test_all_that_match_are_more_than_the_page(cookie: str, open_page: Open, sql: Any) -> None:
    for number in range(PAGE_SIZE + 3):
        add_scored_supplier(sql, f"Supplier {number:03}", 20)
    add_scored_supplier(sql, "Healthy", 90)
    page = open_page(cookie, risk="critical")
    page.button(key="select-all").click().run()
    assert "**All 53 that match** selected" in words_of(page)
    assert len(boxes_of(page).value) == PAGE_SIZE
    page.button(key="bulk-call").click().run()
    page.button(key="bulk-confirm").click().run()
    assert len(statuses(sql)) == 53
    assert "Healthy" not in statuses(sql)


def test_taking_one_out_of_all_leaves_the_others_of_the_page(
    cookie: str, open_page: Open, four: dict[str, str]
) -> None:
    page = open_page(cookie)
    page.button(key="select-all").click().run()
    boxes_of(page).unselect(four["Ash"]).run()
    assert "**3 suppliers** selected" in words_of(page)
    page.button(key="bulk-clear").click().run()
    assert not boxes_of(page).value


def test_the_box_above_selects_the_page(cookie: str, open_page: Open, four: dict[str, str]) -> None:
    page = open_page(cookie)
    (box,) = [box for box in page.checkbox if str(box.key).endswith("-page")]
    box.check().run()
    assert "**4 suppliers** selected" in words_of(page)


def test_another_filter_begins_with_nobody_selected(
    cookie: str, open_page: Open, four: dict[str, str]
) -> None:
    page = select(open_page(cookie), four["Ash"])
    page.selectbox(key="sort").set_value("name").run()
    assert "selected" not in words_of(page)


def test_a_selection_stays_with_its_supplier_when_the_data_change(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie, sort="name"), four["Birch"])
    add_scored_supplier(sql, "Aaron", 5)
    page.run()
    assert names_of(page)[:3] == ["Aaron", "Ash", "Birch"]
    assert boxes_of(page).value == [four["Birch"]]
    assert "**1 supplier** selected" in words_of(page)


def test_who_lost_the_role_meanwhile_contacts_nobody(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), four["Ash"])
    page.button(key="bulk-email").click().run()
    sql.execute("update user_profiles set role = 'analyst'")
    page.button(key="bulk-confirm").click().run()
    assert statuses(sql) == {}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (60, "2 e-mails leave in 60 seconds."),
        (0.5, "2 e-mails leave in 1 second."),
        (-1, "2 e-mails are on the way."),
    ],
)
def test_the_time_left_is_said(seconds: float, words: str) -> None:
    done = BulkDone("email", "x", 2, due_at=NOW + timedelta(seconds=seconds))
    assert done_words(done, NOW) == words


def test_counts_are_said_in_words() -> None:
    assert reason_words("opt_out", 1) == "1 has opted out of e-mail"
    assert reason_words("opt_out", 1200) == "1,200 have opted out of e-mail"
    assert reason_words("something_new", 2) == "2 are held back by a rule of outreach"
    assert sent_words(1, 0) == "Sent."
    assert sent_words(3, 1) == "2 of 3 sent, 1 failed; Interventions says why."
    assert undone_words("email", 0, 3) == "Nothing was taken back. For 3 it was too late."
    assert done_words(BulkDone("owner", "x", 1), NOW) == "1 supplier has no owner now."


def test_after_one_action_the_next_is_offered(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "MOST_AT_ONCE", 3)
    page = open_page(cookie)
    page.button(key="select-all").click().run()
    page.button(key="bulk-in_app").click().run()
    assert "**3 suppliers** will get a message" in words_of(page)
    page.button(key="bulk-confirm").click().run()
    page.run()
    assert page.button(key="bulk-next").label == "Write to the other 1"
    page.button(key="bulk-next").click().run()
    assert "**1 supplier** will get a message" in words_of(page)
    page.button(key="bulk-confirm").click().run()
    page.run()
    assert "bulk-next" not in {button.key for button in page.button}
    assert len(statuses(sql)) == 4


def test_how_many_are_left_is_said() -> None:
    assert next_words("email", 3400) == "Write to the next 1,000 of 3,400"
    assert next_words("call", 12) == "Plan calls to the other 12"
    assert next_words("owner", 1000) == "Assign the other 1,000"
