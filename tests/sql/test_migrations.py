"""The migrations: of schemas and seeds, beside the product's own tables, all or nothing, once."""

import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from embedded.errors import OtherSchema
from embedded.migrations import FOLDER, apply_migrations
from embedded.stack import Stack
from sql.make_migration import MIGRATION, SCHEMAS, migration_text
from tests.sql.catalogue import catalogue

PLATFORM = """
create schema auth;
create table auth.users (id uuid primary key, email text);
create function auth.uid() returns uuid language sql stable as
  'select nullif(current_setting(''request.jwt.claim.sub'', true), '''')::uuid';
create schema extensions;
revoke create on schema public from public;
grant usage on schema public to anon, authenticated, service_role;
"""
PRODUCT = """
create table user_profiles (id uuid primary key references auth.users, role text, nickname text);
create type standing as enum ('trial', 'active', 'paused', 'churned');
create table suppliers (id uuid primary key, business_name varchar(80), plan text, rating int,
  status standing default 'active', bank_account text);
create index suppliers_plan on suppliers (plan);
grant select (id, rating) on suppliers to authenticated;
grant all on suppliers to product_app;
alter table user_profiles enable row level security;
grant select, insert, update on user_profiles to authenticated;
create policy "own profile" on user_profiles for all to authenticated
  using (id = auth.uid()) with check (id = auth.uid());
insert into auth.users values ('00000000-0000-0000-0000-0000000000aa', 'owner@example.com');
insert into user_profiles values ('00000000-0000-0000-0000-0000000000aa', 'owner', 'Bo');
insert into suppliers values ('00000000-0000-0000-0000-000000000001', 'The Glasshouse', 'gold', 5);
"""
OWNER = "00000000-0000-0000-0000-0000000000aa"


@pytest.fixture
def fresh(sql: Any, stack: Stack) -> Any:
    """A second database, as a new Supabase project has it."""
    sql.execute("drop database if exists fresh with (force)")
    sql.execute("create database fresh")
    url = make_conninfo(stack.env["SUPABASE_DB_URL"], dbname="fresh")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(PLATFORM)
        yield connection
    sql.execute("drop database fresh with (force)")


@pytest.fixture
def product(sql: Any, stack: Stack) -> Any:
    """A second database, in which the product's own two tables already exist."""
    sql.execute("drop database if exists product with (force)")
    sql.execute("drop role if exists product_app")
    sql.execute("create role product_app")
    sql.execute("create database product")
    url = make_conninfo(stack.env["SUPABASE_DB_URL"], dbname="product")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(PLATFORM)
        connection.execute(PRODUCT)
        apply_migrations(url)
        yield connection
    sql.execute("drop database product with (force)")
    sql.execute("drop role product_app")


def test_the_migrations_apply_beside_the_products_own_tables(product: Any) -> None:
    row = product.execute("select to_jsonb(s) from suppliers s").fetchone()[0]
    assert (row["business_name"], row["plan"], row["rating"]) == ("The Glasshouse", "gold", 5)
    assert (row["status"], row["tier"], row["email_opt_out"]) == ("active", "standard", False)
    profile = product.execute("select to_jsonb(p) from user_profiles p").fetchone()[0]
    assert (profile["role"], profile["nickname"]) == ("owner", "Bo")


def test_there_every_role_of_the_product_keeps_its_access(product: Any) -> None:
    product.execute("set role product_app")
    assert product.execute("select bank_account from suppliers").fetchall() == [(None,)]
    assert product.execute("update suppliers set rating = 4").rowcount == 1
    product.execute("set role authenticated")
    assert product.execute("select id, rating from suppliers").rowcount == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        product.execute("insert into suppliers (id) values (gen_random_uuid())")


def test_there_staff_read_the_columns_of_the_seam_and_no_others(product: Any) -> None:
    product.execute("update user_profiles set role = 'analyst'")
    product.execute("select set_config('request.jwt.claim.sub', %s, false)", (OWNER,))
    product.execute("set role authenticated")
    assert product.execute("select business_name from supplier_overview").rowcount == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        product.execute("select bank_account from suppliers")


def test_there_nobody_makes_themselves_staff(product: Any) -> None:
    product.execute("select set_config('request.jwt.claim.sub', %s, false)", (OWNER,))
    product.execute("set role authenticated")
    assert product.execute("update user_profiles set nickname = 'Bobo'").rowcount == 1
    for role in ("admin", "analyst"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="a role by themselves"):
            product.execute(f"update user_profiles set role = '{role}'")
    assert product.execute("select private.is_staff()").fetchone() == (False,)


def test_there_the_audit_log_takes_no_personal_data(product: Any) -> None:
    product.execute("update user_profiles set nickname = '0123 456', role = 'analyst'")
    logged = product.execute("select before, after from audit_log").fetchall()
    assert logged == [({"role": "owner"}, {"role": "analyst"})]


def test_there_suppliers_are_found_without_an_index_on_columns_of_other_types(product: Any) -> None:
    product.execute("update user_profiles set role = 'analyst'")
    product.execute("update suppliers set signed_up_at = '2026-01-01'")
    product.execute("select set_config('request.jwt.claim.sub', %s, false)", (OWNER,))
    product.execute("set role authenticated")
    for sort in ("score", "name", "-revenue"):
        found = product.execute(
            'select find_suppliers(\'{"text": "glass", "trial": false}\', %s, 0, 10)', (sort,)
        ).fetchone()[0]
        assert [row["business_name"] for row in found["rows"]] == ["The Glasshouse"]
    choices = product.execute("select filter_choices()").fetchone()[0]
    assert (choices["tiers"], choices["owners"][0]["name"]) == (["standard"], "owner@example.com")


def test_there_a_supplier_can_be_measured(product: Any) -> None:
    supplier = "00000000-0000-0000-0000-000000000001"
    product.execute("update suppliers set signed_up_at = '2026-01-01'")
    product.execute(
        "insert into activity_events (id, supplier_id, event_type, occurred_at)"
        " values (gen_random_uuid(), %s, 'login', '2026-05-31T00:00Z')",
        (supplier,),
    )
    answer = product.execute(
        "select begin_run('daily', '2026-06-01', null, 1, 'test', 60)"
    ).fetchone()[0]
    assert product.execute("select roll_up_step(%s)", (answer["fence"],)).fetchone()[0]["done"]
    page = product.execute(
        "select measure_page('2026-06-01', 1, '00000000-0000-0000-0000-000000000000', 10)"
    ).fetchone()[0]
    measures = page["measures"]
    assert (measures["supplier_id"], measures["days_since_login"]) == ([supplier], [1.0])


def test_a_migration_that_fails_leaves_nothing_behind(
    sql: Any, stack: Stack, tmp_path: Path
) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "20990101000000_broken.sql").write_text("create table public.half (); select 1/0;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        apply_migrations(stack.env["SUPABASE_DB_URL"], tmp_path)
    assert sql.execute("select to_regclass('public.half')").fetchone() == (None,)


def test_migrations_are_applied_once_and_remembered_as_the_supabase_cli_does(
    sql: Any, stack: Stack
) -> None:
    assert apply_migrations(stack.env["SUPABASE_DB_URL"]) == []
    query = "select version from supabase_migrations.schema_migrations order by 1"
    known = [version for (version,) in sql.execute(query)]
    assert known == sorted(path.name.split("_")[0] for path in FOLDER.glob("*.sql"))


def test_a_database_made_with_another_schema_is_refused(
    sql: Any, stack: Stack, tmp_path: Path
) -> None:
    changed = tmp_path / MIGRATION.name
    changed.write_text(MIGRATION.read_text() + "-- changed")
    with pytest.raises(OtherSchema):
        apply_migrations(stack.env["SUPABASE_DB_URL"], tmp_path)
    changed.unlink()
    with pytest.raises(OtherSchema):
        apply_migrations(stack.env["SUPABASE_DB_URL"], tmp_path)


# ============ what the migration is made of ============


def schemas() -> dict[str, str]:
    """Each schema file's text without what stands between dollar signs, which is not run yet."""
    dollars = re.compile(r"(\$\w*\$).*?\1", re.DOTALL)
    return {path.name: dollars.sub("", path.read_text()) for path in SCHEMAS.glob("*.sql")}


def test_the_migration_is_what_make_migration_writes() -> None:
    assert MIGRATION.read_text() == migration_text()


def test_schemas_make_the_database_that_migrations_and_the_running_server_make(
    sql: Any, fresh: Any
) -> None:
    fresh.execute(migration_text())
    # Months of the history come and go.
    here = [line for line in catalogue(sql) if "customer_health_2" not in line]
    assert here == catalogue(fresh)


def test_policies_and_grants_are_in_the_files_that_are_named_after_them() -> None:
    rights = re.compile(
        r"^(?:grant|revoke|create policy|alter policy|alter default privileges"
        r"|alter table .* row level security)\b",
        re.MULTILINE,
    )
    with_rights = {name for name, text in schemas().items() if rights.search(text)}
    assert with_rights == {"90_rls_and_grants.sql", "91_function_grants.sql"}
    others = re.compile(r"^(?!grant|revoke|create policy|alter table|do)[a-z]+", re.MULTILINE)
    assert [name for name in with_rights if others.search(schemas()[name])] == []


def test_nothing_is_made_twice_or_changed_after_it_was_made() -> None:
    made = re.compile(
        r"^create (?:unlogged |unique )*"
        r"(table|view|function|type|index|trigger|policy) (?:if not exists )?"
        r"(\"[^\"]+\"|[\w.]+)(?:[^;]*?\bon ([\w.]+))?",
        re.MULTILINE,
    )
    text = "\n".join(schemas().values())
    found = Counter(
        (kind, name, on if kind in ("trigger", "policy") else "")
        for kind, name, on in made.findall(text)
    )
    assert [thing for thing, times in found.items() if times > 1] == []
    assert len(found) > 300  # the pattern still reads what is written
    assert re.findall(r"^(?:create or replace|drop) .*", text, re.MULTILINE) == []
    # But for the product's own tables, which may be there already.
    altered = set(re.findall(r"^alter table (\S+)\n", text, re.MULTILINE))
    assert altered == {"public.suppliers", "public.user_profiles"}
