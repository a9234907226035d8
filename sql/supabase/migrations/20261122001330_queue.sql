-- What the team works through: calls, lists of interventions, many at once; and saved views.

-- ============ saved views ============

create table public.saved_views (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references public.user_profiles (id) on delete cascade,
  name text not null check (length(btrim(name)) >= 1 and length(name) <= 80),
  query text not null check (length(query) <= 2000),
  is_shared boolean not null default false,
  created_at timestamptz not null default now(),
  unique (owner_id, name)
);
alter table public.saved_views enable row level security;
comment on table public.saved_views is 'Filters of the supplier list under a name: one''s own, and those that others share.';
comment on column public.saved_views.query is 'What follows the question mark of the address.';

-- ============ who calls ============

create function private.require_admin() returns void
language plpgsql stable set search_path = '' as $$
begin
  if not private.is_admin() then
    raise insufficient_privilege using message = 'Only an admin may do this.';
  end if;
end $$;
comment on function private.require_admin is 'Stop who may not act.';

create function private.note_change(p_table text, p_key text, p_before jsonb, p_after jsonb) returns void
language sql security definer set search_path = '' as $$
  insert into public.audit_log (actor_id, table_name, row_key, action, before, after)
  values (auth.uid(), p_table, p_key, 'update', p_before, p_after);
$$;
comment on function private.note_change is 'Note in the audit log what a person changed where no trigger does.';

create trigger cs_audit_owner after update of owner_id on public.suppliers
  for each row execute function private.write_audit('owner_id');

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

create function public.reopen_call(p_supplier uuid, p_call uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_intervention uuid;
begin
  perform private.require_admin();
  update public.support_interactions
  set completed_at = null, completed_by = null, outcome = null, notes = null
  where supplier_id = p_supplier and id = p_call and completed_by = auth.uid()
    and completed_at > now() - interval '10 minutes'
  returning intervention_id into v_intervention;
  if not found then
    return false;
  end if;
  update public.interventions set status = 'planned'
  where supplier_id = p_supplier and id = v_intervention and status = 'done';
  return true;
exception when unique_violation then
  return false;  -- another call to this supplier was planned meanwhile
end $$;
comment on function public.reopen_call is
  'Take back the outcome that the caller noted within the last ten minutes; false where that cannot be.';

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

create function public.assign_owner(p_suppliers uuid[], p_owner uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare
  v_changed integer;
begin
  perform private.require_admin();
  if cardinality(p_suppliers) > 10000 then
    raise sqlstate '22023' using message = 'At most 10,000 suppliers can be assigned at once.';
  end if;
  if p_owner is not null and not exists (select from private.people() where id = p_owner) then
    raise sqlstate '22023' using message = 'Suppliers are looked after by an admin or analyst; this is neither.';
  end if;
  update private.source_suppliers set owner_id = p_owner
  where id = any (p_suppliers) and owner_id is distinct from p_owner;
  get diagnostics v_changed = row_count;
  return v_changed;
end $$;
comment on function public.assign_owner is 'Say who looks after some suppliers; null: nobody. Returns how many changed hands.';

-- ============ the call queue ============

create function private.titles() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(name, title), '{}')
  from (select distinct on (name) name, definition ->> 'title' as title
        from public.playbooks order by name, version desc) newest;
$$;
comment on function private.titles is 'What the playbooks are called now.';

create function private.names() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(id, name), '{}') from private.people();
$$;
comment on function private.names is 'What the people of the team are called.';

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

-- ============ lists of interventions ============

create index interventions_scheduled_list_idx on public.interventions (scheduled_for, id) where status in ('planned', 'sending');
create index interventions_sent_list_idx on public.interventions (created_at desc, id) where status in ('sent', 'done');
create index interventions_failed_list_idx on public.interventions (created_at desc, id) where status = 'failed';
create index interventions_suppressed_list_idx on public.interventions (created_at desc, id) where status = 'suppressed';

create function public.find_interventions(p_tab text, p_filter jsonb, p_offset integer, p_limit integer) returns jsonb
language plpgsql stable set search_path = '' set max_parallel_workers_per_gather = 0 as $$
declare
  v_where constant text := concat_ws(' and ',
    case p_tab when 'scheduled' then 'i.status in (''planned'', ''sending'')'
      when 'sent' then 'i.status in (''sent'', ''done'')' when 'failed' then 'i.status = ''failed'''
      when 'suppressed' then 'i.status = ''suppressed''' when 'history' then 'true' end,
    case when p_filter ? 'type' then format('i.type = %L', p_filter ->> 'type') end,
    case when p_filter ? 'playbook' then format('i.playbook = %L', p_filter ->> 'playbook') end,
    case when p_filter ? 'status' then format('i.status = %L', p_filter ->> 'status') end,
    case when p_filter ? 'reason' then format('i.reason = %L', p_filter ->> 'reason') end,
    case when p_filter ? 'since' then format('i.created_at >= %L::timestamptz', p_filter ->> 'since') end,
    case when p_filter ? 'before' then format('i.created_at < %L::timestamptz', p_filter ->> 'before') end,
    case when p_filter ? 'supplier_id' then format('i.supplier_id = %L::uuid', p_filter ->> 'supplier_id') end,
    case when p_filter ? 'requested_by' then format('i.requested_by = %L::uuid', p_filter ->> 'requested_by') end,
    -- Who asked for it, or made the call.
    case when p_filter ? 'person' then format(
      '(i.requested_by = %1$L::uuid or exists (select from public.support_interactions c
         where c.supplier_id = i.supplier_id and c.intervention_id = i.id and c.completed_by = %1$L::uuid))',
      p_filter ->> 'person') end,
    case when p_filter ? 'bulk_id' then format('i.bulk_id = %L::uuid', p_filter ->> 'bulk_id') end);
  v_order constant text := case p_tab when 'scheduled' then 'i.scheduled_for, i.id' else 'i.created_at desc, i.id' end;
  v_offset constant integer := greatest(p_offset, 0);
  v_total integer;
  v_rows jsonb;
begin
  if p_tab not in ('scheduled', 'sent', 'failed', 'suppressed', 'history') then
    raise sqlstate '22023' using message = format('There is no list %s.', p_tab);
  end if;
  execute format('select count(*) from (select from public.interventions i where %s limit 10001) m', v_where) into v_total;
  execute format(
    'select coalesce(jsonb_agg(jsonb_build_object(
       ''id'', i.id, ''supplier_id'', i.supplier_id, ''business_name'', s.business_name, ''risk_level'', h.risk_level,
       ''type'', i.type, ''call_type'', i.call_type, ''status'', i.status, ''reason'', i.reason,
       ''playbook'', i.playbook, ''playbook_title'', private.playbook_title(i.playbook),
       ''milestone_type'', i.milestone_type, ''template'', i.template, ''subject'', i.subject, ''arm'', i.arm,
       ''scheduled_for'', i.scheduled_for, ''sent_at'', i.sent_at, ''created_at'', i.created_at,
       ''attempts'', i.attempts, ''last_error'', i.last_error, ''requested_by'', i.requested_by,
       ''requested_by_name'', p.name, ''bulk_id'', i.bulk_id, ''cause'', i.cause,
       ''next_attempt_at'', o.next_attempt_at, ''outcome'', c.outcome, ''notes'', c.notes,
       ''made_at'', c.completed_at, ''made_by_name'', m.name) order by %2$s), ''[]'')
     from (select * from public.interventions i where %1$s order by %2$s offset %3$s limit %4$s) i
     join private.source_suppliers s on s.id = i.supplier_id
     left join public.current_health h on h.supplier_id = i.supplier_id
     left join private.people() p on p.id = i.requested_by
     left join public.outbox o on o.id = i.message_id and o.status = ''queued''
     left join lateral (
       select outcome, notes, completed_at, completed_by from public.support_interactions
       where supplier_id = i.supplier_id and intervention_id = i.id and completed_at is not null
       order by completed_at desc limit 1) c on i.type = ''call''
     left join private.people() m on m.id = c.completed_by',
    v_where, v_order, v_offset, greatest(least(p_limit, 500, 10000 - v_offset), 0))
  into v_rows;
  return jsonb_build_object('total', least(v_total, 10000), 'total_is_exact', v_total <= 10000, 'rows', v_rows,
                            'titles', private.titles(), 'names', private.names());
end $$;
comment on function public.find_interventions is 'A page of a list of interventions, and how many there are (counted up to 10,000).';

create function public.count_interventions() returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'scheduled', (select count(*) from (
      select from public.interventions where status in ('planned', 'sending') limit 10001) m),
    'sent', (select count(*) from (
      select from public.interventions where status in ('sent', 'done') limit 10001) m),
    'failed', (select count(*) from (
      select from public.interventions where status = 'failed' limit 10001) m),
    'suppressed', (select count(*) from (
      select from public.interventions where status = 'suppressed' limit 10001) m));
$$;
comment on function public.count_interventions is 'How many interventions each list holds, counted up to 10,001.';

-- The same columns, with what the lists are narrowed by.
create or replace view public.intervention_list with (security_invoker = true) as
select i.supplier_id, i.id, s.business_name, i.type, i.playbook, i.template, i.subject, i.status,
       i.reason, i.scheduled_for, i.sent_at, i.attempts, i.last_error, i.created_at,
       h.risk_level as current_risk_level,
       i.call_type, i.playbook_version, i.milestone_type, i.arm, i.score_date,
       (i.cause #>> '{reasons,0,score}')::integer as score_then, i.cause, i.requested_by,
       i.bulk_id, c.completed_by as made_by
from public.interventions i
cross join lateral (
  select business_name from private.source_suppliers where id = i.supplier_id offset 0) s
left join lateral (
  select risk_level from public.current_health where supplier_id = i.supplier_id offset 0) h on true
left join lateral (
  select completed_by from public.support_interactions
  where supplier_id = i.supplier_id and intervention_id = i.id and completed_at is not null
  order by completed_at desc limit 1) c on true;

-- ============ taking back, trying again ============

create function private.take_back(p_supplier uuid, p_id uuid) returns boolean
language plpgsql set search_path = '' as $$
declare
  v_was public.interventions;
begin
  select * into v_was from public.interventions where supplier_id = p_supplier and id = p_id;
  if v_was.message_id is not null then
    -- The mail's row first, as its sender takes them; one that is being sent is not taken back.
    update public.outbox
    set status = 'cancelled', last_error = 'by_person', claimed_by = null, claimed_until = '-infinity'
    where id = v_was.message_id and status = 'queued';
  elsif v_was.type = 'call' then
    update public.interventions set status = 'cancelled', reason = 'by_person'
    where supplier_id = p_supplier and id = p_id and status = 'planned';
    if found then
      update public.support_interactions set cancelled_at = now()
      where supplier_id = p_supplier and intervention_id = p_id and completed_at is null;
      perform 1;  -- found, whether the queue still held it or not
    end if;
  else
    update public.interventions set status = 'cancelled', reason = 'by_person'
    where supplier_id = p_supplier and id = p_id and status = 'planned' and message_id is null;
  end if;
  if not found then
    return false;
  end if;
  perform private.note_change('interventions', p_supplier || '/' || p_id,
    jsonb_build_object('status', v_was.status), '{"status": "cancelled", "reason": "by_person"}');
  return true;
end $$;
comment on function private.take_back is 'Cancel an intervention that is not sent or made yet; false where it is too late.';

create function public.cancel_intervention(p_supplier uuid, p_intervention uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return private.take_back(p_supplier, p_intervention) or exists (
    select from public.interventions
    where supplier_id = p_supplier and id = p_intervention and status = 'cancelled' and reason = 'by_person');
end $$;
comment on function public.cancel_intervention is
  'An admin takes an intervention back; true also where that was done before, false where it is too late.';

create function public.retry_intervention(p_supplier uuid, p_intervention uuid) returns boolean
language plpgsql security definer set search_path = '' as $$
declare
  v_was public.interventions;
  v_is_queued boolean;
begin
  perform private.require_admin();
  select * into v_was from public.interventions where supplier_id = p_supplier and id = p_intervention;
  if v_was.message_id is not null then
    v_is_queued := private.queue_again(array[v_was.message_id], now()) = 1;
  else
    update public.interventions set status = 'planned', last_error = null, scheduled_for = now()
    where supplier_id = p_supplier and id = p_intervention and status = 'failed' and message_id is null;
    v_is_queued := found;
  end if;
  if not v_is_queued then
    return false;
  end if;
  perform private.note_change('interventions', p_supplier || '/' || p_intervention,
    '{"status": "failed"}', '{"status": "planned"}');
  return true;
end $$;
comment on function public.retry_intervention is 'An admin has a failed message tried again, now; false where it has not failed.';

-- ============ many at once ============

create function private.contact_obstacle(
  p_supplier uuid, p_type text, p_now timestamptz, p_at timestamptz, p_cap jsonb
) returns text
language sql stable set search_path = '' as $$
  select case
    when p_type = 'email' and s.email_opt_out then 'opt_out'
    when p_type = 'email' and not private.has_address(s.email) then 'no_address'
    when p_type = 'email' and (
      select count(*) from public.interventions i
      where i.supplier_id = p_supplier
        and private.takes_mail_slot(
          i.type, case when i.may_have_arrived then 'sent' else i.status end,
          coalesce(i.sent_at, greatest(i.scheduled_for, p_now)), p_at, (p_cap ->> 'days')::integer)) >= (p_cap ->> 'emails')::integer then 'frequency_cap'
    when p_type = 'call' and exists (
      select from public.interventions i
      where i.supplier_id = p_supplier and i.type = 'call' and i.status = 'planned') then 'open_call' end
  from private.source_suppliers s where s.id = p_supplier;
$$;
comment on function private.contact_obstacle is 'Why a supplier would not be contacted at an instant; null where nothing is in the way.';

create or replace function public.request_intervention(p_now timestamptz, p_request jsonb, p_cap jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_key constant text := 'person/' || (p_request ->> 'idempotency_key');
  v_supplier_id constant uuid := p_request ->> 'supplier_id';
  v_type constant text := p_request ->> 'type';
  v_scheduled constant timestamptz := p_request ->> 'scheduled_for';
  -- What was asked for, without what depends on when it was asked, and long texts as a digest.
  v_asked constant jsonb := jsonb_strip_nulls(p_request - 'scheduled_for' - 'message'
    || jsonb_build_object('message_md5', md5(p_request ->> 'message')));
  v_is_scored boolean;
  v_known public.interventions;
  v_reason text;
  v_overridden text;
  v_score record;
  v_made public.interventions;
begin
  -- People wait for each other, and for the one row that the daily run locks too before it
  -- looks for e-mails and open calls.
  perform pg_advisory_xact_lock(hashtextextended(v_supplier_id::text, 3));
  perform from public.current_health where supplier_id = v_supplier_id for update;
  v_is_scored := found;
  if not exists (select from private.source_suppliers where id = v_supplier_id) then
    raise sqlstate 'PT404' using message = 'There is no such supplier.';
  end if;
  if not exists (select from private.source_users
                 where id = (p_request ->> 'requested_by')::uuid and role = 'admin') then
    raise sqlstate 'PT403' using message = 'Only an admin may ask for an intervention.';
  end if;
  if not v_is_scored then
    -- A run may be saving its first score just now. Every page holds the lease's row until it
    -- is committed, and none begins while we hold it.
    perform from private.run_lease for update;
    perform from public.current_health where supplier_id = v_supplier_id for update;
  end if;
  select * into v_known from public.interventions
  where supplier_id = v_supplier_id and dedupe_key = v_key;
  if found then
    if v_known.request - 'overridden' is distinct from v_asked then
      raise sqlstate 'PT409' using message = 'This idempotency key was used for another request.';
    end if;
    return private.answer_request(v_known);
  end if;

  v_reason := private.contact_obstacle(v_supplier_id, v_type, p_now, v_scheduled, p_cap);
  if v_reason = 'frequency_cap' and (p_request ->> 'overrides_cap')::boolean then
    v_overridden := v_reason;
    v_reason := null;
  end if;

  select health_score as score, risk_level as level, previous_score into v_score
  from public.current_health where supplier_id = v_supplier_id;
  insert into public.interventions
    (supplier_id, type, call_type, requested_by, template, subject, body, status, reason,
     scheduled_for, dedupe_key, cause, request, bulk_id, created_at)
  values (
    v_supplier_id, v_type, p_request ->> 'call_type', (p_request ->> 'requested_by')::uuid,
    p_request ->> 'template', p_request ->> 'subject', p_request ->> 'message',
    case when v_reason is null then 'planned' else 'suppressed' end, v_reason,
    case when v_reason is null then v_scheduled end, v_key,
    jsonb_build_object('reasons', jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
      'requested_by', p_request ->> 'requested_by', 'note', p_request ->> 'note', 'score', v_score.score,
      'level', v_score.level, 'previous_score', v_score.previous_score, 'on', private.utc_date(p_now))))),
    jsonb_strip_nulls(v_asked || jsonb_build_object('overridden', v_overridden)),
    (p_request ->> 'bulk_id')::uuid, p_now)
  returning * into v_made;
  perform private.open_calls(p_now, array[v_made.id]);
  perform private.add_reasons(array[v_made.id]);
  return private.answer_request(v_made);
end $$;

create function public.preview_bulk(
  p_suppliers uuid[], p_type text, p_now timestamptz, p_at timestamptz, p_cap jsonb, p_overrides_cap boolean
) returns jsonb
language sql stable set search_path = '' as $$
  with judged as materialized (
    select p.id, p.place, coalesce(s.business_name, '') as business_name,
           case when s.id is null then 'gone' else
             nullif(private.contact_obstacle(s.id, p_type, p_now, p_at, p_cap),
                    case when p_overrides_cap then 'frequency_cap' end) end as reason
    from unnest(p_suppliers[1 : 1000]) with ordinality p (id, place)
    left join private.source_suppliers s on s.id = p.id
  ), shown as (
    select *, row_number() over (partition by reason order by place) as nth from judged
  )
  select jsonb_build_object(
    'will_contact', (select count(*) from judged where reason is null),
    'suppressed', (select coalesce(jsonb_object_agg(reason, n), '{}') from (
      select reason, count(*) as n from judged where reason is not null group by reason) c),
    'first', (select coalesce(jsonb_agg(jsonb_build_object('supplier_id', id, 'business_name', business_name)
                                        order by nth), '[]') from shown where reason is null and nth <= 50),
    'first_suppressed', (select coalesce(jsonb_object_agg(reason, suppliers), '{}') from (
      select reason, jsonb_agg(jsonb_build_object('supplier_id', id, 'business_name', business_name)
                               order by nth) as suppliers
      from shown where reason is not null and nth <= 50 group by reason) c));
$$;
comment on function public.preview_bulk is
  'Who of some suppliers would be contacted and who not, by the rules of request_intervention. Writes nothing.';

create function public.request_bulk(p_now timestamptz, p_requests jsonb, p_cap jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_request jsonb;
  v_reasons jsonb := '[]';
begin
  for v_request in select r from jsonb_array_elements(p_requests) r loop
    begin
      v_reasons := v_reasons || jsonb_build_array(
        public.request_intervention(p_now, v_request, p_cap) -> 'reason');
    exception when sqlstate 'PT404' then
      v_reasons := v_reasons || '["gone"]';
    end;
  end loop;
  return v_reasons;
end $$;
comment on function public.request_bulk is
  'Ask for the same intervention for several suppliers; returns why each was not planned, null where it was.';

create function public.time_zones_of(p_suppliers uuid[]) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(id, coalesce(timezone, 'UTC')), '{}')
  from private.source_suppliers where id = any (p_suppliers);
$$;
comment on function public.time_zones_of is 'Time zones by supplier.';

create function public.undo_bulk(p_bulk uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  r record;
  v_undone integer := 0;
begin
  perform private.require_admin();
  for r in
    select supplier_id, id from public.interventions
    where bulk_id = p_bulk and status = 'planned' order by supplier_id, id
  loop
    v_undone := v_undone + private.take_back(r.supplier_id, r.id)::integer;
  end loop;
  return jsonb_build_object('undone', v_undone, 'too_late', (
    select count(*) from public.interventions
    where bulk_id = p_bulk and status not in ('cancelled', 'suppressed')));
end $$;
comment on function public.undo_bulk is 'Take back what of a bulk nobody has received yet; returns how many, and for how many it was too late.';

-- ============ rights ============

revoke all on public.saved_views from anon, authenticated, service_role;
grant select, insert (id, owner_id, name, query, is_shared), update (name, query, is_shared), delete
  on public.saved_views to authenticated;
grant select on public.saved_views to service_role;
create policy "staff read their own views and shared ones" on public.saved_views
  for select to authenticated
  using ((select private.is_staff()) and (is_shared or owner_id = (select auth.uid())));
create policy "staff save views" on public.saved_views
  for insert to authenticated
  with check ((select private.is_staff()) and owner_id = (select auth.uid()));
create policy "staff change their own views" on public.saved_views
  for update to authenticated
  using ((select private.is_staff()) and owner_id = (select auth.uid()))
  with check ((select private.is_staff()) and owner_id = (select auth.uid()));
create policy "staff delete their own views" on public.saved_views
  for delete to authenticated
  using ((select private.is_staff()) and owner_id = (select auth.uid()));

revoke execute on function private.require_admin, private.note_change, public.claim_call, public.release_call,
  public.snooze_call, public.reopen_call, public.ended_calls, public.add_note, public.assign_owner, private.titles, private.names, public.call_queue,
  public.count_calls, public.find_interventions, public.count_interventions, private.take_back,
  public.cancel_intervention, public.retry_intervention, private.contact_obstacle, public.preview_bulk,
  public.request_bulk, public.time_zones_of, public.undo_bulk
  from public, anon, authenticated;
grant execute on function public.claim_call, public.release_call, public.snooze_call, public.reopen_call, public.add_note,
  public.assign_owner, public.cancel_intervention, public.retry_intervention, public.undo_bulk
  to authenticated;
grant execute on function private.titles, private.names, public.call_queue, public.count_calls, public.ended_calls,
  public.find_interventions, public.count_interventions, private.contact_obstacle, private.takes_mail_slot,
  private.has_address, public.preview_bulk to authenticated, service_role;
grant execute on function public.request_bulk, public.time_zones_of to service_role;
