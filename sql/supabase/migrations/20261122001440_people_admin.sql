-- Who may use the dashboard: seen, let in, given another role and shown out by an admin.

do $$
begin
  -- Where the table is ours a person without a role stays in it: what they published, planned and
  -- noted keeps its author.
  if exists (select from pg_constraint where conname = 'role_is_known' and conrelid = 'public.user_profiles'::regclass) then
    alter table public.user_profiles alter column role drop not null;
  end if;
end $$;

-- ============ reading ============

create function public.list_people() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', p.id, 'email', p.email, 'full_name', p.full_name, 'role', p.role,
      'invited_at', p.signs_in ->> 'invited_at', 'last_sign_in_at', p.signs_in ->> 'last_sign_in_at',
      'open_sessions', w.open, 'last_seen_at', w.seen,
      'suppliers', (select count(*) from private.source_suppliers s where s.owner_id = p.id),
      'is_me', p.id = auth.uid()) order by p.role, lower(coalesce(p.full_name, p.email)), p.id), '[]')
    from (
      -- As JSON, since which columns there are is Supabase Auth's affair.
      select u.id, u.full_name, u.role, a.email::text as email, to_jsonb(a) as signs_in
      from private.source_users u left join auth.users a on a.id = u.id
      where u.role in ('admin', 'analyst')) p
    cross join lateral (
      select count(*) as open, max(last_seen_at) as seen from private.web_sessions
      where user_id = p.id and expires_at > now()) w);
end $$;
comment on function public.list_people is
  'The team as an admin sees it: roles, last sign-in, signed-in browsers, suppliers they look after.';

-- ============ changing ============

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

-- ============ rights ============

revoke execute on function public.list_people, private.is_last_admin,
  public.give_role, public.remove_person, public.end_sessions_of_person
  from public, anon, authenticated;
grant execute on function public.list_people, public.give_role, public.remove_person,
  public.end_sessions_of_person
  to authenticated;
