"""What the tests of the call queue share: two admins, a call that is late, and pressing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.support.intervention_rows import add_call

PAGE = "pages/interventions.py"
LATE = -timedelta(days=2)
NOTED = "select outcome, notes, completed_at is not null from support_interactions"


@pytest.fixture
def grace(add_person: Callable[..., dict[str, str]]) -> dict[str, str]:
    return add_person("grace@wedsync.example", "admin")


@pytest.fixture
def call_id(sql: Any, add_supplier: Callable[..., str]) -> str:
    supplier = add_supplier(business_name="Rowan & <Fox>", phone="+44 7700 900254")
    return add_call(sql, supplier, due_in=LATE)


@pytest.fixture
def open_as(open_screen: Callable[..., AppTest], cookie_of: Callable[..., str]) -> Any:
    return lambda person, **query: open_screen(cookie_of(person), PAGE, **query)


def keys(page: AppTest) -> set[str]:
    return {button.key.split("-")[0] for button in page.button if button.key}
