"""A database's catalogue as text: two databases are alike where no line differs."""

from typing import Any

import psycopg

OURS = "('public'::regnamespace, 'private'::regnamespace)"
# Grants in no order; where nothing was ever granted or revoked, those that hold by themselves.
ACL = """(select array_agg(item::text order by item::text)
          from unnest(coalesce({}, acldefault('{}', {}))) item)"""

# Each query gives lines; columns are named and not numbered, for their order means nothing.
QUERIES = {
    "schema": f"""
        select nspname, pg_get_userbyid(nspowner), obj_description(oid, 'pg_namespace'),
               {ACL.format("nspacl", "n", "nspowner")}
        from pg_namespace where oid in {OURS}""",
    "relation": f"""
        select oid::regclass, relkind, relpersistence, relowner::regrole, relrowsecurity,
               relforcerowsecurity, relispartition, reloptions,
               pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid),
               obj_description(oid, 'pg_class'), {ACL.format("relacl", "r", "relowner")}
        from pg_class where relnamespace in {OURS} and relkind <> 'i' and relkind <> 'I'""",
    "column": f"""
        select attrelid::regclass || '.' || attname, format_type(atttypid, atttypmod),
               attnotnull, attidentity, attgenerated, attstorage, attcompression,
               pg_get_expr(adbin, adrelid), col_description(attrelid, attnum),
               (select array_agg(item::text order by item::text) from unnest(attacl) item)
        from pg_attribute a join pg_class c on c.oid = attrelid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where relnamespace in {OURS} and relkind in ('r', 'p', 'v', 'c') and attnum > 0
          and not attisdropped""",
    "constraint": f"""
        select coalesce(nullif(conrelid, 0)::regclass::text, contypid::regtype::text), conname,
               pg_get_constraintdef(oid), convalidated, obj_description(oid, 'pg_constraint')
        from pg_constraint where connamespace in {OURS}""",
    "index": f"""
        select pg_get_indexdef(indexrelid), indisvalid, reloptions,
               obj_description(indexrelid, 'pg_class')
        from pg_index join pg_class c on c.oid = indexrelid where relnamespace in {OURS}""",
    "statistics": f"""
        select pg_get_statisticsobjdef(oid) from pg_statistic_ext where stxnamespace in {OURS}""",
    "function": f"""
        select oid::regprocedure, proowner::regrole, pg_get_functiondef(oid),
               obj_description(oid, 'pg_proc'), {ACL.format("proacl", "f", "proowner")}
        from pg_proc where pronamespace in {OURS}""",
    "view": f"""
        select oid::regclass, pg_get_viewdef(oid) from pg_class
        where relnamespace in {OURS} and relkind in ('v', 'm')""",
    "trigger": f"""
        select pg_get_triggerdef(t.oid), tgenabled, obj_description(t.oid, 'pg_trigger')
        from pg_trigger t join pg_class c on c.oid = tgrelid
        where relnamespace in {OURS} and not tgisinternal""",
    "policy": """
        select schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check
        from pg_policies where schemaname in ('public', 'private')""",
    "type": f"""
        select oid::regtype, typtype, pg_get_userbyid(typowner),
               {ACL.format("typacl", "T", "typowner")},
               obj_description(oid, 'pg_type'),
               (select array_agg(enumlabel order by enumsortorder) from pg_enum
                where enumtypid = t.oid)
        from pg_type t where typnamespace in {OURS} and typcategory <> 'A'""",
    "default privilege": """
        select defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype,
               defaclacl
        from pg_default_acl""",
    "extension": """
        select extname, extnamespace::regnamespace from pg_extension where extname <> 'plpgsql'""",
}


def catalogue(connection: psycopg.Connection[Any]) -> list[str]:
    """Describe all that the tool's two schemas consist of, one line a thing, sorted."""
    connection.execute("set search_path = ''")
    lines = sorted(
        f"{kind}: " + " | ".join(str(value).replace("\n", "\\n") for value in row)
        for kind, query in QUERIES.items()
        for row in connection.execute(query)  # type: ignore[call-overload]
    )
    connection.execute("reset search_path")
    return lines
