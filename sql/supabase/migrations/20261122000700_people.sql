-- Signed-in people: sessions of the dashboard, and who changed what.

-- ============ tables ============

create table private.web_sessions (
  id_hash text primary key check (length(id_hash) = 64),
  user_id uuid not null references auth.users (id) on delete cascade,
  sealed text not null,
  refreshing_until timestamptz not null default '-infinity',
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index web_sessions_user_id_idx on private.web_sessions (user_id);
create index web_sessions_expires_at_idx on private.web_sessions (expires_at);
alter table private.web_sessions enable row level security;
comment on table private.web_sessions is
  'One row per signed-in browser, whichever server process serves it. Signing out deletes it.';
comment on column private.web_sessions.id_hash is 'SHA-256 of the cookie. The cookie itself is stored nowhere.';
comment on column private.web_sessions.sealed is
  'The Supabase tokens, encrypted with a key made from the cookie: the row alone opens nothing.';
comment on column private.web_sessions.refreshing_until is
  'Until then one process refreshes the tokens; the others wait for its result.';

create table public.audit_log (
  id bigint generated always as identity primary key,
  happened_at timestamptz not null default now(),
  actor_id uuid,
  table_name text not null,
  row_key text not null,
  action text not null check (action in ('insert', 'update', 'delete')),
  before jsonb,
  after jsonb
);
create index audit_log_happened_at_idx on public.audit_log (happened_at desc);
alter table public.audit_log enable row level security;
comment on table public.audit_log is 'Who changed what. Written by triggers only; nobody can change it.';
comment on column public.audit_log.actor_id is 'The signed-in person; null for the job or an operator.';
comment on column public.audit_log.before is 'The columns that changed, as they were.';

-- ============ audit ============

create function private.write_audit() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_old jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  v_new jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  v_key text := concat_ws('/', coalesce(v_new, v_old) ->> 'supplier_id',
                          coalesce(coalesce(v_new, v_old) ->> 'id', coalesce(v_new, v_old) ->> 'version'));
begin
  -- Free text may hold contact data: the columns named as arguments are left out.
  v_old := v_old - tg_argv[0:];
  v_new := v_new - tg_argv[0:];
  if tg_op = 'UPDATE' then
    select jsonb_object_agg(key, value) into v_old
    from jsonb_each(v_old) where value is distinct from v_new -> key;
    select jsonb_object_agg(key, value) into v_new
    from jsonb_each(v_new) where to_jsonb(old) -> key is distinct from value;
    if v_old is null and v_new is null then
      return null;
    end if;
  end if;
  insert into public.audit_log (actor_id, table_name, row_key, action, before, after)
  values (auth.uid(), tg_table_name, v_key, lower(tg_op), v_old, v_new);
  return null;
end $$;
comment on function private.write_audit is 'Note a change in the audit log. Arguments: columns to leave out.';

create trigger cs_audit after insert or update or delete on public.user_profiles
  for each row execute function private.write_audit('full_name');
create trigger cs_audit after insert or update or delete on public.scorecards
  for each row execute function private.write_audit('none');
create trigger cs_audit after insert or update or delete on public.core_features
  for each row execute function private.write_audit('none');
create trigger cs_audit after insert or update or delete on public.support_interactions
  for each row execute function private.write_audit('notes', 'outcome');

-- ============ sessions ============

create function public.open_web_session(
  p_id_hash text, p_user_id uuid, p_sealed text, p_lifetime_seconds integer
) returns void
language sql security definer set search_path = '' as $$
  delete from private.web_sessions where expires_at < now();
  insert into private.web_sessions (id_hash, user_id, sealed, expires_at)
  values (p_id_hash, p_user_id, p_sealed, now() + make_interval(secs => p_lifetime_seconds));
$$;
comment on function public.open_web_session is 'Remember a signed-in browser; forget those that expired.';

create function public.read_web_session(p_id_hash text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('user_id', w.user_id, 'sealed', w.sealed, 'expires_at', w.expires_at,
                            'email', a.email, 'role', u.role, 'full_name', u.full_name)
  from private.web_sessions w
  join auth.users a on a.id = w.user_id
  left join private.source_users u on u.id = w.user_id and u.role in ('admin', 'analyst')
  where w.id_hash = p_id_hash and w.expires_at > now();
$$;
comment on function public.read_web_session is
  'The session behind a cookie, with the person''s role of this moment; null when it ended.';

create function public.claim_web_session_refresh(p_id_hash text) returns boolean
language sql security definer set search_path = '' as $$
  update private.web_sessions set refreshing_until = clock_timestamp() + interval '10 seconds'
  where id_hash = p_id_hash and refreshing_until < clock_timestamp()
  returning true;
$$;
comment on function public.claim_web_session_refresh is
  'True for the one caller that may refresh the tokens now. A refresh token works once.';

create function public.reseal_web_session(p_id_hash text, p_sealed text) returns void
language sql security definer set search_path = '' as $$
  update private.web_sessions
  set sealed = p_sealed, refreshing_until = '-infinity', last_seen_at = now()
  where id_hash = p_id_hash;
$$;
comment on function public.reseal_web_session is 'Store the refreshed tokens.';

create function public.end_web_session(p_id_hash text) returns void
language sql security definer set search_path = '' as $$
  delete from private.web_sessions where id_hash = p_id_hash;
$$;
comment on function public.end_web_session is 'Sign a browser out, in every tab.';

-- ============ rights ============

revoke all on public.audit_log from anon, authenticated, service_role;
grant select on public.audit_log to authenticated, service_role;
create policy "admins read the audit log" on public.audit_log
  for select to authenticated using ((select private.is_admin()));

revoke execute on function private.write_audit from public;
revoke execute on function public.open_web_session, public.read_web_session,
  public.claim_web_session_refresh, public.reseal_web_session, public.end_web_session
  from public, anon, authenticated;
grant execute on function public.open_web_session, public.read_web_session,
  public.claim_web_session_refresh, public.reseal_web_session, public.end_web_session
  to service_role;
