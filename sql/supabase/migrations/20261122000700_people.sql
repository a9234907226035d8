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
comment on column public.audit_log.before is 'The watched columns that changed, as they were.';

-- ============ audit ============

create function private.write_audit() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  v_old jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) else '{}' end;
  v_new jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) else '{}' end;
  v_row constant jsonb := v_new || v_old;
  v_before jsonb;
  v_after jsonb;
begin
  -- Only the columns named as arguments: free text may hold contact data. Of one whose name
  -- ends in "?" the log says that it changed, and not to what.
  select jsonb_object_agg(rtrim(name, '?'), case when name like '%?' then '"changed"' else v_old -> name end)
           filter (where v_old -> rtrim(name, '?') is not null and v_old -> rtrim(name, '?') <> 'null'),
         jsonb_object_agg(rtrim(name, '?'), case when name like '%?' then '"changed"' else v_new -> name end)
           filter (where v_new -> rtrim(name, '?') is not null)
  into v_before, v_after
  from unnest(tg_argv[0:]) name
  where v_old -> rtrim(name, '?') is distinct from v_new -> rtrim(name, '?');
  if v_before is null and coalesce(jsonb_strip_nulls(v_after), '{}') = '{}' then
    return null;
  end if;
  insert into public.audit_log (actor_id, table_name, row_key, action, before, after)
  values (auth.uid(), tg_table_name,
          concat_ws('/', v_row ->> 'supplier_id', coalesce(v_row ->> 'id', v_row ->> 'version', v_row ->> 'feature')),
          lower(tg_op), v_before, v_after);
  return null;
end $$;
comment on function private.write_audit is
  'Note a change in the audit log. Arguments: columns to watch; with "?", without their content.';

create trigger cs_audit after insert or update or delete on public.user_profiles
  for each row execute function private.write_audit('role');
create trigger cs_audit after insert or update or delete on public.scorecards
  for each row execute function private.write_audit('definition', 'note', 'published_at', 'published_by');
create trigger cs_audit after insert or update or delete on public.core_features
  for each row execute function private.write_audit('feature', 'tier');
create trigger cs_audit after insert or update or delete on public.support_interactions
  for each row execute function private.write_audit(
    'type', 'notes?', 'outcome?', 'scheduled_for', 'completed_at', 'created_by');

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
revoke all on sequence public.audit_log_id_seq from anon, authenticated, service_role;
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
