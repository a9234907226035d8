"""What the tests of the templates' settings share: opening one, its frame, its versions."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.supplier_rows import add_38, add_known_supplier


@pytest.fixture
def rowan(sql: Any) -> str:
    supplier_id = add_known_supplier(sql)
    add_38(sql, supplier_id)
    return supplier_id


@pytest.fixture
def open_template(open_settings: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """A function that opens a template, or the list of them."""

    def run(name: str | None = "check_in", *with_cookie: str) -> AppTest:
        return open_settings("templates", *with_cookie, **({"template": name} if name else {}))

    return run


def frame(page: AppTest) -> str:
    """The document in the frame, as the mail program would get it."""
    (one,) = page.get("iframe")
    (inner,) = re.findall(r'srcdoc="([^"]*)"', one.proto.srcdoc)
    assert 'sandbox=""' in one.proto.srcdoc
    return unescape(inner)


def stored(sql: Any, name: str = "check_in") -> list[tuple[int, str, str | None]]:
    query = "select version, subject, note from message_templates where name = %s order by 1"
    return list(sql.execute(query, (name,)).fetchall())


def publish_behind_the_back(sql: Any, who: str, subject: str) -> None:
    sql.execute(
        "insert into message_templates (name, version, audience, subject, body_text, body_html,"
        " note, published_at, published_by)"
        " select name, version + 1, audience, %s, body_text, body_html, 'By hand', now(), %s"
        " from message_templates where name = 'check_in' order by version desc limit 1",
        (subject, who),
    )
