-- Measures: counts and dates of suppliers at an instant. How a measure becomes points is decided in
-- Python only.

-- ============ functions ============

-- Given the scorecard's measures and not its version: one that is not published yet is measured by
-- the same lines.
create function private.measures_by(p_as_of timestamptz, card jsonb, p_suppliers uuid[])
returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_date constant date := ((p_as_of - interval '1 microsecond') at time zone 'UTC')::date;
  -- Days before this one lie wholly before p_as_of; where it is v_date, p_as_of is amid that day.
  v_whole_until constant date := (p_as_of at time zone 'UTC')::date;
  -- First day of each window, and its first instant.
  feature_day constant date := v_date - ((card #>> '{feature_adoption,window_days}')::integer - 1);
  client_day constant date := v_date - ((card #>> '{client_activity,window_days}')::integer - 1);
  form_day constant date := v_date - ((card #>> '{form_completion,window_days}')::integer - 1);
  step_day constant date := v_date - ((card #>> '{journey_performance,window_days}')::integer - 1);
  feature_since constant timestamptz := feature_day::timestamp at time zone 'UTC';
  client_since constant timestamptz := client_day::timestamp at time zone 'UTC';
  form_since constant timestamptz := form_day::timestamp at time zone 'UTC';
  step_since constant timestamptz := step_day::timestamp at time zone 'UTC';
  login_gaps constant interval[] := array(
    select make_interval(secs => (step ->> 'under_days')::double precision * 86400)
    from jsonb_array_elements(card #> '{login_recency,steps}') step);
  result json;
begin
  with chosen as materialized (
    select s.id, s.signed_up_at, s.onboarded_at,
           -- A day scored before is scored again with the tier it was scored with.
           coalesce((select h.tier from public.customer_health h
                     where h.supplier_id = s.id and h.score_date = v_date
                       and c.score_date > v_date), s.tier) as tier,
           case when c.score_date < v_date then c.health_score
                when c.score_date = v_date then c.previous_score end as previous_score,
           case when c.score_date < v_date then c.risk_level
                when c.score_date = v_date then c.previous_level end as previous_level
    from unnest(p_suppliers) p (id)
    join private.source_suppliers s on s.id = p.id
    left join public.current_health c on c.supplier_id = s.id
  ), core as materialized (
    select t.tier, array_agg(distinct f.feature) as features
    from (select distinct tier from chosen) t
    join public.core_features f on f.tier in ('*', t.tier)
    group by t.tier
  ), measured as (
    select c.id, c.tier, c.signed_up_at, c.onboarded_at, c.previous_score, c.previous_level, n.*,
      coalesce(cardinality(k.features), 0) as features_core,
      -- Exact for a past instant too: later logins must not hide the one before it.
      case when n.last_login >= p_as_of then (
        select max(e.occurred_at) from public.activity_events e
        where e.supplier_id = c.id and e.event_type = 'login' and e.occurred_at < p_as_of
      ) else n.last_login end as login_at
    from chosen c
    left join core k on k.tier = c.tier
    -- Supplier by supplier through the key of subject_activity, which is in this very order.
    cross join lateral (
      select
        max(last_at) filter (where kind = 'login') as last_login,
        count(*) filter (where kind = 'feature' and in_window) as features_used,
        count(*) filter (where kind = 'client' and in_window) as clients_active,
        count(*) filter (where kind = 'client' and known_at < p_as_of) as clients_known,
        count(*) filter (where kind = 'form' and in_window) as forms_sent,
        count(*) filter (where kind = 'form' and in_window and completed_at < p_as_of) as forms_completed,
        count(*) filter (where kind = 'step' and in_window) as steps_due,
        count(*) filter (where kind = 'step' and in_window and completed_at < p_as_of) as steps_completed,
        -- What happened on the first day of its window leaves it when v_date ends, what
        -- happened a day later stays a day longer. Where something later is known: any time,
        -- but of steps, which are announced ahead, one knows the day.
        least(
          case when bool_or(is_later and kind <> 'step') then p_as_of end,
          min(step_moves_at),
          (v_date + 1 + extract(day from min(last_at - since) filter (where in_window and last_at < p_as_of))::integer
          )::timestamp at time zone 'UTC') as leaves_at
      from (
        select a.kind, a.known_at, a.last_at, a.completed_at, w.since,
               greatest(a.known_at, a.last_at, a.completed_at) >= p_as_of as is_later,
               case when a.kind = 'step' and greatest(a.last_at, a.completed_at) >= p_as_of then
                 least(
                   case when a.completed_at >= p_as_of then a.completed_at end,
                   case when a.days @> v_whole_until then p_as_of end,
                   -- The next due day begins; the last one leaves its window.
                   lower(a.days * datemultirange(daterange(v_whole_until + 1, null)))::timestamp at time zone 'UTC',
                   case when a.days && daterange(step_day, v_whole_until) then
                     (upper(a.days * datemultirange(daterange(null, v_whole_until))) + (v_date - step_day)
                     )::timestamp at time zone 'UTC' end)
               end as step_moves_at,
               case
                 when a.last_at < p_as_of then a.last_at >= w.since
                 when a.last_at is null or w.day is null then false
                 -- Something later is known: look at the days, and at the events of a last, partial one.
                 else a.days && daterange(w.day, v_whole_until)
                   or v_whole_until = v_date and a.days @> v_date and exists (
                     select from public.activity_events e
                     where e.supplier_id = a.supplier_id and e.subject = a.subject
                       and e.event_type = case a.kind
                         when 'feature' then 'feature_used' when 'client' then 'client_active'
                         when 'form' then 'form_sent' else 'journey_step_due' end
                       and e.occurred_at >= v_date::timestamp at time zone 'UTC' and e.occurred_at < p_as_of)
               end as in_window
        from private.subject_activity a
        cross join lateral (
          select case a.kind when 'feature' then feature_since when 'client' then client_since
                   when 'form' then form_since when 'step' then step_since end,
                 case a.kind when 'feature' then feature_day when 'client' then client_day
                   when 'form' then form_day when 'step' then step_day end
        ) w (since, day)
        where a.supplier_id = c.id and (a.kind <> 'feature' or a.subject = any (k.features))
        offset 0  -- each row's window is found once, not by every count
      ) subject
    ) n
    order by c.id
  )
  select json_build_object(
    'supplier_id', coalesce(json_agg(m.id), '[]'),
    'tier', json_agg(m.tier),
    'last_login', json_agg(m.login_at),
    'days_since_login', json_agg(extract(epoch from p_as_of - m.login_at)::double precision / 86400),
    -- A product's own table may hold infinity, which JSON has no number for.
    'days_since_sign_up', json_agg(case when isfinite(m.signed_up_at) then
      extract(epoch from p_as_of - m.signed_up_at)::double precision / 86400 end),
    'onboarded', json_agg(coalesce(m.onboarded_at < p_as_of, false)),
    'features_used', json_agg(coalesce(m.features_used, 0)),
    'features_core', json_agg(m.features_core),
    'clients_active', json_agg(coalesce(m.clients_active, 0)),
    'clients_known', json_agg(coalesce(m.clients_known, 0)),
    'forms_sent', json_agg(coalesce(m.forms_sent, 0)),
    'forms_completed', json_agg(coalesce(m.forms_completed, 0)),
    'steps_due', json_agg(coalesce(m.steps_due, 0)),
    'steps_completed', json_agg(coalesce(m.steps_completed, 0)),
    'previous_score', json_agg(m.previous_score),
    'previous_level', json_agg(m.previous_level),
    'changes_at', json_agg(least(m.leaves_at, (
        -- A gap of exactly 7 days counts as 7: up to the microsecond before it does not.
        select min(m.login_at + gap) - interval '1 microsecond'
        from unnest(login_gaps) gap where m.login_at + gap > p_as_of),
        'infinity')),
    'measured_xid', pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  ) into result
  from measured m;
  return result;
end $$;
comment on function private.measures_by is
  'Counts and dates of suppliers, as columns, from what happened before p_as_of only. Windows and '
  'login steps are those of card (the measures of a scorecard). p_suppliers is in ascending order.';

create function private.measures(p_as_of timestamptz, p_scorecard_version integer, p_suppliers uuid[])
returns json
language plpgsql stable set search_path = '' as $$
declare
  card constant jsonb := (select definition -> 'measures' from public.scorecards where version = p_scorecard_version);
begin
  if card is null then
    raise sqlstate '22023' using message = format('There is no scorecard version %s.', p_scorecard_version);
  end if;
  return private.measures_by(p_as_of, card, p_suppliers);
end $$;
comment on function private.measures is
  'Counts and dates of suppliers, as columns, from what happened before p_as_of only. Windows and '
  'login steps are the scorecard''s. p_suppliers is in ascending order.';
