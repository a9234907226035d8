-- Signed-in people: sessions of the dashboard, how often something was tried, what each keeps for
-- later, and who may use the dashboard.

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
comment on table private.web_sessions is
  'One row per signed-in browser, whichever server process serves it. Signing out deletes it.';
comment on column private.web_sessions.id_hash is 'SHA-256 of the cookie. The cookie itself is stored nowhere.';
comment on column private.web_sessions.sealed is
  'The Supabase tokens, encrypted with a key made from the cookie: the row alone opens nothing.';
comment on column private.web_sessions.refreshing_until is
  'Until then one process refreshes the tokens; the others wait for its result.';

create unlogged table private.attempts (
  kind text not null check (length(kind) between 1 and 50),
  slot integer not null check (slot between 0 and 262143),
  made_at timestamptz[] not null,
  ends_at timestamptz not null,
  primary key (kind, slot)
);
comment on table private.attempts is
  'Attempts to sign in, to have a password mail sent and the like, as long as they count. Unlogged: after a crash everybody '
  'starts anew.';
comment on column private.attempts.slot is
  '18 bits of the SHA-256 of who or what is counted: they do not tell an address, and there are never more rows than slots.';
comment on column private.attempts.ends_at is 'When the last of them no longer counts.';

create table public.saved_views (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references public.user_profiles (id) on delete cascade,
  name text not null check (length(btrim(name)) >= 1 and length(name) <= 80),
  query text not null check (length(query) <= 2000),
  is_shared boolean not null default false,
  created_at timestamptz not null default now(),
  unique (owner_id, name)
);
comment on table public.saved_views is 'Filters of the supplier list under a name: one''s own, and those that others share.';
comment on column public.saved_views.query is 'What follows the question mark of the address.';

-- Kept, so that a closed tab, a restart or another server process takes nothing away.
create table public.settings_drafts (
  person_id uuid not null references public.user_profiles (id) on delete cascade,
  what text not null check (length(what) between 1 and 100),
  based_on integer not null check (based_on >= 0),
  base jsonb not null check (jsonb_typeof(base) = 'object' and length(base::text) <= 400000),
  edited jsonb not null check (jsonb_typeof(edited) = 'object' and length(edited::text) <= 400000),
  note text not null default '' check (length(note) <= 2000),
  saved_at timestamptz not null default now() check (saved_at between '2000-01-01' and '2200-01-01'),
  primary key (person_id, what)
);
comment on table public.settings_drafts is
  'Unpublished edits of the settings, a row for each definition and person; nothing of them is in force. Each sees the own only.';
comment on column public.settings_drafts.what is 'Of which definition: scorecard, playbook/sharp_drop.';
comment on column public.settings_drafts.based_on is 'The version that was in force when the edits began; 0 for something new.';
comment on column public.settings_drafts.base is 'What that version says.';
comment on column public.settings_drafts.edited is 'What has become of it; it may break a rule.';

-- ============ indexes ============

create index web_sessions_user_id_idx on private.web_sessions (user_id);
create index web_sessions_expires_at_idx on private.web_sessions (expires_at);
create index attempts_ends_at_idx on private.attempts (ends_at);

-- ============ functions: sessions ============

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

create function public.end_web_sessions_of(p_user uuid) returns integer
language sql security definer set search_path = '' as $$
  with ended as (delete from private.web_sessions where user_id = p_user returning 1)
  select count(*) from ended;
$$;
comment on function public.end_web_sessions_of is 'Sign a person out in every browser; returns how many there were.';

-- ============ functions: attempts, whichever server process they reached ============

create function public.take_attempts(p_attempts jsonb) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_one jsonb;
  v_now timestamptz;
  v_begin timestamptz;
begin
  delete from private.attempts
  where (kind, slot) in (
    select kind, slot from private.attempts where ends_at < clock_timestamp()
    order by ends_at limit 100 for update skip locked);
  for v_one in select a from jsonb_array_elements(p_attempts) a loop
    v_now := clock_timestamp();
    v_begin := v_now - make_interval(secs => (v_one ->> 'seconds')::double precision);
    insert into private.attempts as known (kind, slot, made_at, ends_at)
    values (v_one ->> 'kind', (v_one ->> 'slot')::integer, array[v_now], v_now + (v_now - v_begin))
    on conflict (kind, slot) do update
      set made_at = array(select made from unnest(known.made_at) made where made > v_begin) || v_now,
          ends_at = excluded.ends_at
      where (select count(*) from unnest(known.made_at) made where made > v_begin) < (v_one ->> 'most')::integer;
    if not found then
      return false;
    end if;
  end loop;
  return true;
end $$;
comment on function public.take_attempts is
  'Note an attempt with each of several limits, in their order, and say whether all allow it. At the first that does not '
  'it ends: there the attempt does not count, nor with those after it.';

create function public.forget_attempts(p_attempts jsonb) returns void
language sql set search_path = '' as $$
  delete from private.attempts a using jsonb_array_elements(p_attempts) one
  where a.kind = one ->> 'kind' and a.slot = (one ->> 'slot')::integer;
$$;
comment on function public.forget_attempts is 'Start over with some limits.';

-- ============ functions: who may use the dashboard ============

create function public.list_people() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', p.id, 'email', p.email, 'full_name', p.full_name, 'role', p.role,
      'invited_at', p.signs_in ->> 'invited_at', 'last_sign_in_at', p.signs_in ->> 'last_sign_in_at',
      'open_sessions', w.open,
      'suppliers', (select count(*) from private.source_suppliers s where s.owner_id = p.id),
      'is_me', p.id = auth.uid()) order by p.role, lower(coalesce(p.full_name, p.email)), p.id), '[]')
    from (
      -- As JSON, since which columns there are is Supabase Auth's affair.
      select u.id, u.full_name, u.role, a.email::text as email, to_jsonb(a) as signs_in
      from private.source_users u left join auth.users a on a.id = u.id
      where u.role in ('admin', 'analyst')) p
    cross join lateral (
      select count(*) as open from private.web_sessions
      where user_id = p.id and expires_at > now()) w);
end $$;
comment on function public.list_people is
  'The team as an admin sees it: roles, last sign-in, signed-in browsers, suppliers they look after.';

create function private.is_last_admin(p_user uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from private.source_users where id = p_user and role = 'admin')
     and not exists (select from private.source_users where id <> p_user and role = 'admin');
$$;
comment on function private.is_last_admin is 'Whether nobody else is an admin.';

create function public.give_role(p_user uuid, p_role text, p_name text default null) returns text
language plpgsql security definer set search_path = '' as $$
begin
  perform private.require_admin();
  -- Two admins who take each other's role at once would leave none: one after the other, and the
  -- second is asked again.
  perform pg_advisory_xact_lock(hashtextextended('cs people', 0));
  perform private.require_admin();
  if coalesce(p_role not in ('admin', 'analyst'), true) then
    raise sqlstate '22023' using message = 'A role is admin or analyst.';
  end if;
  if coalesce(length(p_name), 0) > 200 then
    raise sqlstate '22023' using message = 'A name has at most 200 characters.';
  end if;
  if not exists (select from auth.users where id = p_user) then
    return 'unknown';
  end if;
  if p_role <> 'admin' and private.is_last_admin(p_user) then
    return 'last_admin';
  end if;
  insert into public.user_profiles as u (id, role, full_name) values (p_user, p_role, nullif(btrim(p_name), ''))
  on conflict (id) do update
    set role = excluded.role, full_name = coalesce(excluded.full_name, u.full_name);
  return 'done';
end $$;
comment on function public.give_role is
  'Give a sign-in a role, at once. done, unknown (no such sign-in) or last_admin (nobody else is one).';

create function public.remove_person(p_user uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_sessions integer;
  v_suppliers integer;
begin
  perform private.require_admin();
  perform pg_advisory_xact_lock(hashtextextended('cs people', 0));
  perform private.require_admin();
  if private.is_last_admin(p_user) then
    return '{"outcome": "last_admin"}';
  end if;
  update public.user_profiles set role = null where id = p_user and role in ('admin', 'analyst');
  if not found then
    return '{"outcome": "unknown"}';
  end if;
  delete from private.web_sessions where user_id = p_user;
  get diagnostics v_sessions = row_count;
  update private.source_suppliers set owner_id = null where owner_id = p_user;
  get diagnostics v_suppliers = row_count;
  delete from public.digest_subscriptions where id = p_user;
  delete from public.settings_drafts where person_id = p_user;
  update public.outbox
  set status = 'cancelled', last_error = 'opt_out', may_have_arrived = false, claimed_by = null, claimed_until = '-infinity'
  where person_id = p_user and status in ('queued', 'dead');
  update public.support_interactions set claimed_by = null, claimed_at = null
  where claimed_by = p_user and completed_at is null and cancelled_at is null;
  return jsonb_build_object('outcome', 'done', 'sessions', v_sessions, 'suppliers', v_suppliers);
end $$;
comment on function public.remove_person is
  'Take somebody''s role away and sign them out everywhere, at once. Their suppliers have no owner then, their '
  'claimed calls are anybody''s, no digest goes to them, and their unpublished edits of the settings are gone. The sign-in itself is Supabase Auth''s and stays: the product may use it.';

create function public.end_sessions_of_person(p_user uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_ended integer;
begin
  perform private.require_admin();
  delete from private.web_sessions w using private.source_users u
  where w.user_id = p_user and u.id = w.user_id and u.role in ('admin', 'analyst');
  get diagnostics v_ended = row_count;
  return v_ended;
end $$;
comment on function public.end_sessions_of_person is 'An admin signs somebody out in every browser; returns how many there were.';
