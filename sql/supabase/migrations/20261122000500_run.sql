-- The daily run: lease, measures of a page of suppliers, saving a page of scores.
-- How a measure becomes points is decided in Python only; here are counts and dates.

-- ============ lease ============

create function private.require_lease(p_fence bigint) returns void
language plpgsql set search_path = '' as $$
begin
  -- Shared: pages may be saved side by side, while a new holder has to wait for them.
  perform from private.run_lease where fence = p_fence for share;
  if not found then
    raise sqlstate 'PT409' using message = 'The lease was taken over by another run.';
  end if;
end $$;
comment on function private.require_lease is 'Stop a run that lost its lease before it writes anything.';

create function public.begin_run(
  p_kind text, p_as_of timestamptz, p_from_date date, p_scorecard_version integer,
  p_holder text, p_ttl_seconds double precision
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_fence bigint;
  v_run uuid;
  v_score_date constant date := ((p_as_of - interval '1 microsecond') at time zone 'UTC')::date;
  v_lease private.run_lease;
begin
  update private.run_lease
  set fence = fence + 1, holder = p_holder, renewed_at = clock_timestamp(),
      expires_at = clock_timestamp() + make_interval(secs => p_ttl_seconds)
  where expires_at < clock_timestamp()
  returning fence into v_fence;
  if v_fence is null then
    select * into v_lease from private.run_lease;
    return jsonb_build_object('held_by', v_lease.holder, 'renewed_at', v_lease.renewed_at);
  end if;
  update public.runs set status = 'failed', finished_at = now(), error = 'It stopped without finishing.'
  where status = 'running' and fence < v_fence;
  perform private.ensure_history_partitions(
    coalesce(p_from_date, v_score_date), (v_score_date + interval '1 month')::date);
  insert into public.runs (kind, as_of, score_date, from_date, scorecard_version, fence)
  values (p_kind, p_as_of, v_score_date, p_from_date, p_scorecard_version, v_fence)
  returning id into v_run;
  return jsonb_build_object('run_id', v_run, 'fence', v_fence);
end $$;
comment on function public.begin_run is
  'Take the lease if it is free or ran out, and open a run; otherwise say who holds it.';

create function public.renew_lease(
  p_fence bigint, p_ttl_seconds double precision, p_suppliers_scored integer default null
) returns boolean
language plpgsql set search_path = '' as $$
begin
  update private.run_lease
  set renewed_at = clock_timestamp(), expires_at = clock_timestamp() + make_interval(secs => p_ttl_seconds)
  where fence = p_fence;
  if not found then
    return false;
  end if;
  update public.runs set suppliers_scored = p_suppliers_scored
  where fence = p_fence and status = 'running' and p_suppliers_scored is not null;
  return true;
end $$;
comment on function public.renew_lease is 'Keep the lease and note how far the run is; false when another run has it.';

create function public.finish_run(
  p_run_id uuid, p_fence bigint, p_status text, p_totals jsonb, p_seconds jsonb, p_error text default null
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  v_run public.runs;
begin
  update private.run_lease set expires_at = '-infinity' where fence = p_fence;
  update public.runs
  set status = p_status, finished_at = clock_timestamp(), seconds = p_seconds, error = p_error,
      events_rolled_up = (p_totals ->> 'events_rolled_up')::bigint,
      pages = (p_totals ->> 'pages')::integer,
      suppliers_scored = (p_totals ->> 'suppliers_scored')::integer,
      healthy = (p_totals ->> 'healthy')::integer,
      at_risk = (p_totals ->> 'at_risk')::integer,
      critical = (p_totals ->> 'critical')::integer,
      transitions = (p_totals ->> 'transitions')::integer
  where id = p_run_id and status = 'running'
  returning * into v_run;
  return to_jsonb(v_run);
end $$;
comment on function public.finish_run is 'Close a run and give the lease back. Returns the run''s row.';

create function public.newest_daily_run() returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'status', r.status, 'started_at', r.started_at, 'finished_at', r.finished_at,
    'suppliers_scored', r.suppliers_scored, 'error', r.error,
    'is_alive', exists (select from private.run_lease l
                        where l.fence = r.fence and l.expires_at > clock_timestamp()))
  from public.runs r
  -- One that scored a past day says nothing of today.
  where r.kind = 'daily' and r.as_of > r.started_at - interval '1 day'
  order by r.started_at desc limit 1;
$$;
comment on function public.newest_daily_run is
  'The newest daily run that spoke for its own day, and whether a running one still holds its lease.';
revoke execute on function public.newest_daily_run from public, anon, authenticated;
grant execute on function public.newest_daily_run to service_role;

-- ============ measures ============

create function private.choose_suppliers(
  p_as_of timestamptz, p_after uuid, p_limit integer, p_selection text
) returns uuid[]
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  if p_selection = 'all' then
    return array(
      select s.id from private.source_suppliers s
      where s.id > p_after
        and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_as_of)
      order by s.id limit p_limit);
  end if;
  return array(
    select s.id
    from (select supplier_id from private.suppliers_to_rescore where supplier_id > p_after
          union
          select supplier_id from public.current_health
          -- Later than told, or earlier than it was last scored for.
          where (changes_at < p_as_of or as_of > p_as_of) and supplier_id > p_after) changed
    join private.source_suppliers s on s.id = changed.supplier_id
    where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_as_of)
    order by s.id limit p_limit);
end $$;
comment on function private.choose_suppliers is
  'The next active suppliers by id. p_selection: all, or changed (new events or master data, or '
  'a score that may have changed by time alone).';

create function private.measures(p_as_of timestamptz, p_scorecard_version integer, p_suppliers uuid[])
returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  card constant jsonb := (select definition -> 'measures' from public.scorecards where version = p_scorecard_version);
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
  if card is null then
    raise sqlstate '22023' using message = format('There is no scorecard version %s.', p_scorecard_version);
  end if;
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
comment on function private.measures is
  'Counts and dates of suppliers, as columns, from what happened before p_as_of only. Windows and '
  'login steps are the scorecard''s. p_suppliers is in ascending order.';

create function public.measure_page(
  p_as_of timestamptz, p_scorecard_version integer, p_after uuid, p_limit integer,
  p_selection text default 'all', p_supplier uuid default null, p_fresh boolean default false
) returns json
language plpgsql set search_path = '' set statement_timeout = '60s' as $$
declare
  suppliers uuid[];
  result json;
begin
  begin
    if p_fresh then
      if p_selection = 'all' then
        suppliers := private.choose_suppliers(p_as_of, p_after, p_limit, 'all');
      end if;
      perform private.roll_up_events(
        (select rolled_up_to from private.roll_up_state), 9223372036854775807,
        coalesce(p_supplier, p_after),
        coalesce(p_supplier, suppliers[cardinality(suppliers)], 'ffffffff-ffff-ffff-ffff-ffffffffffff'));
    end if;
    if p_supplier is null then
      suppliers := private.choose_suppliers(p_as_of, p_after, p_limit, p_selection);
    else
      suppliers := array(
        select s.id from private.source_suppliers s
        where s.id = p_supplier and s.id > p_after
          and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_as_of));
    end if;
    result := private.measures(p_as_of, p_scorecard_version, suppliers);
    if p_fresh then
      raise sqlstate 'CS001';  -- undo the roll-up; variables keep their values
    end if;
  exception when sqlstate 'CS001' then null;
  end;
  return result;
end $$;
comment on function public.measure_page is
  'Measures of the next page of active suppliers after p_after. p_fresh: take events into account '
  'that are not rolled up yet, and write nothing (for a dry run).';

-- ============ scores ============

create type private.page_score as (
  supplier_id uuid, tier text, last_login timestamptz, changes_at timestamptz,
  health_score integer, risk_level text,
  feature_adoption_score integer, client_engagement_score integer,
  form_completion_score integer, journey_performance_score integer,
  login_recency_points double precision, feature_adoption_points double precision,
  client_activity_points double precision, form_completion_points double precision,
  journey_performance_points double precision,
  features_used integer, features_core integer, clients_active integer, clients_known integer,
  forms_sent integer, forms_completed integer, steps_due integer, steps_completed integer,
  recommendations text[]
);
comment on type private.page_score is 'One supplier''s score as Python sends it.';

create function private.to_page_scores(p_scores jsonb) returns setof private.page_score
language sql immutable set search_path = '' as $$
  select c.supplier_id::uuid, c.tier, c.last_login::timestamptz, c.changes_at::timestamptz,
    c.health_score::integer, c.risk_level, c.feature_adoption_score::integer,
    c.client_engagement_score::integer, c.form_completion_score::integer,
    c.journey_performance_score::integer, c.login_recency_points::double precision,
    c.feature_adoption_points::double precision, c.client_activity_points::double precision,
    c.form_completion_points::double precision, c.journey_performance_points::double precision,
    c.features_used::integer, c.features_core::integer, c.clients_active::integer,
    c.clients_known::integer, c.forms_sent::integer, c.forms_completed::integer,
    c.steps_due::integer, c.steps_completed::integer,
    array_remove(array[t.texts[c.recommendation_1::integer + 1], t.texts[c.recommendation_2::integer + 1],
                       t.texts[c.recommendation_3::integer + 1]], null)
  from (select array(select jsonb_array_elements_text(p_scores -> 'texts')) as texts offset 0) t,
  rows from (
    jsonb_array_elements_text(p_scores -> 'supplier_id'),
    jsonb_array_elements_text(p_scores -> 'tier'),
    jsonb_array_elements_text(p_scores -> 'last_login'),
    jsonb_array_elements_text(p_scores -> 'changes_at'),
    jsonb_array_elements_text(p_scores -> 'health_score'),
    jsonb_array_elements_text(p_scores -> 'risk_level'),
    jsonb_array_elements_text(p_scores -> 'feature_adoption_score'),
    jsonb_array_elements_text(p_scores -> 'client_engagement_score'),
    jsonb_array_elements_text(p_scores -> 'form_completion_score'),
    jsonb_array_elements_text(p_scores -> 'journey_performance_score'),
    jsonb_array_elements_text(p_scores -> 'login_recency_points'),
    jsonb_array_elements_text(p_scores -> 'feature_adoption_points'),
    jsonb_array_elements_text(p_scores -> 'client_activity_points'),
    jsonb_array_elements_text(p_scores -> 'form_completion_points'),
    jsonb_array_elements_text(p_scores -> 'journey_performance_points'),
    jsonb_array_elements_text(p_scores -> 'features_used'),
    jsonb_array_elements_text(p_scores -> 'features_core'),
    jsonb_array_elements_text(p_scores -> 'clients_active'),
    jsonb_array_elements_text(p_scores -> 'clients_known'),
    jsonb_array_elements_text(p_scores -> 'forms_sent'),
    jsonb_array_elements_text(p_scores -> 'forms_completed'),
    jsonb_array_elements_text(p_scores -> 'steps_due'),
    jsonb_array_elements_text(p_scores -> 'steps_completed'),
    jsonb_array_elements_text(p_scores -> 'recommendation_1'),
    jsonb_array_elements_text(p_scores -> 'recommendation_2'),
    jsonb_array_elements_text(p_scores -> 'recommendation_3')
  ) as c (supplier_id, tier, last_login, changes_at, health_score, risk_level, feature_adoption_score,
    client_engagement_score, form_completion_score, journey_performance_score,
    login_recency_points, feature_adoption_points, client_activity_points,
    form_completion_points, journey_performance_points, features_used, features_core,
    clients_active, clients_known, forms_sent, forms_completed, steps_due, steps_completed,
    recommendation_1, recommendation_2, recommendation_3);
$$;
comment on function private.to_page_scores is
  'A page of scores, sent as one array per column, as rows. Recommendations are places in the array texts.';

create function private.save_transitions(p_date date, p_page private.page_score[]) returns integer
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_transitions integer;
begin
  with compared as materialized (
    select p.supplier_id, p.health_score, p.risk_level,
           case when c.score_date < p_date then c.health_score when c.score_date = p_date then c.previous_score else h.health_score end as old_score,
           case when c.score_date < p_date then c.risk_level when c.score_date = p_date then c.previous_level else h.risk_level end as old_level,
           c.score_date >= p_date as is_repeated
    from unnest(p_page) p
    left join public.current_health c on c.supplier_id = p.supplier_id
    left join lateral (
      select h.health_score, h.risk_level from public.customer_health h
      where h.supplier_id = p.supplier_id and h.score_date < p_date
      order by h.score_date desc limit 1
    ) h on c.score_date > p_date
  ), written as (
    insert into public.transitions as t (supplier_id, score_date, from_level, to_level, from_score, to_score)
    select supplier_id, p_date, old_level, risk_level, old_score, health_score
    from compared where old_level <> risk_level
    on conflict (supplier_id, score_date) do update
      set from_level = excluded.from_level, to_level = excluded.to_level,
          from_score = excluded.from_score, to_score = excluded.to_score
      where (t.from_level, t.to_level, t.from_score, t.to_score)
            is distinct from (excluded.from_level, excluded.to_level, excluded.from_score, excluded.to_score)
  ), withdrawn as (
    -- By key, supplier by supplier: of the day at hand statistics know nothing, so the planner
    -- would compare all its transitions with the whole page. "+ 0" hides the index by day.
    delete from public.transitions t
    where t.score_date + 0 = p_date
      and t.supplier_id = any (array(
        select supplier_id from compared
        where is_repeated and old_level is not distinct from risk_level))
  )
  select count(*) filter (where old_level <> risk_level) into v_transitions from compared;
  return v_transitions;
end $$;
comment on function private.save_transitions is
  'Compare a page with each supplier''s last scored day before p_date. Scoring a day again corrects its transition.';

create function private.mend_following_day(p_date date, p_page private.page_score[]) returns void
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  with following as materialized (
    select p.supplier_id, p.health_score as old_score, p.risk_level as old_level,
           n.score_date, n.health_score, n.risk_level
    from unnest(p_page) p
    cross join lateral (
      select h.score_date, h.health_score, h.risk_level from public.customer_health h
      where h.supplier_id = p.supplier_id and h.score_date > p_date
      order by h.score_date limit 1
    ) n
  ), written as (
    insert into public.transitions (supplier_id, score_date, from_level, to_level, from_score, to_score)
    select supplier_id, score_date, old_level, risk_level, old_score, health_score
    from following where old_level <> risk_level
    on conflict (supplier_id, score_date) do update
      set from_level = excluded.from_level, from_score = excluded.from_score
  ), withdrawn as (
    delete from public.transitions t using following f
    where t.supplier_id = f.supplier_id and t.score_date = f.score_date and f.old_level = f.risk_level
  )
  update public.current_health c
  set previous_date = p_date, previous_score = f.old_score, previous_level = f.old_level
  from following f
  where c.supplier_id = f.supplier_id and c.score_date = f.score_date;
end $$;
comment on function private.mend_following_day is
  'A past day was scored: the next scored day now compares with it.';

create function public.save_page(
  p_fence bigint, p_run_id uuid, p_as_of timestamptz, p_scorecard_version integer,
  p_measured_xid bigint, p_scores jsonb
) returns jsonb
language plpgsql set search_path = '' set statement_timeout = '60s'
-- The tables grow and empty as the run goes on: a plan kept from before would not fit.
set plan_cache_mode = force_custom_plan as $$
declare
  v_date constant date := ((p_as_of - interval '1 microsecond') at time zone 'UTC')::date;
  v_page private.page_score[] := array(select s from private.to_page_scores(p_scores) s);
  v_transitions integer;
begin
  perform private.require_lease(p_fence);
  v_transitions := private.save_transitions(v_date, v_page);

  insert into public.customer_health
    (supplier_id, score_date, as_of, tier, last_login, health_score, risk_level,
     feature_adoption_score, client_engagement_score, form_completion_score,
     journey_performance_score, login_recency_points, feature_adoption_points,
     client_activity_points, form_completion_points, journey_performance_points, features_used,
     features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,
     steps_completed, scorecard_version, recommendations, run_id)
  select p.supplier_id, v_date, p_as_of, p.tier, p.last_login, p.health_score, p.risk_level,
         p.feature_adoption_score, p.client_engagement_score, p.form_completion_score,
         p.journey_performance_score, p.login_recency_points, p.feature_adoption_points,
         p.client_activity_points, p.form_completion_points, p.journey_performance_points,
         p.features_used, p.features_core, p.clients_active, p.clients_known, p.forms_sent,
         p.forms_completed, p.steps_due, p.steps_completed, p_scorecard_version,
         p.recommendations, p_run_id
  from unnest(v_page) p
  on conflict (supplier_id, score_date) do update
    set as_of = excluded.as_of, tier = excluded.tier,
        last_login = excluded.last_login, health_score = excluded.health_score,
        risk_level = excluded.risk_level, feature_adoption_score = excluded.feature_adoption_score,
        client_engagement_score = excluded.client_engagement_score,
        form_completion_score = excluded.form_completion_score,
        journey_performance_score = excluded.journey_performance_score,
        login_recency_points = excluded.login_recency_points,
        feature_adoption_points = excluded.feature_adoption_points,
        client_activity_points = excluded.client_activity_points,
        form_completion_points = excluded.form_completion_points,
        journey_performance_points = excluded.journey_performance_points,
        features_used = excluded.features_used, features_core = excluded.features_core,
        clients_active = excluded.clients_active, clients_known = excluded.clients_known,
        forms_sent = excluded.forms_sent, forms_completed = excluded.forms_completed,
        steps_due = excluded.steps_due, steps_completed = excluded.steps_completed,
        scorecard_version = excluded.scorecard_version, recommendations = excluded.recommendations,
        run_id = excluded.run_id, calculated_at = now();

  insert into public.current_health as c
    (supplier_id, score_date, as_of, tier, last_login, health_score, risk_level,
     feature_adoption_score, client_engagement_score, form_completion_score,
     journey_performance_score, login_recency_points, feature_adoption_points,
     client_activity_points, form_completion_points, journey_performance_points, features_used,
     features_core, clients_active, clients_known, forms_sent, forms_completed, steps_due,
     steps_completed, scorecard_version, recommendations, changes_at)
  select p.supplier_id, v_date, p_as_of, p.tier, p.last_login, p.health_score, p.risk_level,
         p.feature_adoption_score, p.client_engagement_score, p.form_completion_score,
         p.journey_performance_score, p.login_recency_points, p.feature_adoption_points,
         p.client_activity_points, p.form_completion_points, p.journey_performance_points,
         p.features_used, p.features_core, p.clients_active, p.clients_known, p.forms_sent,
         p.forms_completed, p.steps_due, p.steps_completed, p_scorecard_version,
         p.recommendations, p.changes_at
  from unnest(v_page) p
  on conflict (supplier_id) do update
    set previous_date = case when c.score_date < excluded.score_date then c.score_date else c.previous_date end,
        previous_score = case when c.score_date < excluded.score_date then c.health_score else c.previous_score end,
        previous_level = case when c.score_date < excluded.score_date then c.risk_level else c.previous_level end,
        score_date = excluded.score_date, as_of = excluded.as_of, tier = excluded.tier,
        last_login = excluded.last_login, health_score = excluded.health_score,
        risk_level = excluded.risk_level, feature_adoption_score = excluded.feature_adoption_score,
        client_engagement_score = excluded.client_engagement_score,
        form_completion_score = excluded.form_completion_score,
        journey_performance_score = excluded.journey_performance_score,
        login_recency_points = excluded.login_recency_points,
        feature_adoption_points = excluded.feature_adoption_points,
        client_activity_points = excluded.client_activity_points,
        form_completion_points = excluded.form_completion_points,
        journey_performance_points = excluded.journey_performance_points,
        features_used = excluded.features_used, features_core = excluded.features_core,
        clients_active = excluded.clients_active, clients_known = excluded.clients_known,
        forms_sent = excluded.forms_sent, forms_completed = excluded.forms_completed,
        steps_due = excluded.steps_due, steps_completed = excluded.steps_completed,
        scorecard_version = excluded.scorecard_version, recommendations = excluded.recommendations,
        changes_at = excluded.changes_at, calculated_at = now()
    where c.score_date <= excluded.score_date;

  if exists (select from unnest(v_page) p join public.current_health c using (supplier_id)
             where c.score_date > v_date) then
    perform private.mend_following_day(v_date, v_page);
  end if;

  -- Only what this page has seen: marks made meanwhile stay for the next run.
  delete from private.suppliers_to_rescore d
  using unnest(v_page) p, public.current_health c
  where d.supplier_id = p.supplier_id and d.marked_xid < p_measured_xid
    and c.supplier_id = p.supplier_id and c.score_date = v_date;

  return jsonb_build_object('suppliers_scored', cardinality(v_page), 'transitions', v_transitions);
end $$;
comment on function public.save_page is
  'Save a page of scores, its transitions and the current state, all or nothing. Repeating it changes nothing.';

-- ============ rights ============

revoke execute on all functions in schema private from public, anon;
revoke execute on function public.begin_run, public.renew_lease, public.finish_run,
  public.measure_page, public.save_page from public, anon, authenticated;
grant execute on function public.begin_run, public.renew_lease, public.finish_run,
  public.measure_page, public.save_page to service_role;
grant execute on function private.require_lease, private.choose_suppliers, private.measures,
  private.to_page_scores, private.save_transitions, private.mend_following_day to service_role;
grant usage on type private.page_score to service_role;
