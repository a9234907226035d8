-- Who is asking, what people are called, and instants: small functions that all later files use.

-- ============ who is asking ============

create function private.is_staff() returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from private.source_users
                 where id = (select auth.uid()) and role in ('admin', 'analyst'));
$$;
comment on function private.is_staff() is 'Whether the caller may read: an admin or an analyst. Takes effect, and is revoked, at once.';

create function private.is_admin() returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from private.source_users
                 where id = (select auth.uid()) and role = 'admin');
$$;
comment on function private.is_admin() is 'Whether the caller may act.';

create function private.may_read() returns boolean
language sql stable security definer set search_path = '' as $$
  -- The role set from outside; inside a definer function it is still the caller's.
  select private.is_staff() or coalesce(current_setting('role', true), 'none') not in ('anon', 'authenticated');
$$;
comment on function private.may_read() is
  'Whether the caller is staff, or the program itself. For definer functions, which row level security does not watch.';

create function private.may_act() returns boolean
language sql stable security definer set search_path = '' as $$
  select private.is_admin() or coalesce(current_setting('role', true), 'none') not in ('anon', 'authenticated');
$$;
comment on function private.may_act() is 'Whether the caller is an admin, or the program itself; see may_read.';

create function private.require_admin() returns void
language plpgsql stable set search_path = '' as $$
begin
  if not private.may_act() then
    raise insufficient_privilege using message = 'Only an admin may do this.';
  end if;
end $$;
comment on function private.require_admin is 'Stop who may not act.';

create function private.own_supplier_ids() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select id from private.source_suppliers where user_id = (select auth.uid());
$$;
comment on function private.own_supplier_ids() is 'The suppliers whose own sign-in the caller is.';

-- ============ what people are called ============

create function private.people() returns table (id uuid, name text, role text)
language sql stable security definer set search_path = '' rows 20 as $$
  select u.id, coalesce(nullif(btrim(u.full_name), ''), a.email::text, 'Somebody'), u.role
  from private.source_users u left join auth.users a on a.id = u.id
  where u.role in ('admin', 'analyst') and (select private.may_read());
$$;
comment on function private.people() is
  'The team: who has no name is called by the e-mail address of the sign-in. Nobody else sees a row.';

create function private.names() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(id, name), '{}') from private.people();
$$;
comment on function private.names is 'What the people of the team are called.';

create function private.author(p_person uuid) returns text
language sql stable security definer set search_path = '' as $$
  select coalesce(nullif(btrim(u.full_name), ''), a.email::text)
  from auth.users a left join private.source_users u on u.id = a.id
  where a.id = p_person and (select private.may_read());
$$;
comment on function private.author is
  'What somebody is called who published something, also one who has no role any more; to staff only.';

create function private.name_to_export(p_person uuid) returns text
language sql stable set search_path = '' as $$
  select coalesce(
    (select coalesce(nullif(btrim(u.full_name), ''), 'Somebody') from private.source_users u
     where u.id = p_person and u.role in ('admin', 'analyst')),
    case when p_person is not null then 'Somebody' end);
$$;
comment on function private.name_to_export is
  'What a person is called in a file: never by an e-mail address, which no export holds.';

-- ============ suppliers and instants ============

create function private.is_active(
  status text, signed_up_at timestamptz, paused_at timestamptz, churned_at timestamptz, as_of timestamptz
) returns boolean
language sql immutable
-- The timestamps say when; the status says whether they still hold (a supplier that came
-- back may keep its old paused_at). A status without its timestamp holds since ever.
-- A parsed body and no search_path setting, so that the planner can inline it.
return signed_up_at < as_of
   and not (status = 'churned' and coalesce(churned_at, '-infinity') < as_of)
   and not (status = 'paused' and coalesce(paused_at, '-infinity') < as_of)
   and not (status = 'churned' and coalesce(paused_at, 'infinity') < as_of);
comment on function private.is_active is 'Signed up, not paused and not churned at an instant. A trial is active.';

create function private.to_us(p_at timestamptz) returns bigint
language sql immutable set search_path = ''
return (extract(epoch from p_at) * 1000000)::bigint;
comment on function private.to_us is 'An instant as microseconds since 1970: exact, and a number in JSON.';

create function private.from_us(p_us bigint) returns timestamptz
language sql immutable set search_path = ''
return 'epoch'::timestamptz + p_us * interval '1 microsecond';
comment on function private.from_us is 'The instant that so many microseconds since 1970 are.';

create function private.utc_date(p_at timestamptz) returns date
language sql immutable set search_path = ''
return (p_at at time zone 'UTC')::date;
comment on function private.utc_date is 'The UTC date of an instant.';

create function private.finite(p_at timestamptz) returns timestamptz
language sql immutable set search_path = ''
return case when isfinite(p_at) then p_at end;
comment on function private.finite is 'An instant; null for infinity, which a product''s own table may hold.';
