"""What the tests of the operations screen share: an admin before an empty log, opening it."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.dashboard import words_of

PAGE = "pages/operations.py"


@pytest.fixture
def ada(add_person: Callable[..., dict[str, str]], sql: Any) -> dict[str, str]:
    made = add_person("ada@wedsync.example", "admin")
    sql.execute("truncate audit_log")
    return made


@pytest.fixture
def open_as(open_screen: Callable[..., AppTest], cookie_of: Callable[..., str]) -> Any:
    return lambda person, **query: open_screen(cookie_of(person), PAGE, **query)


def said(page: AppTest) -> str:
    """Everything a page says, its toasts and messages too."""
    more = [one.value for kind in ("success", "toast") for one in page.get(kind)]
    return "\n".join([words_of(page), *more])
