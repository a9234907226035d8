"""Saved views of the supplier list, as people keep, share and delete them."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from cs_app.ui.markdown import plain
from tests.app.suppliers.list_page import (
    names_of,
    query_of,
)
from tests.support.dashboard import as_seen, words_of
from tests.support.health_rows import add_scored_supplier

SUPPLIERS = "pages/suppliers.py"
MAIN = "cs_app/main.py"
Open = Callable[..., AppTest]


@pytest.fixture
def four(sql: Any) -> None:
    for name, score in (("Ash", 3), ("Birch", 35), ("Cedar", 55), ("Elm", 90)):
        add_scored_supplier(sql, name, score)


def test_a_view_is_saved_applied_renamed_and_deleted(
    cookie: str, open_page: Open, four: None
) -> None:
    page = open_page(cookie, risk="critical", sort="name", page="2")
    page.text_input(key="view-name").set_value("Red *ones*")
    page.button(key="FormSubmitter:view-new-Save view").click().run()
    assert not page.exception
    (apply,) = [b for b in page.button if b.label == r"Red \*ones\*"]
    page.query_params.clear()
    page.run()
    assert len(names_of(page)) == 4
    page.button(key=apply.key).click().run()
    assert query_of(page) == {"risk": ["critical"], "sort": ["name"]}

    view_id = apply.key.removeprefix("view-")
    page.button(key=f"view-edit-{view_id}").click().run()
    page.text_input(key="view-rename").set_value("Mine").run()
    page.button(key="view-save").click().run()
    assert page.button(key=apply.key).label == "Mine"

    page.button(key=f"view-edit-{view_id}").click().run()
    page.button(key="view-delete").click().run()
    assert "Delete the view Mine?" in words_of(page)
    page.button(key="view-delete-no").click().run()
    assert "Delete the view Mine?" not in words_of(page)
    page.button(key="view-delete").click().run()
    page.button(key="view-delete-yes").click().run()
    assert not page.exception
    assert not [b for b in page.button if str(b.key).startswith("view-edit")]


def test_a_view_without_a_name_or_with_one_twice_is_not_saved(
    cookie: str, open_page: Open, four: None
) -> None:
    page = open_page(cookie)
    page.button(key="FormSubmitter:view-new-Save view").click().run()
    assert "Not saved. A view needs a name" in words_of(page)
    for _ in range(2):
        page.text_input(key="view-name").set_value("Twice")
        page.button(key="FormSubmitter:view-new-Save view").click().run()
    assert "Not saved. You have a view called Twice already" in words_of(page)


def test_the_name_of_a_view_is_shown_as_it_is_in_an_error_too(
    cookie: str, open_page: Open, four: None, ada: dict[str, str], sql: Any
) -> None:
    name = "**Red** [here](http://evil.example/x)"
    for one in (name, "Other"):
        sql.execute(
            "insert into saved_views (owner_id, name, query) values (%s, %s, '')", [ada["id"], one]
        )
    page = open_page(cookie)
    page.text_input(key="view-name").set_value(name)
    page.button(key="FormSubmitter:view-new-Save view").click().run()
    (error,) = page.error
    assert error.value.startswith(f"Not saved. You have a view called {plain(name)} already")
    (view_id,) = sql.execute("select id::text from saved_views where name = 'Other'").fetchone()
    page.button(key=f"view-edit-{view_id}").click().run()
    page.text_input(key="view-rename").set_value(name).run()
    page.button(key="view-save").click().run()
    assert f"You have a view called {plain(name)} already" in page.error[0].value


def test_a_shared_view_is_seen_by_others_who_cannot_change_it(
    analyst: str, open_page: Open, sql: Any, ada: dict[str, str]
) -> None:
    add_scored_supplier(sql, "Rowan & Fox", 20)
    for name, is_shared in (("Ours", True), ("Hers", False)):
        sql.execute(
            "insert into saved_views (owner_id, name, query, is_shared) values (%s, %s, '', %s)",
            [ada["id"], name, is_shared],
        )
    page = open_page(analyst)
    labels = [as_seen(button.label) for button in page.button]
    assert [label for label in labels if label.startswith(("Ours", "Hers"))] == [
        "Ours · by ada@wedsync.example"
    ]
    assert not [b for b in page.button if str(b.key).startswith("view-edit")]
