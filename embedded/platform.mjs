// What a hosted Supabase project has before the first migration, and the lite
// server leaves out: the API roles, their use of the schemas, a schema for
// extensions, and nothing granted to them ahead.
export async function grantSupabaseDefaults(sql) {
  await sql.unsafe(`
    do $$
    begin
      if not exists (select from pg_roles where rolname = 'anon') then
        create role anon nologin noinherit;
      end if;
      if not exists (select from pg_roles where rolname = 'authenticated') then
        create role authenticated nologin noinherit;
      end if;
      if not exists (select from pg_roles where rolname = 'service_role') then
        create role service_role nologin noinherit bypassrls;
      end if;
    end $$;
    create schema if not exists extensions;
    grant usage on schema public, auth, extensions to anon, authenticated, service_role;
    grant execute on all functions in schema auth to anon, authenticated, service_role;
    revoke create on schema public from public;
  `);
}
