"""What the tests of a supplier's page share: one to look at, pressing, what came of it."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.dashboard import as_seen, words_of
from tests.support.supplier_rows import SUPPLIER, add_38, add_day, add_known_supplier


@pytest.fixture
def rowan(sql: Any) -> str:
    """A supplier that was scored today."""
    supplier_id = add_known_supplier(sql)
    add_38(sql, supplier_id)
    add_day(sql, supplier_id, 0, 38)
    return supplier_id


@pytest.fixture
def page(cookie: str, open_page: Callable[..., AppTest], rowan: str) -> AppTest:
    """Its page, as an admin sees it."""
    return open_page(cookie, SUPPLIER, id=rowan)


def press(page: AppTest, words: str) -> AppTest:
    (button,) = [one for one in page.button if one.label == words]
    assert not button.disabled, words
    button.click().run()
    assert not page.exception
    return page


def field(page: AppTest, kind: str, label: str) -> Any:
    (found,) = [one for one in page.get(kind) if one.label.startswith(label)]
    return found


def said(page: AppTest) -> str:
    return "\n".join([words_of(page), *(as_seen(one.value) for one in page.success)])


def interventions(sql: Any) -> list[dict[str, Any]]:
    rows = sql.execute("select to_jsonb(i) from interventions i order by created_at").fetchall()
    return [row[0] for row in rows]


def mails(sql: Any) -> list[tuple[str, str, str]]:
    query = "select subject, body_text, status from outbox order by created_at"
    return list(sql.execute(query).fetchall())
