-- What a change of a scorecard, a playbook or the outreach rules would do, what playbooks did, and
-- test mails. The versions themselves: 56_definitions.sql.

-- ============ functions: the scorecard ============

create function public.preview_basis() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return (
    select jsonb_build_object(
      'as_of', coalesce(
        (select max(as_of) from public.runs where status = 'done' and kind in ('daily', 'changed', 'rescoring')), max(h.as_of)),
      'suppliers', count(*),
      'scored_before', count(*) filter (
        where h.scorecard_version <> (select max(version) from public.scorecards)))
    from public.current_health h
    join private.source_suppliers s on s.id = h.supplier_id
    where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now()));
end $$;
comment on function public.preview_basis is
  'What a preview speaks of: the instant of the last run, how many active suppliers have a score, and how many '
  'of these were made with a scorecard that is no longer the newest.';

create function public.preview_measures(p_as_of timestamptz, p_card jsonb, p_after uuid, p_limit integer) returns json
language plpgsql stable security definer set search_path = '' set statement_timeout = '60s'
set plan_cache_mode = force_custom_plan as $$
declare
  v_suppliers uuid[];
begin
  perform private.require_admin();
  v_suppliers := array(
    select h.supplier_id
    from public.current_health h
    join private.source_suppliers s on s.id = h.supplier_id
    where h.supplier_id > p_after
      and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now())
    order by h.supplier_id limit p_limit);
  return json_build_object(
    'stored', (
      select json_build_object(
        'supplier_id', coalesce(json_agg(h.supplier_id order by h.supplier_id), '[]'),
        'business_name', json_agg(s.business_name order by h.supplier_id),
        -- A product's own table may hold NaN or infinity, which JSON has no number for.
        'monthly_revenue', json_agg(
          case when s.monthly_revenue > '-Infinity' and s.monthly_revenue < 'Infinity' then
            s.monthly_revenue::double precision else 0 end order by h.supplier_id),
        'health_score', json_agg(h.health_score order by h.supplier_id),
        'risk_level', json_agg(h.risk_level order by h.supplier_id),
        'days_since_login', json_agg(
          extract(epoch from greatest(h.as_of, p_as_of) - h.last_login)::double precision / 86400 order by h.supplier_id),
        'features_used', json_agg(h.features_used order by h.supplier_id),
        'features_core', json_agg(h.features_core order by h.supplier_id),
        'clients_active', json_agg(h.clients_active order by h.supplier_id),
        'clients_known', json_agg(h.clients_known order by h.supplier_id),
        'forms_sent', json_agg(h.forms_sent order by h.supplier_id),
        'forms_completed', json_agg(h.forms_completed order by h.supplier_id),
        'steps_due', json_agg(h.steps_due order by h.supplier_id),
        'steps_completed', json_agg(h.steps_completed order by h.supplier_id))
      from public.current_health h
      join private.source_suppliers s on s.id = h.supplier_id
      where h.supplier_id = any (v_suppliers)),
    'measures', case when p_card is not null then private.measures_by(p_as_of, p_card, v_suppliers) end);
end $$;
comment on function public.preview_measures is
  'The stored measures and scores of the next active suppliers after p_after, as columns; with p_card (the measures of '
  'a scorecard with other windows) also what its windows hold. Nothing is written.';

-- ============ functions: playbooks ============

create function public.playbook_figures(p_since timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(f)), '[]')
  from (
    select i.playbook, i.type, i.status, i.reason, c.outcome, count(*) as number
    from public.interventions i
    left join lateral (
      select s.outcome from public.support_interactions s
      where i.type = 'call' and s.supplier_id = i.supplier_id and s.intervention_id = i.id
        and s.completed_at is not null
      limit 1) c on true
    where i.created_at >= p_since and i.playbook is not null
    group by i.playbook, i.type, i.status, i.reason, c.outcome) f;
$$;
comment on function public.playbook_figures is
  'How many contacts playbooks decided on since an instant, by type, state, reason, and outcome of calls made.';

-- ============ functions: outreach rules ============

create function public.waiting_messages(p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return (
    select coalesce(jsonb_agg(to_jsonb(g)), '[]')
    from (
      select coalesce(s.timezone, 'UTC') as timezone,
             date_trunc('minute', greatest(i.scheduled_for, p_now)) as due_at,
             private.keeps_quiet_hours(i.request) as keeps_quiet_hours, count(*) as number
      from public.interventions i join private.source_suppliers s on s.id = i.supplier_id
      where i.status = 'planned' and i.type <> 'call'
      group by 1, 2, 3 order by 4 desc, 1, 2 limit 2000) g);
end $$;
comment on function public.waiting_messages is
  'For admins: messages that are planned and have not left, counted by time zone and the minute they are due.';

create function public.count_capped(p_now timestamptz, p_cap jsonb) returns integer
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  if (p_cap ->> 'emails')::integer = 0 then
    return (select count(*) from private.source_suppliers s
            where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now));
  end if;
  return (
    select count(*) from (
      select i.supplier_id from public.interventions i
      join private.source_suppliers s on s.id = i.supplier_id
      where i.created_at > p_now - interval '400 days'
        and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now)
        and private.takes_mail_slot(
          i.type, case when i.may_have_arrived then 'sent' else i.status end,
          coalesce(i.sent_at, greatest(i.scheduled_for, p_now)), p_now, (p_cap ->> 'days')::integer)
      group by i.supplier_id having count(*) >= (p_cap ->> 'emails')::integer) capped);
end $$;
comment on function public.count_capped is 'For admins: how many active suppliers a frequency cap would hold e-mail back from now.';

-- ============ functions: templates ============

create function public.queue_test_mail(p_mail jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_email text;
  v_id uuid;
begin
  perform private.require_admin();
  -- Whoever asks, at the address of the own sign-in: nothing that is sent in says where to.
  select a.email::text into v_email from auth.users a where a.id = auth.uid();
  perform pg_advisory_xact_lock(hashtextextended('test mail ' || auth.uid(), 0));
  if (select count(*) from public.outbox
      where dedupe_key like 'test/' || auth.uid() || '/%' and created_at > now() - interval '1 hour') >= 20 then
    return jsonb_build_object('id', null, 'to_address', v_email);
  end if;
  insert into public.outbox (dedupe_key, to_address, subject, body_text, body_html, scheduled_for, next_attempt_at)
  -- Due for whoever sends it at once, whose clock may be a little behind.
  values ('test/' || auth.uid() || '/' || gen_random_uuid(), v_email, p_mail ->> 'subject', p_mail ->> 'body_text',
          p_mail ->> 'body_html', now() - interval '1 minute', now() - interval '1 minute')
  returning id into v_id;
  return jsonb_build_object('id', v_id, 'to_address', v_email);
end $$;
comment on function public.queue_test_mail is
  'A mail to the admin who asks, and to nobody else; at most 20 an hour: then id is null. It is about no supplier, so nothing '
  'in it can unsubscribe one.';
