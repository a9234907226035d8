-- What the screen of one supplier shows.

-- ============ functions: now ============

create function public.supplier_360(p_supplier uuid) returns jsonb
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  s record;
  h public.current_health;
  then_ public.customer_health;
  v_scores integer[];
  v_is_active boolean;
  v_cap jsonb;
begin
  select * into s from private.source_suppliers where id = p_supplier;
  if s.id is null then
    return null;
  end if;
  v_is_active := private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now());
  select * into h from public.current_health where supplier_id = p_supplier;
  select * into then_ from public.customer_health
  where supplier_id = p_supplier and score_date between h.score_date - 10 and h.score_date - 7
  order by score_date desc limit 1;
  select definition -> 'email_cap' into v_cap from public.outreach_rules order by version desc limit 1;
  select f.scores into v_scores from public.daily_figures f order by f.score_date desc limit 1;
  return jsonb_build_object(
    'supplier_id', s.id, 'business_name', s.business_name, 'contact_name', s.contact_name,
    'email', s.email, 'phone', s.phone, 'category', s.category, 'tier', s.tier, 'status', s.status,
    'timezone', coalesce(s.timezone, 'UTC'), 'monthly_revenue', coalesce(s.monthly_revenue, 0),
    'signed_up_at', private.finite(s.signed_up_at), 'onboarded_at', private.finite(s.onboarded_at),
    'trial_ends_at', case when s.status = 'trial' then private.finite(s.trial_ends_at) end,
    'paused_at', private.finite(s.paused_at), 'churned_at', private.finite(s.churned_at),
    'opted_out', coalesce(s.email_opt_out, false), 'is_active', v_is_active, 'cap_days', v_cap -> 'days',
    'owner_id', s.owner_id, 'owner_name', (select name from private.people() where id = s.owner_id),
    'score_date', h.score_date, 'as_of', h.as_of, 'health_score', h.health_score, 'risk_level', h.risk_level,
    'previous_score', h.previous_score, 'previous_level', h.previous_level, 'last_login', h.last_login,
    'recommendations', (
      select coalesce(jsonb_agg(jsonb_build_object('key', r.key, 'text', r.text) order by r.place), '[]')
      from unnest(h.recommendation_keys, h.recommendations) with ordinality r(key, text, place)),
    'last_contacted_at', (select at from private.last_contact(s.id)),
    'obstacles', jsonb_strip_nulls(jsonb_build_object(
      'email', (select o.reason from private.contact_obstacle(s.id, 'email', now(), now(), v_cap) o),
      'call', (select o.reason from private.contact_obstacle(s.id, 'call', now(), now(), v_cap) o))),
    'open_call', (
      select jsonb_build_object('id', c.id, 'type', c.type, 'scheduled_for', c.scheduled_for,
        'claimed_by', c.claimed_by, 'intervention_id', c.intervention_id,
        'claimed_by_name', (select name from private.people() where id = c.claimed_by))
      from public.support_interactions c
      where c.supplier_id = s.id and c.completed_at is null and c.cancelled_at is null
      order by c.scheduled_for, c.id limit 1),
    'rank', case when v_is_active and h.health_score is not null and v_scores is not null then jsonb_build_object(
      'position', 1 + coalesce((select sum(n) from unnest(v_scores[1 : h.health_score]) n), 0),
      'of', greatest((select sum(n) from unnest(v_scores) n), 1)) end,
    'score', private.score_of(h), 'week_ago', private.day_score(then_),
    'scorecards', private.scorecards_of(array[h.scorecard_version, then_.scorecard_version]));
end $$;
comment on function public.supplier_360 is 'All about a supplier but its history; null if there is none.';

-- ============ functions: before ============

create function public.score_history(p_supplier uuid, p_days integer) returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_last constant date := (select score_date from public.current_health where supplier_id = p_supplier);
begin
  return (
    select coalesce(json_agg(private.day_score(d) order by d.score_date), '[]')
    from public.customer_health d
    where d.supplier_id = p_supplier and d.score_date > v_last - least(p_days, 1100) and d.score_date <= v_last);
end $$;
comment on function public.score_history is 'A supplier''s scores of the days up to its newest, the oldest first.';

create function public.all_scorecards() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(version, definition), '{}') from public.scorecards;
$$;
comment on function public.all_scorecards is 'Every scorecard there was, by version.';

create function public.supplier_marks(p_supplier uuid, p_since timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(m) order by m.at, m.id), '[]')
  from (
    select 'intervention' as kind, coalesce(c.completed_at, i.sent_at, i.scheduled_for, i.created_at) as at,
           i.type as what, i.id::text as id, i.status, i.playbook
    from public.interventions i
    left join public.support_interactions c
      on i.type = 'call' and c.supplier_id = i.supplier_id and c.intervention_id = i.id
    where i.supplier_id = p_supplier and i.status in ('planned', 'sending', 'sent', 'done')
      and coalesce(c.completed_at, i.sent_at, i.scheduled_for, i.created_at) >= p_since
    union all
    select 'milestone', achieved_at, milestone_type, id::text, null, null from public.success_milestones
    where supplier_id = p_supplier and achieved_at >= p_since
    union all
    select 'scorecard', published_at, version::text, null, null, null from public.scorecards
    where published_at >= p_since
    order by at desc limit 500) m;
$$;
comment on function public.supplier_marks is
  'What to point at beside a supplier''s scores: interventions, milestones, new scorecards; the newest 500.';

create function public.supplier_timeline(
  p_supplier uuid, p_before timestamptz, p_before_id text, p_limit integer, p_kinds text[]
) returns jsonb
language sql stable set search_path = '' as $$
  with bounds as (
    select coalesce(p_before, 'infinity') as at, coalesce(p_before_id, '') as id, least(p_limit, 200) as n
  ), entries as (
    (select 'login' as kind, max(e.occurred_at) as at, 'login/' || private.utc_date(e.occurred_at) as id,
            jsonb_build_object('count', count(*)) as facts
     from public.activity_events e
     where 'login' = any (p_kinds) and e.supplier_id = p_supplier and e.event_type = 'login'
     group by private.utc_date(e.occurred_at)
     having (max(e.occurred_at), 'login/' || private.utc_date(e.occurred_at)) < (select at, id from bounds)
     order by private.utc_date(e.occurred_at) desc limit (select n from bounds))
    union all
    (select 'feature', max(e.occurred_at), 'feature/' || private.utc_date(e.occurred_at),
            jsonb_build_object('features', jsonb_agg(distinct e.subject), 'count', count(*))
     from public.activity_events e
     where 'feature' = any (p_kinds) and e.supplier_id = p_supplier and e.event_type = 'feature_used'
     group by private.utc_date(e.occurred_at)
     having (max(e.occurred_at), 'feature/' || private.utc_date(e.occurred_at)) < (select at, id from bounds)
     order by private.utc_date(e.occurred_at) desc limit (select n from bounds))
    union all
    (select 'form', f.occurred_at, f.id::text, jsonb_build_object('form', f.subject, 'event', f.event)
     from (values ('form_sent', 'sent'), ('form_completed', 'completed')) k (event_type, event)
     cross join lateral (
       select e.occurred_at, e.id, e.subject, k.event from public.activity_events e
       where 'form' = any (p_kinds) and e.supplier_id = p_supplier and e.event_type = k.event_type
         and e.occurred_at <= (select at from bounds)
         and (e.occurred_at, e.id::text) < (select at, id from bounds)
       order by e.occurred_at desc, e.id::text desc limit (select n from bounds)) f)
    union all
    (select 'intervention', coalesce(i.sent_at, i.scheduled_for, i.created_at), i.id::text, jsonb_build_object(
       'type', i.type, 'status', i.status, 'reason', i.reason, 'playbook', i.playbook,
       'playbook_titles', private.playbook_titles(i.cause), 'template', i.template, 'subject', i.subject,
       'milestone_type', i.milestone_type, 'sent_at', i.sent_at, 'scheduled_for', i.scheduled_for,
       'attempts', i.attempts, 'may_have_arrived', i.may_have_arrived, 'last_error', i.last_error, 'cause', i.cause, 'bulk_id', i.bulk_id,
       'requested_by_name', (select name from private.people() where id = i.requested_by))
     from public.interventions i
     where 'intervention' = any (p_kinds) and i.supplier_id = p_supplier
       and (i.type <> 'call' or i.status = 'suppressed')  -- the others are in the call queue
       and (coalesce(i.sent_at, i.scheduled_for, i.created_at), i.id::text) < (select at, id from bounds)
     order by 2 desc, 3 desc limit (select n from bounds))
    union all
    (select 'call', coalesce(c.completed_at, c.cancelled_at, c.scheduled_for, c.created_at), c.id::text,
            jsonb_build_object(
       'type', c.type, 'outcome', c.outcome, 'notes', c.notes, 'scheduled_for', c.scheduled_for,
       'completed_at', c.completed_at, 'cancelled_at', c.cancelled_at, 'snoozed_reason', c.snoozed_reason,
       'claimed_by', c.claimed_by, 'intervention_id', c.intervention_id, 'cause', i.cause,
       'playbook_titles', private.playbook_titles(i.cause), 'reason', i.reason,
       'by_name', (select name from private.people() where id = coalesce(c.completed_by, c.claimed_by, c.created_by)))
     from public.support_interactions c
     left join public.interventions i on i.supplier_id = c.supplier_id and i.id = c.intervention_id
     where 'call' = any (p_kinds) and c.supplier_id = p_supplier
       and (coalesce(c.completed_at, c.cancelled_at, c.scheduled_for, c.created_at), c.id::text)
           < (select at, id from bounds)
     order by 2 desc, 3 desc limit (select n from bounds))
    union all
    (select 'note', n.created_at, n.id::text, jsonb_build_object(
       'text', n.text, 'by_name', (select name from private.people() where id = n.created_by))
     from public.supplier_notes n
     where 'note' = any (p_kinds) and n.supplier_id = p_supplier
       and (n.created_at, n.id::text) < (select at, id from bounds)
     order by 2 desc, 3 desc limit (select n from bounds))
    union all
    (select 'milestone', m.achieved_at, m.id::text,
            jsonb_build_object('milestone_type', m.milestone_type, 'celebrated', m.celebrated)
     from public.success_milestones m
     where 'milestone' = any (p_kinds) and m.supplier_id = p_supplier
       and (m.achieved_at, m.id::text) < (select at, id from bounds)
     order by 2 desc, 3 desc limit (select n from bounds))
  )
  select coalesce(jsonb_agg(to_jsonb(e) order by e.at desc, e.id desc), '[]')
  from (select * from entries order by at desc, id desc limit (select n from bounds)) e;
$$;
comment on function public.supplier_timeline is
  'The next entries of what happened with a supplier, the newest first, before an instant and id.';
