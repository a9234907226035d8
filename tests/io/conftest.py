"""What the tests of the mail tables share."""

from collections.abc import Callable
from typing import Any

import pytest
from supabase import Client

from tests.support.letters import Sender


@pytest.fixture
def sender(service: Client, sql: Any) -> Callable[..., Sender]:
    """A function that gives a new sender, on an emptied outbox."""
    return lambda **how: Sender(service, **how)


@pytest.fixture
def state(sql: Any) -> Callable[..., Any]:
    """A function that reads columns of one mail."""

    def read(mail: str, columns: str = "status") -> Any:
        row = sql.execute(f"select {columns} from outbox where id = %s", (mail,)).fetchone()
        return row[0] if len(row) == 1 else row

    return read
