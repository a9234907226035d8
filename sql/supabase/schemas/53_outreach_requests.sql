-- What people ask for by hand: one message or call, the same for many suppliers, and taking back
-- what has not left.

-- ============ functions: one ============

create function private.contact_obstacle(
  p_supplier uuid, p_type text, p_now timestamptz, p_at timestamptz, p_cap jsonb
) returns table (reason text)
language sql stable
-- As cs_core/outreach/limits.py:suppress, which says why there are two.
-- A table, and no search_path setting (every name is qualified): in a FROM the planner can inline it, and a preview asks for 1,000 suppliers.
as $$
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

create function private.answer_request(p_made public.interventions) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'intervention_id', p_made.id, 'status', p_made.status, 'reason', p_made.reason,
    'scheduled_for', coalesce(p_made.scheduled_for, o.scheduled_for), 'open_call_id', o.id,
    'overridden', p_made.request ->> 'overridden', 'last_error', p_made.last_error)
  from (select) one
  left join public.interventions o on p_made.reason = 'open_call'
    and o.supplier_id = p_made.supplier_id and o.type = 'call' and o.status = 'planned';
$$;
comment on function private.answer_request is 'What is told to the person who asked for an intervention.';

create function public.request_intervention(p_now timestamptz, p_request jsonb, p_cap jsonb) returns jsonb
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

  v_reason := (select o.reason from private.contact_obstacle(v_supplier_id, v_type, p_now, v_scheduled, p_cap) o);
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
comment on function public.request_intervention is
  'One intervention that a person asks for, through the same caps. An opt-out cannot be overridden. '
  'The same idempotency key gives the first answer again.';

-- ============ functions: taking back and trying again ============

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
    v_is_queued := public.retry_mail(array[v_was.message_id], now()) = 1;
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

-- ============ functions: many at once ============

create function public.preview_bulk(
  p_suppliers uuid[], p_type text, p_now timestamptz, p_at timestamptz, p_cap jsonb, p_overrides_cap boolean
) returns jsonb
language sql stable set search_path = '' as $$
  with judged as materialized (
    select p.id, p.place, coalesce(s.business_name, '') as business_name,
           case when s.id is null then 'gone' else
             nullif(o.reason, case when p_overrides_cap then 'frequency_cap' end) end as reason
    from unnest(p_suppliers[1 : 1000]) with ordinality p (id, place)
    left join private.source_suppliers s on s.id = p.id
    left join lateral private.contact_obstacle(p.id, p_type, p_now, p_at, p_cap) o on true
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
    -- What failed for good reached nobody, unless nobody knows.
    select count(*) from public.interventions
    where bulk_id = p_bulk and (
      status not in ('cancelled', 'suppressed', 'failed') or status = 'failed' and may_have_arrived)));
end $$;
comment on function public.undo_bulk is 'Take back what of a bulk nobody has received yet; returns how many, and for how many it was too late.';

create function public.bulk_state(p_bulk uuid) returns jsonb
language sql stable set search_path = '' as $$
  select case when count(*) > 0 then jsonb_build_object(
    'bulk_id', p_bulk, 'type', min(type), 'begun_at', min(created_at),
    'due_at', max(scheduled_for) filter (where status = 'planned' and type <> 'call'),
    'planned', count(*) filter (where status not in ('suppressed', 'cancelled')),
    'waiting', count(*) filter (where status = 'planned'),
    'sending', count(*) filter (where status = 'sending'),
    'failed', count(*) filter (where status = 'failed'),
    'suppressed', coalesce((
      select jsonb_object_agg(reason, n) from (
        select reason, count(*) as n from public.interventions
        where bulk_id = p_bulk and status = 'suppressed' group by reason) c), '{}')) end
  from public.interventions where bulk_id = p_bulk;
$$;
comment on function public.bulk_state is
  'What became of a bulk so far; null where nothing was asked for. planned: neither suppressed nor taken back; '
  'waiting: of those, not sent or made yet.';
