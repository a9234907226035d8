"""Applies `sql/supabase/migrations` as `supabase db push` does, and remembers which."""

from pathlib import Path

import psycopg

FOLDER = Path(__file__).resolve().parent.parent / "sql" / "supabase" / "migrations"

# The bookkeeping table is the Supabase CLI's own, so a database can change hands.
BOOKKEEPING = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text primary key, statements text[], name text
);
"""


def apply_migrations(database_url: str, folder: Path = FOLDER) -> list[str]:
    """Apply the migrations that a database does not have yet, each in one transaction.

    Parameters
    ----------
    database_url : str
        A connection string of a role that may create tables.
    folder : Path
        Holds `VERSION_name.sql` files.

    Returns
    -------
    list of str
        Versions applied now, in order.

    Raises
    ------
    psycopg.Error
        If a statement fails; that migration is then undone as a whole.
    """
    applied = []
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(BOOKKEEPING)
        rows = connection.execute("select version from supabase_migrations.schema_migrations")
        known = {version for (version,) in rows}
        for path in sorted(folder.glob("*.sql")):
            version, _, name = path.stem.partition("_")
            if version in known:
                continue
            with connection.transaction():
                text = path.read_text(encoding="utf-8")
                connection.execute(text)
                connection.execute(
                    "insert into supabase_migrations.schema_migrations values (%s, %s, %s)",
                    (version, [text], name),
                )
            applied.append(version)
    return applied
