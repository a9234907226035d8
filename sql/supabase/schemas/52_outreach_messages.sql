-- From a planned intervention to a written mail or in-app message, and back from the mail to the
-- intervention; quiet hours; the team's alerts.

-- ============ functions: writing ============

create function public.message_facts(p_supplier uuid, p_now timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'business_name', s.business_name, 'contact_name', s.contact_name, 'email', s.email,
    'category', s.category, 'tier', s.tier, 'opted_out', coalesce(s.email_opt_out, false),
    'is_active', private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now),
    'sender_name', o.full_name,
    'silent_since', coalesce(h.last_login, private.finite(s.onboarded_at), private.finite(s.signed_up_at)),
    'clients_known', coalesce(h.clients_known, 0),
    'trial_ends_at', case when s.status = 'trial' then private.finite(s.trial_ends_at) end, 'timezone', s.timezone,
    'unused_features', array(
      select distinct f.feature from public.core_features f
      where f.tier in ('*', s.tier) and not exists (
        select from private.subject_activity a
        where a.supplier_id = p_supplier and a.kind = 'feature' and a.subject = f.feature
          and a.last_at >= p_now - interval '30 days')
      order by f.feature))
  from private.source_suppliers s
  left join private.source_users o on o.id = s.owner_id
  left join public.current_health h on h.supplier_id = s.id
  where s.id = p_supplier;
$$;
comment on function public.message_facts is
  'What a template may say to a supplier at an instant; null if there is no such supplier.';

create function public.messages_to_write(p_now timestamptz, p_limit integer, p_only uuid default null) returns json
language sql stable set search_path = '' as $$
  with due as materialized (
    select i.* from public.interventions i
    where i.status = 'planned' and i.message_id is null and i.type <> 'call' 
      -- That a single one is due its caller knows: the clocks of two machines need not agree.
      and i.scheduled_for <= case when p_only is null then p_now else 'infinity' end
      and (p_only is null or i.id = p_only)
    order by i.scheduled_for, i.id limit p_limit
  )
  select coalesce(json_agg(f.facts || jsonb_build_object(
    'supplier_id', d.supplier_id, 'intervention_id', d.id, 'type', d.type,
    'template', d.template, 'subject', d.subject, 'body', d.body,
    'is_wanted', d.request is not null or (f.facts ->> 'is_active')::boolean
  ) order by d.scheduled_for, d.id), '[]')
  from due d
  cross join lateral (select public.message_facts(d.supplier_id, p_now) as facts offset 0) f
  where f.facts is not null;
$$;
comment on function public.messages_to_write is
  'Planned e-mails and in-app messages that are due, or one of them, with what their templates may say.';

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
       unsubscribe_url, also_to_who_left, scheduled_for, next_attempt_at, created_at)
    values ('intervention/' || m.id, m.supplier_id, p_text ->> 'to_address', p_text ->> 'to_name',
            p_text ->> 'subject', p_text ->> 'body_text', p_text ->> 'body_html',
            p_text ->> 'unsubscribe_url', m.request is not null, p_now, p_now, p_now)
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

create function public.claim_mail_of(
  p_supplier uuid, p_intervention uuid, p_claimant uuid, p_claim_seconds double precision
) returns jsonb
language sql set search_path = '' as $$
  with due as materialized (
    select o.id
    from public.interventions i join public.outbox o on o.id = i.message_id
    where i.supplier_id = p_supplier and i.id = p_intervention and o.status = 'queued'
      and (o.claimed_until < clock_timestamp() or o.claimed_by = p_claimant)
    for update of o skip locked
  ), claimed as (
    update public.outbox o
    set claimed_by = p_claimant, claimed_until = clock_timestamp() + make_interval(secs => p_claim_seconds),
        to_address = coalesce(private.current_address(o), o.to_address)
    from due where o.id = due.id
    returning o.*
  )
  select coalesce(jsonb_agg(private.mail_in_hand(claimed)), '[]') from claimed;
$$;
comment on function public.claim_mail_of is
  'Take the mail of one intervention in hand, as claim_mail does with all that is due; none where it is sent, dead or '
  'in other hands.';

-- ============ functions: quiet hours ============

create function private.keeps_quiet_hours(p_request jsonb) returns boolean
language sql immutable
-- A parsed body and no search_path setting, so that the planner can inline it.
return p_request is null
  or not coalesce((p_request ->> 'overrides_quiet_hours')::boolean, false) and p_request ->> 'requested_for' is null;
comment on function private.keeps_quiet_hours is
  'Whether a message waits while it is night for the supplier: not if a person chose its time, or to send it all the same.';

create function public.waiting_zones(p_now timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct coalesce(s.timezone, 'UTC')), '[]')
  from (
    select i.supplier_id from public.interventions i
    where i.status = 'planned' and i.message_id is null and i.type <> 'call' and i.scheduled_for <= p_now
      and private.keeps_quiet_hours(i.request)
    union
    select o.recipient_id from public.outbox o
    join public.interventions i on i.message_id = o.id
    where o.status = 'queued' and o.next_attempt_at <= p_now and private.keeps_quiet_hours(i.request)) w
  join private.source_suppliers s on s.id = w.supplier_id;
$$;
comment on function public.waiting_zones is 'Time zones of the suppliers whose messages are due and keep quiet hours.';

create function public.put_off(p_now timestamptz, p_until jsonb) returns integer
language plpgsql set search_path = '' as $$
declare
  v_unwritten integer;
  v_queued integer;
begin
  update public.interventions i
  set scheduled_for = (p_until ->> coalesce(s.timezone, 'UTC'))::timestamptz
  from private.source_suppliers s
  where s.id = i.supplier_id and p_until ? coalesce(s.timezone, 'UTC')
    and i.status = 'planned' and i.message_id is null and i.type <> 'call' and i.scheduled_for <= p_now
    and private.keeps_quiet_hours(i.request);
  get diagnostics v_unwritten = row_count;
  with due as materialized (
    -- Not what another sender has in hand: it took it before it was night.
    select o.id, o.recipient_id from public.outbox o
    join public.interventions i on i.message_id = o.id
    join private.source_suppliers s on s.id = o.recipient_id
    where o.status = 'queued' and o.next_attempt_at <= p_now and o.claimed_until < clock_timestamp()
      and p_until ? coalesce(s.timezone, 'UTC') and private.keeps_quiet_hours(i.request)
    for update of o skip locked
  ), put as (
    update public.outbox o
    set scheduled_for = u.at, next_attempt_at = u.at
    from due d join private.source_suppliers s on s.id = d.recipient_id
    cross join lateral (select (p_until ->> coalesce(s.timezone, 'UTC'))::timestamptz as at) u
    where o.id = d.id
    returning o.id, u.at
  )
  update public.interventions i set scheduled_for = p.at from put p where i.message_id = p.id;
  get diagnostics v_queued = row_count;
  return v_unwritten + v_queued;
end $$;
comment on function public.put_off is
  'Let due messages to suppliers in some time zones (zone -> instant) wait until then. Returns how many.';

-- ============ functions: from the outbox back ============

create function private.follow_mail() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.interventions i
  set status = case when new.status = 'queued' then 'planned' when new.status = 'sending' then 'sending'
                 when new.status = 'sent' then 'sent' when new.status = 'dead' then 'failed'
                 when new.last_error in ('supplier_left', 'by_person') then 'cancelled' else 'suppressed' end,
      reason = case when new.status = 'cancelled' then coalesce(new.last_error, 'opt_out') end,
      attempts = new.attempts, last_error = case when new.status <> 'cancelled' then new.last_error end,
      sent_at = case when new.may_have_arrived then greatest(new.first_tried_at, new.next_attempt_at) else new.sent_at end,
      may_have_arrived = new.may_have_arrived
  where i.message_id = new.id;
  return null;
end $$;
comment on function private.follow_mail is 'An intervention is as far as its mail is.';

create function private.follow_interaction() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.interventions
  set status = 'done'
  where supplier_id = new.supplier_id and id = new.intervention_id and status = 'planned';
  return null;
end $$;
comment on function private.follow_interaction is 'A call that was made is done.';

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

-- ============ functions: alerts ============

create function public.pending_alerts(p_now timestamptz, p_fence bigint) returns json
language plpgsql set search_path = '' as $$
begin
  perform private.require_lease(p_fence);
  return (
    select coalesce(json_agg(private.score_of(h)::jsonb || jsonb_build_object(
      'supplier_id', a.supplier_id, 'score_date', a.score_date, 'business_name', s.business_name,
      'previous_score', t.from_score,
      'level', case when private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now) then h.risk_level end,
      'days_since_alert', a.score_date - (
        select max(p.score_date) from public.team_alerts p
        where p.supplier_id = a.supplier_id and p.status = 'queued' and p.score_date < a.score_date),
      'is_held_out', exists (
        select from public.interventions i
        join public.playbooks p on p.name = i.playbook and p.version = i.playbook_version
        where i.supplier_id = a.supplier_id and i.reason = 'holdout'
          -- As long as it is left alone: until the playbook would fire again, and unless
          -- something else contacts the supplier all the same.
          and a.score_date - i.score_date between 0 and (p.definition ->> 'cool_down_days')::integer - 1
          and not exists (
            select from public.interventions c
            where c.supplier_id = a.supplier_id and c.milestone_type is null and c.created_at >= i.created_at
              and c.status in ('planned', 'sending', 'sent', 'done')))
    ) order by h.health_score, s.business_name, a.supplier_id), '[]')
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

-- ============ triggers ============

create trigger cs_follow_mail after update of status, attempts, last_error, sent_at on public.outbox
  for each row execute function private.follow_mail();
create trigger cs_follow_interaction after insert or update of completed_at on public.support_interactions
  for each row when (new.completed_at is not null and new.intervention_id is not null)
  execute function private.follow_interaction();
create trigger cs_follow_celebration after update of status on public.interventions
  for each row when (new.milestone_type is not null and new.status in ('sent', 'suppressed', 'cancelled'))
  execute function private.follow_celebration();
