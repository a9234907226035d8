-- How often something was tried lately, whichever server process it reached.

create unlogged table private.attempts (
  kind text not null check (length(kind) between 1 and 50),
  slot integer not null check (slot between 0 and 262143),
  made_at timestamptz[] not null,
  ends_at timestamptz not null,
  primary key (kind, slot)
);
create index attempts_ends_at_idx on private.attempts (ends_at);
alter table private.attempts enable row level security;
comment on table private.attempts is
  'Attempts to sign in, to have a password mail sent and the like, as long as they count. Unlogged: after a crash everybody '
  'starts anew.';
comment on column private.attempts.slot is
  '18 bits of the SHA-256 of who or what is counted: they do not tell an address, and there are never more rows than slots.';
comment on column private.attempts.ends_at is 'When the last of them no longer counts.';

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

-- ============ rights ============

revoke all on private.attempts from public, anon, authenticated, service_role;
grant select, insert, update, delete on private.attempts to service_role;
revoke execute on function public.take_attempts, public.forget_attempts from public, anon, authenticated;
grant execute on function public.take_attempts, public.forget_attempts to service_role;
