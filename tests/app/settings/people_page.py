"""What the tests of the team share: opening it, and who has which role."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


@pytest.fixture
def open_people(open_settings: Callable[..., AppTest]) -> Callable[..., AppTest]:
    return partial(open_settings, "people")


def roles(sql: Any) -> dict[str, str | None]:
    rows = sql.execute(
        "select a.email, u.role from user_profiles u join auth.users a on a.id = u.id"
    ).fetchall()
    return dict(rows)
