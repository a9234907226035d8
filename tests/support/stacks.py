"""An embedded Supabase for tests: quick to ask, and quick to empty."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from embedded.postgres import free_port
from embedded.stack import Stack

# Nothing here outlives the machine, so nothing waits for the disk.
OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# `make parity` has a module here that refuses what hosted Supabase refuses.
PRELOADED = os.environ.get("CS_TEST_PRELOAD")
if PRELOADED:
    OPTIONS["session_preload_libraries"] = PRELOADED
PASSWORD_COST = 4  # the lowest that bcrypt takes

# Not by `truncate`: that writes a new file for each table, index and partition, some 160 of them.
# As a replica, neither triggers nor foreign keys are looked at. What the migrations put in stays,
# and so do the people at first: seeded rows may name one, and forget them when they go.
EMPTY = """
do $$
declare
  seeded constant regclass[] := array['public.scorecards', 'public.playbooks',
    'public.outreach_rules', 'public.message_templates', 'private.outreach_secret',
    'private.roll_up_state', 'private.run_lease'];
  people constant regclass[] := array['auth.users', 'public.user_profiles'];
  filled regclass;
begin
  set local session_replication_role = replica;
  for filled in
    select oid from pg_class
    where relkind in ('r', 'p') and not relispartition
      and relnamespace = any (array['public', 'private', 'auth']::regnamespace[])
      and oid <> all (seeded || people)
  loop
    execute format('delete from %s', filled);
  end loop;
  set local session_replication_role = origin;
end $$;
delete from public.scorecards where version > 1;
delete from public.playbooks where version > 1 or published_at > '2000-01-01';
delete from public.outreach_rules where version > 1;
delete from public.message_templates where published_at > '2000-01-01';
delete from auth.users;
delete from public.audit_log;
update private.run_lease set expires_at = '-infinity', holder = null;
"""


@contextmanager
def running_stack() -> Iterator[Stack]:
    """Start an embedded Supabase on a folder and ports of its own, and stop it in the end."""
    # Not pytest's own folder: each start of pytest closes that to other system users, and
    # under root Postgres is one.
    with tempfile.TemporaryDirectory(prefix="cs-stack-") as folder:
        stack = Stack(
            Path(folder), free_port(), password_cost=PASSWORD_COST, postgres_options=OPTIONS
        )
        stack.start()
        try:
            yield stack
        finally:
            stack.stop()


def empty(sql: psycopg.Connection[Any]) -> None:
    """Delete all that the migrations did not put in, as the database's owner."""
    with sql.transaction():
        sql.execute(EMPTY)
