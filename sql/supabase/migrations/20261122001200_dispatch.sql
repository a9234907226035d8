-- From a planned intervention to a written mail or in-app message, and back from the mail to
-- the intervention; the team's alerts; what a person asks for.

-- ============ writing ============

create function public.messages_to_write(p_now timestamptz, p_limit integer) returns json
language sql stable set search_path = '' as $$
  with due as materialized (
    select i.* from public.interventions i
    where i.status = 'planned' and i.message_id is null and i.type <> 'call' and i.scheduled_for <= p_now
    order by i.scheduled_for, i.id limit p_limit
  )
  select coalesce(json_agg(json_build_object(
    'supplier_id', d.supplier_id, 'intervention_id', d.id, 'type', d.type,
    'template', d.template, 'subject', d.subject, 'body', d.body,
    'business_name', s.business_name, 'contact_name', s.contact_name, 'email', s.email,
    'category', s.category, 'tier', s.tier, 'opted_out', coalesce(s.email_opt_out, false),
    'is_wanted', d.request is not null
      or private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now),
    'sender_name', o.full_name,
    'silent_since', coalesce(h.last_login, private.finite(s.onboarded_at), private.finite(s.signed_up_at)),
    'clients_known', coalesce(h.clients_known, 0),
    'trial_ends_at', case when s.status = 'trial' then private.finite(s.trial_ends_at) end, 'timezone', s.timezone,
    'unused_features', array(
      select distinct f.feature from public.core_features f
      where f.tier in ('*', s.tier) and not exists (
        select from private.subject_activity a
        where a.supplier_id = d.supplier_id and a.kind = 'feature' and a.subject = f.feature
          and a.last_at >= p_now - interval '30 days')
      order by f.feature)
  ) order by d.scheduled_for, d.id), '[]')
  from due d
  join private.source_suppliers s on s.id = d.supplier_id
  left join private.source_users o on o.id = s.owner_id
  left join public.current_health h on h.supplier_id = d.supplier_id;
$$;
comment on function public.messages_to_write is
  'Planned e-mails and in-app messages that are due, with what their templates may say.';

create function public.feature_users(p_now timestamptz) returns json
language sql stable set search_path = '' as $$
  select coalesce(json_agg(json_build_object('tier', tier, 'category', category, 'feature', feature, 'users', users)), '[]')
  from (
    select s.tier, s.category, a.subject as feature, count(*) as users
    from private.subject_activity a
    join private.source_suppliers s on s.id = a.supplier_id
    where a.kind = 'feature' and a.last_at >= p_now - interval '30 days' and a.known_at < p_now
    group by 1, 2, 3) counted;
$$;
comment on function public.feature_users is
  'How many suppliers of each tier and category used each feature in the last 30 days.';

create function private.save_message(p_now timestamptz, m public.interventions, p_text jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  v_mail uuid;
begin
  if m.type = 'in_app' then
    insert into public.in_app_messages (supplier_id, id, title, body, created_at)
    values (m.supplier_id, m.id, p_text ->> 'subject', p_text ->> 'body_text', p_now);
    update public.interventions
    set status = 'sent', sent_at = p_now, attempts = 1, subject = p_text ->> 'subject', body = p_text ->> 'body_text'
    where supplier_id = m.supplier_id and id = m.id;
  else
    insert into public.outbox
      (dedupe_key, recipient_id, to_address, to_name, subject, body_text, body_html,
       unsubscribe_url, scheduled_for, next_attempt_at, created_at)
    values ('intervention/' || m.id, m.supplier_id, p_text ->> 'to_address', p_text ->> 'to_name',
            p_text ->> 'subject', p_text ->> 'body_text', p_text ->> 'body_html',
            p_text ->> 'unsubscribe_url', p_now, p_now, p_now)
    returning id into v_mail;
    update public.interventions
    set message_id = v_mail, subject = p_text ->> 'subject', body = p_text ->> 'body_text'
    where supplier_id = m.supplier_id and id = m.id;
  end if;
end $$;
comment on function private.save_message is 'Deliver one in-app message, or put one mail into the outbox.';

create function public.save_written(p_now timestamptz, p_messages jsonb) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_text jsonb;
  v_intervention public.interventions;
  v_written integer := 0;
begin
  for v_text in
    select t from jsonb_array_elements(p_messages) t order by t ->> 'supplier_id', t ->> 'intervention_id'
  loop
    select * into v_intervention from public.interventions
    where supplier_id = (v_text ->> 'supplier_id')::uuid and id = (v_text ->> 'intervention_id')::uuid
      and status = 'planned' and message_id is null
    for update;
    if not found then
      continue;
    end if;
    if v_text ? 'outcome' then
      update public.interventions
      set status = v_text ->> 'outcome', reason = v_text ->> 'reason', last_error = v_text ->> 'error'
      where supplier_id = v_intervention.supplier_id and id = v_intervention.id;
      continue;
    end if;
    begin
      perform private.save_message(p_now, v_intervention, v_text);
      v_written := v_written + 1;
    exception when integrity_constraint_violation or data_exception then
      -- One odd message must not hold back the others.
      update public.interventions set status = 'failed', last_error = 'It could not be stored: ' || sqlerrm
      where supplier_id = v_intervention.supplier_id and id = v_intervention.id;
    end;
  end loop;
  return jsonb_build_object('written', v_written);
end $$;
comment on function public.save_written is
  'Store written messages: in-app ones are delivered by that, mails go to the outbox. What another '
  'writer stored meanwhile is left alone.';

-- ============ from the outbox back ============

create function private.follow_mail() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.interventions i
  set status = case when new.status = 'queued' then 'planned' when new.status = 'sending' then 'sending'
                 when new.status = 'sent' then 'sent' when new.status = 'dead' then 'failed'
                 when new.last_error = 'supplier_left' then 'cancelled' else 'suppressed' end,
      reason = case when new.status = 'cancelled' then coalesce(new.last_error, 'opt_out') end,
      attempts = new.attempts, last_error = new.last_error, sent_at = new.sent_at,
      may_have_arrived = new.may_have_arrived
  where i.message_id = new.id;
  return null;
end $$;
comment on function private.follow_mail is 'An intervention is as far as its mail is.';
create trigger cs_follow_mail after update of status, attempts, last_error, sent_at on public.outbox
  for each row execute function private.follow_mail();

create function private.follow_interaction() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.interventions
  set status = 'done'
  where supplier_id = new.supplier_id and id = new.intervention_id and status = 'planned';
  return null;
end $$;
comment on function private.follow_interaction is 'A call that was made is done.';
create trigger cs_follow_interaction after insert or update of completed_at on public.support_interactions
  for each row when (new.completed_at is not null and new.intervention_id is not null)
  execute function private.follow_interaction();

create function private.follow_celebration() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.success_milestones m set celebrated = true
  where m.supplier_id = new.supplier_id and m.milestone_type = new.milestone_type and not m.celebrated
    and exists (select from public.interventions i
                where i.supplier_id = m.supplier_id and i.milestone_type = m.milestone_type and i.status = 'sent')
    and not exists (select from public.interventions i
                    where i.supplier_id = m.supplier_id and i.milestone_type = m.milestone_type
                      and i.status in ('planned', 'sending', 'failed'));
  return null;
end $$;
comment on function private.follow_celebration is
  'A milestone is celebrated once each message about it is delivered; a suppressed one is not waited for.';
create trigger cs_follow_celebration after update of status on public.interventions
  for each row when (new.milestone_type is not null and new.status in ('sent', 'suppressed', 'cancelled'))
  execute function private.follow_celebration();

-- ============ alerts ============

create function public.pending_alerts(p_now timestamptz, p_fence bigint) returns json
language plpgsql set search_path = '' as $$
begin
  perform private.require_lease(p_fence);
  return (
    select coalesce(json_agg(json_build_object(
      'supplier_id', a.supplier_id, 'score_date', a.score_date, 'business_name', s.business_name,
      'health_score', h.health_score, 'previous_score', t.from_score,
      'level', case when private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now) then h.risk_level end,
      'scorecard_version', h.scorecard_version,
      'days_since_login', extract(epoch from h.as_of - h.last_login)::double precision / 86400,
      'login_recency_points', h.login_recency_points, 'feature_adoption_points', h.feature_adoption_points,
      'client_activity_points', h.client_activity_points, 'form_completion_points', h.form_completion_points,
      'journey_performance_points', h.journey_performance_points,
      'features_used', h.features_used, 'features_core', h.features_core,
      'clients_active', h.clients_active, 'clients_known', h.clients_known,
      'forms_sent', h.forms_sent, 'forms_completed', h.forms_completed,
      'steps_due', h.steps_due, 'steps_completed', h.steps_completed,
      'days_since_alert', a.score_date - (
        select max(p.score_date) from public.team_alerts p
        where p.supplier_id = a.supplier_id and p.status = 'queued' and p.score_date < a.score_date),
      'is_held_out', exists (
        select from public.interventions i
        join public.playbooks p on p.name = i.playbook and p.version = i.playbook_version
        where i.supplier_id = a.supplier_id and i.reason = 'holdout'
          -- As long as it is left alone: until the playbook would fire again.
          and a.score_date - i.score_date between 0 and (p.definition ->> 'cool_down_days')::integer - 1)
    ) order by t.to_score, s.business_name, a.supplier_id), '[]')
    from public.team_alerts a
    join private.source_suppliers s on s.id = a.supplier_id
    join public.current_health h on h.supplier_id = a.supplier_id
    join public.transitions t on t.supplier_id = a.supplier_id and t.score_date = a.score_date
    where a.status = 'pending');
end $$;
comment on function public.pending_alerts is
  'Who turned critical and is not told to the team yet, lowest score first, with what explains the score.';

create function public.save_alerts(p_fence bigint, p_now timestamptz, p_alerts jsonb, p_mail jsonb) returns integer
language plpgsql set search_path = '' as $$
declare
  v_decided integer;
begin
  perform private.require_lease(p_fence);
  with decided as (
    select d.* from jsonb_to_recordset(p_alerts) as d (supplier_id uuid, score_date date, reason text)
    join public.team_alerts a on a.supplier_id = d.supplier_id and a.score_date = d.score_date
    where a.status = 'pending'
    for update of a
  ), mail as (
    insert into public.outbox
      (dedupe_key, to_address, subject, body_text, body_html, scheduled_for, next_attempt_at, created_at)
    select m.dedupe_key, m.to_address, m.subject, m.body_text, m.body_html, p_now, p_now, p_now
    from jsonb_to_recordset(p_mail) m (
      dedupe_key text, to_address text, subject text, body_text text, body_html text)
    where exists (select from decided where reason is null)
    on conflict (dedupe_key) do nothing
    returning id
  )
  update public.team_alerts a
  set status = case when d.reason is null then 'queued' else 'suppressed' end, reason = d.reason,
      message_id = case when d.reason is null then (select min(id::text)::uuid from mail) end
  from decided d
  where a.supplier_id = d.supplier_id and a.score_date = d.score_date;
  get diagnostics v_decided = row_count;
  return v_decided;
end $$;
comment on function public.save_alerts is
  'Queue the mail to the team, one row per address, about those without a reason; note the reason of the others.';

-- ============ by hand ============

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
  v_supplier record;
  v_known public.interventions;
  v_open public.interventions;
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
  select s.*, private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now) as is_active
  into v_supplier from private.source_suppliers s where s.id = v_supplier_id;
  if v_supplier is null then
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

  if v_type = 'email' and v_supplier.email_opt_out then
    v_reason := 'opt_out';
  elsif v_type = 'email' and not private.has_address(v_supplier.email) then
    v_reason := 'no_address';
  elsif v_type = 'email' and (
    select count(*) from public.interventions i
    where i.supplier_id = v_supplier_id
      and private.takes_mail_slot(
        i.type, case when i.may_have_arrived then 'sent' else i.status end, coalesce(i.sent_at, greatest(i.scheduled_for, p_now)), v_scheduled,
        (p_cap ->> 'days')::integer)) >= (p_cap ->> 'emails')::integer then
    if (p_request ->> 'overrides_cap')::boolean then
      v_overridden := 'frequency_cap';
    else
      v_reason := 'frequency_cap';
    end if;
  elsif v_type = 'call' then
    select * into v_open from public.interventions
    where supplier_id = v_supplier_id and type = 'call' and status = 'planned';
    if found then
      v_reason := 'open_call';
    end if;
  end if;

  select health_score as score, risk_level as level, previous_score into v_score
  from public.current_health where supplier_id = v_supplier_id;
  insert into public.interventions
    (supplier_id, type, call_type, requested_by, template, subject, body, status, reason,
     scheduled_for, dedupe_key, cause, request, created_at)
  values (
    v_supplier_id, v_type, p_request ->> 'call_type', (p_request ->> 'requested_by')::uuid,
    p_request ->> 'template', p_request ->> 'subject', p_request ->> 'message',
    case when v_reason is null then 'planned' else 'suppressed' end, v_reason,
    case when v_reason is null then v_scheduled end, v_key,
    jsonb_build_object('reasons', jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
      'requested_by', p_request ->> 'requested_by', 'note', p_request ->> 'note', 'score', v_score.score,
      'level', v_score.level, 'previous_score', v_score.previous_score, 'on', private.utc_date(p_now))))),
    jsonb_strip_nulls(v_asked || jsonb_build_object('overridden', v_overridden)), p_now)
  returning * into v_made;
  perform private.open_calls(p_now, array[v_made.id]);
  perform private.add_reasons(array[v_made.id]);
  return private.answer_request(v_made);
end $$;
comment on function public.request_intervention is
  'One intervention that a person asks for, through the same caps. An opt-out cannot be overridden. '
  'The same idempotency key gives the first answer again.';

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

create function private.check_time_zones() returns trigger
language plpgsql set search_path = '' as $$
declare
  v_zone text;
begin
  -- The list takes some milliseconds to make: asked once for all rows of a statement.
  select n.timezone into v_zone
  from (select distinct timezone from changed_rows where timezone not in ('UTC', 'Europe/London')) n
  where not exists (select from pg_catalog.pg_timezone_names z where z.name = n.timezone);
  if found then
    raise sqlstate '22023' using message = format(
      'suppliers.timezone %s is no time zone; use a name such as Europe/London.', v_zone);
  end if;
  return null;
end $$;
comment on function private.check_time_zones is 'Refuse a time zone that calls could not be planned in.';

do $$
begin
  -- Only where the table is ours: what a product writes into its own is its own affair, and an
  -- unknown zone then counts as UTC.
  if exists (select from pg_constraint where conname = 'status_is_known' and conrelid = 'public.suppliers'::regclass) then
    create trigger cs_check_new_zones after insert on public.suppliers
      referencing new table as changed_rows for each statement execute function private.check_time_zones();
    create trigger cs_check_changed_zones after update on public.suppliers
      referencing new table as changed_rows for each statement execute function private.check_time_zones();
  end if;
end $$;

-- ============ lists ============

create or replace view public.intervention_list with (security_invoker = true) as
select i.supplier_id, i.id, s.business_name, i.type, i.playbook, i.template, i.subject, i.status,
       i.reason, i.scheduled_for, i.sent_at, i.attempts, i.last_error, i.created_at,
       h.risk_level as current_risk_level,
       i.call_type, i.playbook_version, i.milestone_type, i.arm, i.score_date,
       (i.cause #>> '{reasons,0,score}')::integer as score_then, i.cause, i.requested_by
from public.interventions i
cross join lateral (
  select business_name from private.source_suppliers where id = i.supplier_id offset 0) s
left join lateral (
  select risk_level from public.current_health where supplier_id = i.supplier_id offset 0) h on true;

create or replace view public.milestone_list with (security_invoker = true) as
select m.supplier_id, m.id, s.business_name, m.milestone_type, m.achieved_at, m.celebrated, m.created_at,
       h.risk_level as current_risk_level, m.uncelebrated_reason
from public.success_milestones m
cross join lateral (
  select business_name from private.source_suppliers where id = m.supplier_id offset 0) s
left join lateral (
  select risk_level from public.current_health where supplier_id = m.supplier_id offset 0) h on true;

-- ============ rights ============

revoke execute on function public.messages_to_write, public.feature_users, public.save_written,
  private.save_message, public.pending_alerts, public.save_alerts, public.request_intervention, private.follow_mail,
  private.follow_interaction, private.follow_celebration, private.answer_request, private.check_time_zones
  from public, anon, authenticated;
grant execute on function public.messages_to_write, public.feature_users, public.save_written,
  public.pending_alerts, public.save_alerts, public.request_intervention, private.save_message,
  private.answer_request to service_role;
