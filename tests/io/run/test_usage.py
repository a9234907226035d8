"""Wrong options, settings, scorecards: one line each, and nothing half-written."""

import subprocess
from collections.abc import Callable

import pytest

from tests.support.runs import Sql, stored_rows

Job = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--as-of", "2031-01-01"], "--as-of 2031-01-01 lies in the future"),
        (["--as-of", "9999-12-31"], "--as-of 9999-12-31 lies in the future"),
        (["--as-of", "yesterday"], "--as-of 'yesterday' is neither a date"),
        (["--as-of", "20261122"], "--as-of '20261122' is neither a date"),
        (["--as-of", "2026-W47"], "is neither a date"),
        (["--as-of", "2026-02-30"], "is neither a date"),
        (["--as-of", ""], "is neither a date"),
        (["--supplier", ""], "is not a supplier id"),
        (["--as-of", "1999-12-31"], "lies before 2000-01-01"),
        (["--supplier", "42"], "--supplier 42 is not a supplier id"),
        (
            ["--supplier", "00000000-0000-0000-0000-00000000dead"],
            "No supplier has the id 00000000-0000-0000-0000-00000000dead",
        ),
        (["--backfill", "2026-06-02", "2026-06-01"], "2026-06-02 comes after 2026-06-01"),
        (["--backfill", "2010-01-01", "2026-06-01"], "days are too many at once"),
        (["--changed-only", "--backfill", "2026-06-01", "2026-06-02"], "--changed-only goes with"),
        (["--as-of", "2026-06-01", "--backfill", "2026-06-01", "2026-06-02"], "leave --as-of out"),
    ],
)
def test_wrong_usage_is_named_in_one_line_with_code_2(
    arguments: list[str], words: str, sql: Sql, daily_scoring: Job
) -> None:
    done = daily_scoring(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert sql.execute("select count(*) from runs").fetchone() == (0,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SUPABASE_URL", ""),
        ("SUPABASE_URL", "localhost:54321"),
        ("SUPABASE_URL", "http://[::1"),
        ("SUPABASE_URL", "http://x:99999"),
        ("SUPABASE_SECRET_KEY", "sb_secret_\u00e4"),
        ("SUPABASE_SECRET_KEY", "sb_secret_a\nb"),
        ("CS_BASE_URL", "foo"),
        ("SUPABASE_SECRET_KEY", ""),
        ("SUPABASE_SECRET_KEY", "sb_publishable_x"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line_with_code_2(
    name: str, value: str, sql: Sql, daily_scoring: Job
) -> None:
    done = daily_scoring(**{name: value})
    assert done.returncode == 2
    assert f"Setting {name}" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_database_that_does_not_answer_ends_the_run_with_code_1(daily_scoring: Job) -> None:
    done = daily_scoring(SUPABASE_URL="http://127.0.0.1:1")
    assert done.returncode == 1
    assert "Supabase does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_scorecard_that_breaks_a_rule_stops_the_run_before_anything_is_written(
    world: list[str], sql: Sql, daily_scoring: Job
) -> None:
    sql.execute(
        "insert into scorecards (version, definition) select 2,"
        " jsonb_set(definition, '{measures,login_recency,steps,1,under_days}', '1') from scorecards"
    )
    done = daily_scoring()
    assert done.returncode == 1
    assert "measures.login_recency.steps[1].under_days" in done.stderr
    assert sql.execute("select count(*) from runs").fetchone() == (0,)
    assert stored_rows(sql)["customer_health"] == []
