-- What the team works through: calls and notes.

-- ============ functions: making a call ============

create function private.note_caller() returns trigger
language plpgsql set search_path = '' as $$
begin
  if new.completed_at is not null and (tg_op = 'INSERT' or old.completed_at is null) then
    new.completed_by := (select u.id from private.source_users u where u.id = (select auth.uid()));
    new.noted_at := now();
  end if;
  return new;
end $$;
comment on function private.note_caller is 'Who notes what came of a call is who made it; when it is noted is kept too.';

create function public.claim_call(p_supplier uuid, p_call uuid, p_take_over boolean default false) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_me constant uuid := auth.uid();
  v_call public.support_interactions;
begin
  perform private.require_admin();
  update public.support_interactions
  set claimed_by = v_me, claimed_at = case when claimed_by = v_me then claimed_at else now() end
  where supplier_id = p_supplier and id = p_call and completed_at is null and cancelled_at is null
    and (p_take_over or coalesce(claimed_by, v_me) = v_me);
  select * into v_call from public.support_interactions where supplier_id = p_supplier and id = p_call;
  return jsonb_build_object(
    'is_mine', coalesce(v_call.claimed_by = v_me, false),
    'is_open', coalesce(v_call.id is not null and v_call.completed_at is null and v_call.cancelled_at is null, false),
    'claimed_by', v_call.claimed_by,
    'claimed_by_name', (select name from private.people() where id = v_call.claimed_by));
end $$;
comment on function public.claim_call is 'An admin says: I make this call. Of several one has it; the others are told who.';

create function public.release_call(p_supplier uuid, p_call uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  perform private.require_admin();
  update public.support_interactions set claimed_by = null, claimed_at = null
  where supplier_id = p_supplier and id = p_call and completed_at is null and cancelled_at is null
    and claimed_by = auth.uid();
  return found;
end $$;
comment on function public.release_call is 'Give a claimed call back.';

create function public.snooze_call(p_supplier uuid, p_call uuid, p_reason text, p_until timestamptz) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_intervention uuid;
begin
  perform private.require_admin();
  if coalesce(length(btrim(p_reason)), 0) not between 1 and 500 then
    raise sqlstate '22023' using message = 'Say in up to 500 characters why the call is put off.';
  end if;
  if coalesce(p_until <= now() or p_until > now() + interval '90 days', true) then
    raise sqlstate '22023' using message = 'Choose a time within the next 90 days.';
  end if;
  update public.support_interactions
  set scheduled_for = p_until, snoozed_reason = btrim(p_reason), claimed_by = null, claimed_at = null
  where supplier_id = p_supplier and id = p_call and completed_at is null and cancelled_at is null
  returning intervention_id into v_intervention;
  if not found then
    return false;
  end if;
  update public.interventions set scheduled_for = p_until
  where supplier_id = p_supplier and id = v_intervention and status = 'planned';
  return true;
end $$;
comment on function public.snooze_call is 'Put an open call off, and say why.';

create function public.reopen_call(p_supplier uuid, p_call uuid, p_cancel boolean default false) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_intervention uuid;
begin
  perform private.require_admin();
  update public.support_interactions
  set completed_at = null, completed_by = null, noted_at = null, outcome = null, notes = null,
      cancelled_at = case when p_cancel then now() end
  where supplier_id = p_supplier and id = p_call and completed_at is not null and completed_by = auth.uid()
    and noted_at > now() - interval '10 minutes'
  returning intervention_id into v_intervention;
  if not found then
    return false;
  end if;
  update public.interventions
  set status = case when p_cancel then 'cancelled' else 'planned' end,
      reason = case when p_cancel then 'by_person' end
  where supplier_id = p_supplier and id = v_intervention and status = 'done';
  if found then
    perform private.note_change('interventions', p_supplier || '/' || v_intervention, '{"status": "done"}',
      jsonb_build_object('status', case when p_cancel then 'cancelled' else 'planned' end));
  end if;
  return true;
exception when unique_violation then
  return false;  -- another call to this supplier was planned meanwhile
end $$;
comment on function public.reopen_call is
  'Take back the outcome that the caller noted within the last ten minutes: the call is open again, or with '
  'p_cancel cancelled, where nobody had asked for it before it was noted. False where that cannot be.';

create function public.ended_calls(p_suppliers uuid[], p_calls uuid[]) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(c.id, jsonb_build_object(
    'id', c.id, 'outcome', c.outcome, 'is_made', c.completed_at is not null,
    'is_cancelled', c.cancelled_at is not null, 'made_by', c.completed_by, 'made_by_name', p.name,
    'scheduled_for', c.scheduled_for)), '{}')
  from unnest(p_suppliers[1 : 1000], p_calls[1 : 1000]) asked (supplier_id, id)
  join public.support_interactions c on c.supplier_id = asked.supplier_id and c.id = asked.id
  left join private.people() p on p.id = c.completed_by;
$$;
comment on function public.ended_calls is 'What became of calls that were in the queue a moment ago.';

create function public.add_note(p_supplier uuid, p_text text, p_id uuid default null) returns uuid
language plpgsql security definer set search_path = '' as $$
declare
  v_id constant uuid := coalesce(p_id, gen_random_uuid());
begin
  perform private.require_admin();
  if coalesce(length(btrim(p_text)), 0) = 0 or length(p_text) > 5000 then
    raise sqlstate '22023' using message = 'A note has 1 to 5,000 characters.';
  end if;
  if not exists (select from private.source_suppliers where id = p_supplier) then
    raise sqlstate 'PT404' using message = 'There is no such supplier.';
  end if;
  insert into public.supplier_notes (supplier_id, id, text, created_by)
  values (p_supplier, v_id, btrim(p_text), auth.uid())
  on conflict (supplier_id, id) do nothing;
  return v_id;
end $$;
comment on function public.add_note is 'Write a note; the same id again writes nothing twice.';

-- ============ functions: the call queue ============

create function private.titles() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(name, title), '{}')
  from (select distinct on (name) name, definition ->> 'title' as title
        from public.playbooks order by name, version desc) newest;
$$;
comment on function private.titles is 'What the playbooks are called now.';

create function public.call_queue(p_until timestamptz, p_owner text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('titles', private.titles(), 'names', private.names(), 'calls', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'id', c.id, 'supplier_id', c.supplier_id, 'business_name', c.business_name, 'type', c.type,
      'scheduled_for', c.scheduled_for, 'claimed_by', c.claimed_by, 'claimed_at', c.claimed_at,
      'claimed_by_name', p.name, 'snoozed_reason', c.snoozed_reason, 'phone', c.phone,
      'contact_name', c.contact_name, 'timezone', coalesce(c.timezone, 'UTC'),
      'monthly_revenue', coalesce(c.monthly_revenue, 0), 'owner_id', c.owner_id, 'owner_name', o.name,
      'risk_level', h.risk_level, 'health_score', h.health_score, 'intervention_id', c.intervention_id,
      'cause', i.cause) order by c.scheduled_for, c.id), '[]')
    from (
      select c.*, s.business_name, s.phone, s.contact_name, s.timezone, s.monthly_revenue, s.owner_id
      from public.support_interactions c
      join private.source_suppliers s on s.id = c.supplier_id
      where c.completed_at is null and c.cancelled_at is null and c.scheduled_for < p_until
        and (p_owner is null or s.owner_id = nullif(p_owner, 'none')::uuid
             or p_owner = 'none' and s.owner_id is null)
      order by c.scheduled_for, c.id limit least(p_limit, 1000)) c
    left join private.people() p on p.id = c.claimed_by
    left join private.people() o on o.id = c.owner_id
    left join public.interventions i on i.supplier_id = c.supplier_id and i.id = c.intervention_id
    left join public.current_health h on h.supplier_id = c.supplier_id));
$$;
comment on function public.call_queue is 'Open calls due before an instant, the oldest first, with all that the caller needs.';

create function public.count_calls(p_until timestamptz, p_owner text) returns integer
language sql stable set search_path = '' as $$
  select count(*) from (
    select from public.support_interactions c
    join private.source_suppliers s on s.id = c.supplier_id
    where c.completed_at is null and c.cancelled_at is null and c.scheduled_for < p_until
      and (p_owner is null or s.owner_id = nullif(p_owner, 'none')::uuid
           or p_owner = 'none' and s.owner_id is null)
    limit 10000) c;
$$;
comment on function public.count_calls is 'How many open calls are due before an instant, counted up to 10,000.';

create function public.count_queue(p_until timestamptz, p_late_before timestamptz, p_owner text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'total', count(*), 'late', count(*) filter (where c.scheduled_for < p_late_before),
    'mine', count(*) filter (where c.claimed_by = (select auth.uid())),
    'others', count(*) filter (where c.claimed_by <> (select auth.uid())))
  from (
    select c.scheduled_for, c.claimed_by from public.support_interactions c
    join private.source_suppliers s on s.id = c.supplier_id
    where c.completed_at is null and c.cancelled_at is null and c.scheduled_for < p_until
      and (p_owner is null or s.owner_id = nullif(p_owner, 'none')::uuid
           or p_owner = 'none' and s.owner_id is null)
    limit 10000) c;
$$;
comment on function public.count_queue is
  'Of the open calls due before an instant, up to 10,000: how many, late ones among them, and in whose hands.';

-- ============ triggers ============

create trigger cs_note_caller before insert or update of completed_at on public.support_interactions
  for each row execute function private.note_caller();
