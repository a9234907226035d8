-- Activity events -> private.subject_activity. The roll-up is a union of sets of days, so it
-- may see an event twice, late or out of order; it must only never miss one.
--
-- Which events are new is told by the transaction that stored them: everything below
-- pg_snapshot_xmin has ended, so it is either visible now or never will be. A watermark on
-- received_at or an id would lose events of transactions that commit late.

-- ============ functions ============

create function private.roll_up_events(p_from bigint, p_before bigint, p_first uuid, p_last uuid)
returns bigint
language plpgsql set search_path = '' as $$
declare
  events bigint;
begin
  with fresh as (
    select supplier_id, occurred_at,
           case event_type
             when 'login' then 'login'
             when 'feature_used' then 'feature'
             when 'client_added' then 'client'
             when 'client_active' then 'client'
             when 'form_sent' then 'form'
             when 'form_completed' then 'form'
             else 'step'
           end as kind,
           case event_type when 'login' then '' else subject end as subject,
           event_type in ('form_completed', 'journey_step_completed') as is_completion,
           event_type not in ('client_added', 'form_completed', 'journey_step_completed') as is_dated
    from public.activity_events
    where received_xid >= p_from and received_xid < p_before
      and supplier_id between p_first and p_last
  ), folded as (
    select supplier_id, kind, subject,
           count(*) as events,
           min(occurred_at) as known_at,
           max(occurred_at) filter (where is_dated) as last_at,
           coalesce(range_agg(daterange((occurred_at at time zone 'UTC')::date,
                                        (occurred_at at time zone 'UTC')::date, '[]'))
                      filter (where is_dated), '{}') as days,
           min(occurred_at) filter (where is_completion) as completed_at
    from fresh
    group by supplier_id, kind, subject
  ), rolled as (
    insert into private.subject_activity as known
      (supplier_id, kind, subject, known_at, last_at, days, completed_at)
    select supplier_id, kind, subject, known_at, last_at, days, completed_at from folded
    order by supplier_id, kind, subject  -- keeps what is read together side by side
    on conflict (supplier_id, kind, subject) do update
      set known_at = least(known.known_at, excluded.known_at),
          last_at = greatest(known.last_at, excluded.last_at),
          days = known.days + excluded.days,
          completed_at = least(known.completed_at, excluded.completed_at)
      where excluded.known_at < known.known_at
         or excluded.last_at > known.last_at
         or known.last_at is null and excluded.last_at is not null
         or not known.days @> excluded.days
         or excluded.completed_at < known.completed_at
         or known.completed_at is null and excluded.completed_at is not null
    returning supplier_id
  ), marked as (
    insert into private.suppliers_to_rescore (supplier_id)
    select distinct supplier_id from rolled order by supplier_id
    on conflict (supplier_id) do update set marked_xid = excluded.marked_xid
  )
  select coalesce(sum(folded.events), 0) into events from folded;
  return events;
end $$;
comment on function private.roll_up_events is
  'Fold the events that a range of transactions stored for a range of suppliers into '
  'subject_activity, and mark the suppliers it changed. Returns the number of events read.';

create function private.restamp_restored_events(p_limit integer) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  -- Asked within each statement, for its own snapshot: what is visible in that was stamped
  -- below its end. Against an earlier one, an event that came in meanwhile would look restored.
  update public.activity_events set received_xid = 0
  where id in (select id from public.activity_events
               where received_xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
               order by received_xid limit p_limit);
  if found then
    update private.roll_up_state set rolled_up_to = 0, slice = 0 where singleton;
    return true;
  end if;
  update private.suppliers_to_rescore set marked_xid = 0
  where marked_xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  -- Nothing was restored but the watermark itself: start over.
  update private.roll_up_state set rolled_up_to = 0, slice = 0
  where rolled_up_to > pg_snapshot_xmax(pg_current_snapshot())::text::bigint;
  return false;
end $$;
comment on function private.restamp_restored_events is
  'A database restored into a new cluster holds events stamped by transactions that, there, are '
  'yet to come. Stamp them anew, a part at a time; true while there may be more.';

create function public.roll_up_step(
  p_fence bigint, p_max_events integer default 500000, p_huge integer default 2000000
) returns jsonb
language plpgsql set search_path = '' set statement_timeout = '120s'
-- The plan hangs on how many events a range of transactions holds.
set plan_cache_mode = force_custom_plan as $$
declare
  slices constant integer := 64;
  state private.roll_up_state;
  ended_below constant bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  first_xid bigint;
  upto bigint;
  events bigint := 0;
begin
  perform private.require_lease(p_fence);
  if private.restamp_restored_events(p_max_events) then
    return jsonb_build_object('events', 0, 'done', false);
  end if;
  select * into state from private.roll_up_state;

  select min(received_xid) into first_xid from public.activity_events
  where received_xid >= state.rolled_up_to and received_xid < ended_below;
  if first_xid is null then
    upto := greatest(ended_below, state.rolled_up_to);
    state.slice := 0;
  elsif state.slice > 0 or exists (
    select from public.activity_events where received_xid = first_xid offset p_huge
  ) then
    -- One transaction stored more than a statement should read: take it by supplier ids.
    events := private.roll_up_events(first_xid, first_xid + 1,
      private.slice_start(state.slice, slices), private.slice_end(state.slice, slices));
    state.slice := (state.slice + 1) % slices;
    upto := case when state.slice = 0 then first_xid + 1 else first_xid end;
  else
    select received_xid into upto from public.activity_events
    where received_xid >= first_xid and received_xid < ended_below
    order by received_xid offset p_max_events limit 1;
    upto := greatest(coalesce(upto, ended_below), first_xid + 1);
    events := private.roll_up_events(first_xid, upto,
      '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  end if;

  if upto >= ended_below and not exists (
    select from public.activity_events where received_xid >= ended_below offset p_huge
  ) then
    -- A transaction that is open somewhere holds the watermark back. What committed meanwhile
    -- counts today all the same: it will be read once more, and a union does not mind.
    perform private.roll_up_events(ended_below, 9223372036854775807,
      '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  end if;
  update private.roll_up_state set rolled_up_to = upto, slice = state.slice where singleton;
  return jsonb_build_object('events', events, 'done', upto >= ended_below);
end $$;
comment on function public.roll_up_step is
  'Roll up the next events and move the watermark, in one transaction. Call until done. '
  'p_max_events: about how many events a step reads; p_huge: a transaction with more is read in slices.';

create function private.slice_start(p_slice integer, p_slices integer) returns uuid
language sql immutable set search_path = ''
return rpad(lpad(to_hex(p_slice * 256 / p_slices), 2, '0'), 32, '0')::uuid;
comment on function private.slice_start is 'First supplier id of a slice; p_slices divides 256.';

create function private.slice_end(p_slice integer, p_slices integer) returns uuid
language sql immutable set search_path = ''
return rpad(lpad(to_hex((p_slice + 1) * 256 / p_slices - 1), 2, '0'), 32, 'f')::uuid;
comment on function private.slice_end is 'Last supplier id of a slice; p_slices divides 256.';
