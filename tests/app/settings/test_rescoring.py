"""Scoring everybody from the settings: a run of its own, which is no daily run."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cs_app.settings import rescore
from cs_core.io.run.request import RunRequest
from cs_core.io.run.run import widen_if_rescored
from cs_core.io.run.store import fetch_newest_daily_run
from tests.support.today_rows import add_run


@pytest.fixture
def score_everybody(add_supplier: Callable[..., str]) -> Callable[[], None]:
    """A function that does what the button begins, to its end."""
    add_supplier()

    def run() -> None:
        rescore.start_rescoring(1)
        state = rescore.current()
        assert state is not None
        assert state.ended.wait(60)
        assert (state.problem, state.scored) == (None, 1)
        rescore.forget()

    return run


def test_it_does_not_make_up_for_a_daily_run_that_failed(
    sql: Any, service: Any, score_everybody: Callable[[], None]
) -> None:
    add_run(sql, "failed", error="Saving scores failed.")
    score_everybody()
    newest = fetch_newest_daily_run(service)
    assert newest is not None
    assert newest["status"] == "failed"


def test_a_run_for_changed_suppliers_knows_that_everybody_has_the_new_scorecard(
    sql: Any, service: Any, score_everybody: Callable[[], None]
) -> None:
    add_run(sql, "done", scorecard_version=1)
    sql.execute("insert into scorecards (version, definition) select 2, definition from scorecards")
    changed = RunRequest((datetime.now(UTC),), kind="changed")
    assert widen_if_rescored(service, changed).kind == "daily"
    score_everybody()
    assert widen_if_rescored(service, changed).kind == "changed"
