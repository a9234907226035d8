"""What the tests of the playbooks' settings share: opening them, and their versions."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

SILENT = "silent_after_set_up"


@pytest.fixture
def open_playbooks(open_settings: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """A function that opens the list or the form of a playbook."""

    def run(name: str | None = None) -> AppTest:
        return open_settings("playbooks", **({"playbook": name} if name else {}))

    return run


def newest(sql: Any, name: str) -> tuple[int, dict[str, Any], str | None]:
    query = "select version, definition, note from playbooks where name = %s order by 1 desc"
    row: tuple[int, dict[str, Any], str | None] = sql.execute(query, (name,)).fetchone()
    return row


def publish_behind_the_back(sql: Any, who: str, name: str, **changes: Any) -> None:
    sql.execute(
        "insert into playbooks (name, version, definition, published_by)"
        " select name, version + 1, definition || %s, %s from playbooks"
        " where name = %s order by version desc limit 1",
        (json.dumps(changes), who, name),
    )
