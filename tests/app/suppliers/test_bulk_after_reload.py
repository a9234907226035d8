"""Undoing what was done for many suppliers in another session: the database knows of it."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from tests.app.suppliers.bulk_page import due, four
from tests.app.suppliers.list_page import select
from tests.support.dashboard import words_of

__all__ = ["due", "four"]
Open = Callable[..., AppTest]


def test_after_a_reload_what_waits_can_still_be_undone(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), *four.values())
    page.button(key="bulk-email").click().run()
    page.button(key="bulk-confirm").click().run()
    # Another session, as after a reload or a click on a supplier's name.
    page = open_page(cookie)
    words = words_of(page)
    assert "2 e-mails leave in" in words
    assert "1 has opted out of e-mail" in words
    page.button(key="bulk-close").click().run()
    assert "2 e-mails" not in words_of(open_page(cookie))

    other = select(open_page(cookie), four["Cedar"], four["Dogwood"])
    other.button(key="bulk-call").click().run()
    other.button(key="bulk-confirm").click().run()
    page = open_page(cookie)
    assert "2 calls are planned." in words_of(page)
    sql.execute("update interventions set created_at = created_at - interval '9 minutes'")
    assert "2 calls are planned." in words_of(page.run())
    page.button(key="bulk-undo").click().run()
    assert "2 calls taken back." in words_of(page.run())
    calls = "select distinct status from interventions where type = 'call'"
    assert sql.execute(calls).fetchall() == [("cancelled",)]


def test_what_waits_beyond_its_minute_can_be_undone(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), four["Ash"], four["Birch"])
    page.button(key="bulk-in_app").click().run()
    page.button(key="bulk-confirm").click().run()
    sql.execute(
        "update interventions set scheduled_for = now() - interval '9 minutes',"
        " created_at = created_at - interval '10 minutes'"
    )
    sql.execute(
        "update interventions set status = 'sent', sent_at = now() where supplier_id = %s",
        (four["Ash"],),
    )
    page = open_page(cookie)
    said = "1 of 2 messages in the product is not sent yet, asked for 10 minutes ago."
    assert said in words_of(page)
    page.button(key="bulk-undo").click().run()
    words = words_of(page.run())
    assert "1 message in the product taken back. For 1 it was too late." in words
    assert "bulk-undo" not in {button.key for button in page.button}


def test_an_analyst_is_offered_no_undoing(
    cookie: str, analyst: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), four["Ash"])
    page.button(key="bulk-call").click().run()
    page.button(key="bulk-confirm").click().run()
    sql.execute(
        "update interventions set requested_by ="
        " (select id from user_profiles where role = 'analyst')"
    )
    page = open_page(analyst)
    assert "1 call is planned." not in words_of(page)


def assign(page: AppTest, owner: str | None, *supplier_ids: str) -> AppTest:
    """Give suppliers to somebody, to the last click."""
    select(page, *supplier_ids).button(key="bulk-owner").click().run()
    choice = page.selectbox(key="bulk-new-owner")
    choice.select(owner) if owner else choice.select_index(len(choice.options) - 1)
    page.run()
    page.button(key="bulk-confirm").click().run()
    assert not page.exception
    return page


def owners(sql: Any) -> dict[str, str | None]:
    return dict(sql.execute("select business_name, owner_id::text from suppliers").fetchall())


def test_after_a_reload_a_change_of_owners_can_still_be_undone(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any, ada: dict[str, str]
) -> None:
    sql.execute("update suppliers set owner_id = %s where business_name = 'Ash'", (ada["id"],))
    before = owners(sql)
    assign(open_page(cookie), None, four["Ash"], four["Birch"])
    page = open_page(cookie)
    assert "1 supplier has no owner now." in words_of(page)
    page.button(key="bulk-undo").click().run()
    assert "Undone: 1 supplier given back to who had them before." in words_of(page.run())
    assert owners(sql) == before
    assert "given back" not in words_of(open_page(cookie))


def test_what_changed_hands_again_meanwhile_stays(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any, ada: dict[str, str]
) -> None:
    assign(open_page(cookie), ada["id"], *four.values())
    sql.execute("update suppliers set owner_id = null where business_name = 'Ash'")
    page = open_page(cookie)
    assert "4 suppliers now belong to ada@wedsync.example." in words_of(page)
    page.button(key="bulk-undo").click().run()
    words = words_of(page.run())
    assert "Undone: 3 suppliers given back to who had them before." in words
    assert "1 stays: it has changed hands since" in words


def test_a_change_of_owners_that_was_closed_is_not_shown_again(
    cookie: str, open_page: Open, four: dict[str, str], ada: dict[str, str]
) -> None:
    page = assign(open_page(cookie), ada["id"], four["Ash"]).run()
    page.button(key="bulk-close").click().run()
    assert "now belongs to" not in words_of(open_page(cookie))


def test_the_newest_of_messages_and_owners_is_shown(
    cookie: str, open_page: Open, four: dict[str, str], ada: dict[str, str]
) -> None:
    page = select(open_page(cookie), four["Ash"])
    page.button(key="bulk-call").click().run()
    page.button(key="bulk-confirm").click().run()
    page = assign(open_page(cookie), ada["id"], four["Birch"])
    assert "1 supplier now belongs to ada@wedsync.example." in words_of(open_page(cookie))
    page = open_page(cookie)
    page.button(key="bulk-undo").click().run()
    # What was asked for before it is the newest now.
    assert "1 call is planned." in words_of(open_page(cookie))
