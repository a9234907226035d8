"""The made-up world as it gets into a database."""

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from embedded.postgres import Postgres
from embedded.seed import WorldError, load_world
from embedded.world import make_world

pytestmark = pytest.mark.slow

UNTIL = dt.datetime(2026, 6, 15, 6, tzinfo=dt.UTC)
CONTRACT = """
create table suppliers (id uuid primary key, business_name text not null, contact_name text,
  email text, phone text, category text, tier text, status text, timezone text,
  monthly_revenue numeric(12, 2), signed_up_at timestamptz, onboarded_at timestamptz,
  trial_ends_at timestamptz, paused_at timestamptz, churned_at timestamptz,
  email_opt_out boolean, created_at timestamptz not null default now());
create table core_features (feature text, tier text, primary key (feature, tier));
create table activity_events (id uuid primary key, supplier_id uuid not null references suppliers,
  event_type text not null, subject text, occurred_at timestamptz not null,
  received_at timestamptz not null, received_xid bigint default pg_current_xact_id()::text::bigint);
"""


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    # Not pytest's own folder: the server's system user may not pass through it.
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        directory.chmod(0o755)
        (directory / "log").mkdir()
        postgres = Postgres(directory, "secret")
        postgres.start()
        try:
            with psycopg.connect(postgres.url) as connection:
                connection.execute(CONTRACT)
            yield postgres.url
        finally:
            postgres.stop()


def test_a_loaded_world_reads_back_as_it_was_and_is_loaded_only_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedded.seed.BATCH_ROWS", 4000)
    small = make_world(60, 40, 9, UNTIL)
    reports: list[tuple[int, int]] = []
    load_world(small, database_url, lambda done, total: reports.append((done, total)))
    total = len(small.suppliers) + len(small.core_features) + len(small.events)
    assert reports[-1] == (total, total)
    assert reports == sorted(reports)
    with psycopg.connect(database_url) as connection:
        for frame, table in ((small.suppliers, "suppliers"), (small.events, "activity_events")):
            query = f"select {', '.join(frame.columns)} from {table}"
            rows = {str(row[0]): row for row in connection.execute(query)}  # type: ignore[call-overload]
            assert len(rows) == len(frame)
            for expected in frame.astype(object).itertuples(index=False, name=None):
                stored = [str(v) if i < 2 else v for i, v in enumerate(rows[expected[0]])]
                for old, new in zip(expected, stored, strict=True):
                    assert new is None if pd.isna(old) else new == old
        count = "select count(distinct received_xid), count(*) from activity_events"
        batches, events = connection.execute(count).fetchone() or (0, 0)
    assert batches == -(-events // 4000) > 1
    with pytest.raises(WorldError, match="already holds suppliers"):
        load_world(small, database_url)
