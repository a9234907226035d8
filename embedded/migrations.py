"""Applies `sql/supabase/migrations` as `supabase db push` does, and remembers which."""

from pathlib import Path

import psycopg

from embedded.errors import OtherSchema

FOLDER = Path(__file__).resolve().parent.parent / "sql" / "supabase" / "migrations"

# The bookkeeping table is the Supabase CLI's own, so a database can change hands.
BOOKKEEPING = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text primary key, statements text[], name text
);
"""


def apply_migrations(database_url: str, folder: Path = FOLDER) -> list[str]:
    """Apply the migrations of a folder that a database does not have yet, each in one transaction.

    Returns the versions applied now, in order.

    Raises
    ------
    OtherSchema
        If the database was made with migrations that are not these.
    psycopg.Error
        If a statement fails; that migration is then undone as a whole.
    """
    applied = []
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(BOOKKEEPING)
        texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.sql")}
        query = "select version, name, statements from supabase_migrations.schema_migrations"
        known = set()
        for version, name, statements in connection.execute(query):
            known.add(version)
            # The Supabase CLI keeps the statements one by one; what it applied is its own affair.
            is_ours = statements is not None and len(statements) == 1
            if is_ours and statements != [texts.get(f"{version}_{name}")]:
                raise OtherSchema()
        for stem, text in sorted(texts.items()):
            version, _, name = stem.partition("_")
            if version in known:
                continue
            with connection.transaction():
                connection.execute(text)
                connection.execute(
                    "insert into supabase_migrations.schema_migrations values (%s, %s, %s)",
                    (version, [text], name),
                )
            applied.append(version)
    return applied
