"""Errors are shown as the text they are: what people chose in them is no Markdown."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from streamlit.testing.v1 import AppTest

from cs_app.ui.markdown import plain
from tests.app.suppliers.bulk_page import due, four
from tests.app.suppliers.list_page import select
from tests.support.dashboard import as_seen

__all__ = ["due", "four"]
Open = Callable[..., AppTest]


@contextmanager
def refused(sql: Any, function: str) -> Iterator[str]:
    """Let the database refuse a function; its answer has signs of Markdown in it."""
    name = f"public.{function}"
    holders = [
        role
        for (role,) in sql.execute(
            "select r from unnest(array['authenticated', 'service_role']) r"
            " where has_function_privilege(r, %s::regproc, 'execute')",
            (name,),
        ).fetchall()
    ]
    sql.execute(f"revoke execute on function {name} from {', '.join(holders)}")
    try:
        yield plain(f"permission denied for function {function}.")
    finally:
        sql.execute(f"grant execute on function {name} to {', '.join(holders)}")


def error_of(page: AppTest) -> str:
    assert not page.exception
    return str(page.error[0].value)


def test_where_a_screen_cannot_be_shown(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    with refused(sql, "supplier_screen") as words:
        assert words in error_of(open_page(cookie))


def test_where_it_cannot_be_found_out_who_would_be_contacted(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), four["Ash"])
    with refused(sql, "preview_bulk") as words:
        assert words in error_of(page.button(key="bulk-email").click().run())


def test_where_a_bulk_is_cut_off_and_cannot_be_undone(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), four["Ash"])
    page.button(key="bulk-call").click().run()
    with refused(sql, "request_bulk") as words:
        assert words in error_of(page.button(key="bulk-confirm").click().run())
    page.button(key="bulk-continue").click().run()
    with refused(sql, "undo_bulk") as words:
        page.run().button(key="bulk-undo").click().run()
        assert words in error_of(page)


def test_where_an_owner_cannot_be_assigned_or_undone(
    cookie: str, open_page: Open, four: dict[str, str], sql: Any
) -> None:
    page = select(open_page(cookie), four["Ash"])
    page.button(key="bulk-owner").click().run()
    with refused(sql, "assign_owner") as words:
        error = error_of(page.button(key="bulk-confirm").click().run())
        assert words in error
        assert as_seen(error).startswith("Nothing was done.")
        assert "ask an admin" in error
    page.button(key="bulk-confirm").click().run()
    with refused(sql, "undo_owners") as words:
        page.run().button(key="bulk-undo").click().run()
        assert words in error_of(page)
