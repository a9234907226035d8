-- What the first screen shows.

-- ============ functions ============

create function private.scorecard_changed_on(p_since date) returns date
language sql stable set search_path = '' as $$
  with days as (
    -- What each day was scored with last.
    select distinct on (score_date) score_date, scorecard_version as version
    from public.runs
    where status = 'done' and kind in ('daily', 'rescoring') and score_date >= p_since
    order by score_date, started_at desc
  ), turns as (
    select score_date, version, lag(version) over (order by score_date) as version_before from days
  )
  select max(score_date) from turns
  where version_before <> all (private.same_scorecards(version));
$$;
comment on function private.scorecard_changed_on is
  'The newest day that was scored by other rules than the scored day before it, from p_since on; null where all are alike.';

create function public.today() returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_day constant date := (select max(score_date) from public.daily_figures);
  v_turned integer;
  v_unplanned integer;
begin
  select count(*), count(*) filter (where not exists (
           select from public.interventions i
           where i.supplier_id = t.supplier_id and i.status in ('planned', 'sending')
         ) and not exists (
           select from public.support_interactions c
           where c.supplier_id = t.supplier_id and c.completed_at is null and c.cancelled_at is null))
  into v_turned, v_unplanned
  from public.transitions t where t.score_date = v_day and t.to_level = 'critical';
  return jsonb_build_object(
    'score_date', v_day,
    'scored_at', (select updated_at from public.daily_figures where score_date = v_day),
    'days', (
      select coalesce(jsonb_agg(private.figures_json(f) order by f.score_date), '[]')
      from public.daily_figures f where f.score_date > v_day - 30),
    'week_ago', (select private.figures_json(f) from public.daily_figures f
                 where f.score_date = private.week_before(v_day)),
    'turned_critical', v_turned,
    'turned_critical_unplanned', v_unplanned,
    'has_suppliers', exists (select from private.source_suppliers),
    'scorecard_changed_on', private.scorecard_changed_on(coalesce(private.week_before(v_day), v_day - 7)),
    'last_run', (
      select jsonb_build_object('kind', r.kind, 'status', r.status, 'started_at', r.started_at,
        'finished_at', r.finished_at, 'error', r.error, 'suppliers_scored', r.suppliers_scored,
        'is_alive', r.status = 'running' and private.holds_lease(r.fence))
      from public.runs r order by r.started_at desc limit 1));
end $$;
comment on function public.today is 'The figures of the newest scored day, 7 days before and 30 days back, and the newest run.';

create function private.figures_json(f public.daily_figures) returns jsonb
language sql immutable set search_path = ''
return jsonb_build_object(
  'score_date', f.score_date, 'healthy', f.healthy, 'at_risk', f.at_risk, 'critical', f.critical,
  'total', f.healthy + f.at_risk + f.critical, 'revenue_at_risk', f.revenue_at_risk);
comment on function private.figures_json is 'A day''s figures.';

create function public.daily_levels(p_days integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('score_date', score_date, 'healthy', healthy,
                                               'at_risk', at_risk, 'critical', critical) order by score_date), '[]')
  from public.daily_figures
  where score_date > (select max(score_date) from public.daily_figures) - least(p_days, 1100);
$$;
comment on function public.daily_levels is 'Suppliers per level on each of the last scored days.';

create function public.movers(p_limit integer) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_day constant date := (select max(score_date) from public.daily_figures);
  v_then constant date := private.week_before(v_day);
  v_moves jsonb;
  v_versions integer[];
begin
  select coalesce(jsonb_agg(jsonb_build_object(
           'kind', k.kind, 'supplier_id', m.supplier_id, 'business_name', m.business_name,
           'health_score', m.to_score, 'previous_score', m.from_score,
           'risk_level', m.to_level, 'previous_level', m.from_level,
           'monthly_revenue', m.monthly_revenue, 'score', private.score_of(m.h),
           'points_then', case when t.supplier_id is not null then jsonb_build_object(
             'login_recency_points', t.login_recency_points, 'feature_adoption_points', t.feature_adoption_points,
             'client_activity_points', t.client_activity_points, 'form_completion_points', t.form_completion_points,
             'journey_performance_points', t.journey_performance_points) end,
           'has_open_call', exists (
             select from public.support_interactions c
             where c.supplier_id = m.supplier_id and c.completed_at is null and c.cancelled_at is null),
           'last_contacted_at', contact.at) order by k.kind, m.rank), '[]'),
         array_agg(distinct (m.h).scorecard_version)
  into v_moves, v_versions
  from (values ('turned_critical'), ('drop'), ('recovery')) k (kind)
  cross join lateral (
    select d.*, s.business_name, s.monthly_revenue, h
    from public.daily_movers d
    join private.source_suppliers s on s.id = d.supplier_id
    join public.current_health h on h.supplier_id = d.supplier_id
    where d.score_date = v_day and d.kind = k.kind
      and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now())
    order by d.rank limit least(p_limit, 50)) m
  -- What turned critical is measured from its last score, not from 7 days ago.
  left join public.customer_health t
    on t.supplier_id = m.supplier_id and t.score_date = v_then and k.kind <> 'turned_critical'
  cross join lateral private.last_contact(m.supplier_id) contact;
  return jsonb_build_object('day', v_day, 'movers', v_moves, 'scorecards', private.scorecards_of(v_versions));
end $$;
comment on function public.movers is 'The movers of the newest scored day that are still active; of drops and recoveries with the points of 7 days before.';

create function public.last_scored() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce((select jsonb_build_object('score_date', score_date, 'scored_at', updated_at)
                   from public.daily_figures order by score_date desc limit 1), '{"score_date": null, "scored_at": null}');
$$;
comment on function public.last_scored is 'The newest scored day, and when it was scored.';

create function public.recent_milestones(
  p_since timestamptz, p_limit integer, p_offset integer, p_type text, p_celebrated boolean
) returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  return (
    select coalesce(json_agg(m order by m.achieved_at desc, m.id), '[]')
    from (
      select * from public.milestone_list
      where achieved_at >= p_since and (p_type is null or milestone_type = p_type)
        and (p_celebrated is null or celebrated = p_celebrated)
      order by achieved_at desc, id offset greatest(p_offset, 0) limit least(p_limit, 500)) m);
end $$;
comment on function public.recent_milestones is 'A page of what suppliers reached since an instant, the newest first.';

create function public.count_calls_made(p_since timestamptz) returns integer
language sql stable set search_path = '' as $$
  select count(*) from public.support_interactions
  where completed_at >= p_since and outcome is distinct from 'not_needed';
$$;
comment on function public.count_calls_made is 'How many calls were made since an instant; those nobody needed were not.';

create function public.count_milestones(p_since timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(milestone_type, n), '{}')
  from (select milestone_type, count(*) as n from public.success_milestones
        where achieved_at >= p_since group by milestone_type) counted;
$$;
comment on function public.count_milestones is 'Milestones reached since an instant, by type.';
