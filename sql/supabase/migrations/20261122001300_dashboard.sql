-- What the first screen shows: figures and movers of each scored day, computed once at the end
-- of a run, so that nobody waits for a scan of all suppliers.

-- ============ tables ============

create table public.daily_figures (
  score_date date primary key,
  healthy integer not null,
  at_risk integer not null,
  critical integer not null,
  revenue_at_risk numeric not null,
  scores integer[] not null check (cardinality(scores) = 101),
  updated_at timestamptz not null default now()
);
alter table public.daily_figures enable row level security;
comment on table public.daily_figures is 'Each scored day in figures: active suppliers per level, revenue at risk.';
comment on column public.daily_figures.revenue_at_risk is
  'A month''s revenue, as it is known now, of the suppliers that were critical or at risk.';
comment on column public.daily_figures.scores is 'How many suppliers had a score of 0, 1, ... 100.';
comment on column public.daily_figures.updated_at is 'When the run ended that scored the day last.';

create table public.daily_movers (
  supplier_id uuid not null references public.suppliers (id) on delete cascade,
  score_date date not null,
  kind text not null check (kind in ('turned_critical', 'drop', 'recovery')),
  rank integer not null check (rank > 0),
  from_score integer not null,
  to_score integer not null,
  from_level text not null check (from_level in ('healthy', 'at_risk', 'critical')),
  to_level text not null check (to_level in ('healthy', 'at_risk', 'critical')),
  primary key (supplier_id, score_date, kind)
);
create index daily_movers_day_idx on public.daily_movers (score_date, kind, rank);
alter table public.daily_movers enable row level security;
comment on table public.daily_movers is
  'The 50 that matter most of each kind on a day. turned_critical: since the day before, most revenue first. '
  'drop: 5 points or more below 7 days ago. recovery: on a better level than 7 days ago.';

create table public.week_changes (
  supplier_id uuid primary key references public.suppliers (id) on delete cascade,
  change integer not null
);
create index week_changes_change_idx on public.week_changes (change, supplier_id);
alter table public.week_changes enable row level security;
comment on table public.week_changes is
  'By how many points each supplier''s current score differs from that of 7 days before. A table of its own: '
  'the order by change needs an index, which a column of current_health would write for every supplier each night.';

create index success_milestones_counted_idx on public.success_milestones (achieved_at desc, milestone_type);
-- The new one does what this one did, and counting by type needs the index alone.
drop index public.success_milestones_achieved_at_idx;

-- ============ people ============

create function private.may_read() returns boolean
language sql stable security definer set search_path = '' as $$
  -- The role set from outside; inside a definer function it is still the caller's.
  select private.is_staff() or coalesce(current_setting('role', true), 'none') not in ('anon', 'authenticated');
$$;
comment on function private.may_read() is
  'Whether the caller is staff, or the program itself. For definer functions, which row level security does not watch.';

create function private.people() returns table (id uuid, name text, role text)
language sql stable security definer set search_path = '' rows 20 as $$
  select u.id, coalesce(nullif(btrim(u.full_name), ''), a.email::text, 'Somebody'), u.role
  from private.source_users u left join auth.users a on a.id = u.id
  where u.role in ('admin', 'analyst') and (select private.may_read());
$$;
comment on function private.people() is
  'The team: who has no name is called by the e-mail address of the sign-in. Nobody else sees a row.';

create function private.holds_lease(p_fence bigint) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from private.run_lease l where l.fence = p_fence and l.expires_at > clock_timestamp());
$$;
comment on function private.holds_lease is 'Whether the run with this fence is alive.';

-- ============ several reads in one request ============

create function public.ask_all(p_calls jsonb) returns json
language plpgsql stable set search_path = '' as $$
declare
  v_call jsonb;
  v_function pg_catalog.pg_proc;
  v_arguments text;
  v_answer json;
  v_answers json[] := '{}';
begin
  if not private.may_read() then
    raise insufficient_privilege using message = 'Only admins and analysts may ask.';
  elsif jsonb_array_length(p_calls) > 20 then
    raise sqlstate '22023' using message = 'At most 20 questions can be asked at once.';
  end if;
  for v_call in select c from jsonb_array_elements(p_calls) with ordinality x (c, place) order by place loop
    -- Only what the API would call as well, with the caller's own rights, and nothing that writes.
    -- Not itself: four levels of twenty would be 160,000 questions in one request.
    select * into v_function from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace and proname = v_call ->> 'function'
      and prokind = 'f' and provolatile <> 'v' and not proretset
      and proname not in ('ask_all', 'mark_of');
    if v_function.oid is null then
      raise sqlstate '22023' using message = format('There is nothing to read called %s.', v_call ->> 'function');
    end if;
    select string_agg(format(
             case when t.typcategory = 'A' then '%I => array(select jsonb_array_elements_text(%L))::%s' else '%I => %L::%s' end,
             a.key,
             case when jsonb_typeof(a.value) = 'null' then null
                  when t.typcategory = 'A' or t.typname in ('json', 'jsonb') then a.value::text else a.value #>> '{}' end,
             t.oid::regtype), ', ')
    into v_arguments
    from jsonb_each(v_call -> 'arguments') a
    -- A name that the function does not have finds no type: the call then fails, as it does over the API.
    left join unnest(v_function.proargnames[1 : v_function.pronargs], v_function.proargtypes::oid[]) known (name, type)
      on known.name = a.key
    left join pg_catalog.pg_type t on t.oid = known.type;
    execute format('select to_json(public.%I(%s))', v_function.proname, v_arguments) into v_answer;
    v_answers := v_answers || v_answer;
  end loop;
  return json_build_object('mark', md5(array_to_json(v_answers)::text), 'answers', array_to_json(v_answers));
end $$;
comment on function public.ask_all is
  'Several reading functions in one request: [{"function": name, "arguments": {...}}, ...] gives their answers in order, '
  'and a mark that is the same as long as they are.';

create function public.mark_of(p_calls jsonb) returns text
language sql stable set search_path = '' as $$
  select public.ask_all(p_calls) ->> 'mark';
$$;
comment on function public.mark_of is
  'The mark of public.ask_all alone: what an open screen asks for to know whether it is still true.';

-- ============ at the end of a run ============

create function private.week_before(p_date date) returns date
language sql stable set search_path = '' as $$
  select max(score_date) from public.daily_figures where score_date between p_date - 10 and p_date - 7;
$$;
comment on function private.week_before is
  'The scored day that "7 days ago" means: that very day, or one of the three before it where no run was made on it.';

create function private.note_figures(p_date date, p_is_newest boolean) returns void
language sql set search_path = '' as $$
  insert into public.daily_figures as f
    (score_date, healthy, at_risk, critical, revenue_at_risk, scores, updated_at)
  select p_date,
         coalesce(sum(counted.n) filter (where risk_level = 'healthy'), 0),
         coalesce(sum(counted.n) filter (where risk_level = 'at_risk'), 0),
         coalesce(sum(counted.n) filter (where risk_level = 'critical'), 0),
         coalesce(sum(revenue) filter (where risk_level in ('at_risk', 'critical')), 0),
         (select array_agg(coalesce(c.n, 0) order by g) from generate_series(0, 100) g
          left join (select u.score, sum(u.n)::integer as n
                     from unnest(array_agg(health_score), array_agg(counted.n)) u (score, n)
                     group by u.score) c on c.score = g),
         now()
  from (
    select x.health_score, min(x.risk_level) as risk_level, count(*)::integer as n,
           sum(coalesce(nullif(x.monthly_revenue, 'NaN'), 0)) as revenue
    from (
      -- A run for changed suppliers alone scores few of them on its day: of the newest day,
      -- all that are active count, as they stand.
      select c.health_score, c.risk_level, s.monthly_revenue
      from public.current_health c join private.source_suppliers s on s.id = c.supplier_id
      where p_is_newest and private.is_active(
        s.status, s.signed_up_at, s.paused_at, s.churned_at, (p_date + 1)::timestamp at time zone 'UTC')
      union all
      select h.health_score, h.risk_level, s.monthly_revenue
      from public.customer_health h join private.source_suppliers s on s.id = h.supplier_id
      where not p_is_newest and h.score_date = p_date) x
    group by x.health_score, x.risk_level) counted
  on conflict (score_date) do update
    set healthy = excluded.healthy, at_risk = excluded.at_risk, critical = excluded.critical,
        revenue_at_risk = excluded.revenue_at_risk, scores = excluded.scores, updated_at = excluded.updated_at;
$$;
comment on function private.note_figures is 'Compute the figures of a day.';

create function private.note_movers(p_date date) returns void
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_then constant date := private.week_before(p_date);
begin
  delete from public.daily_movers where score_date = p_date;
  insert into public.daily_movers
    (supplier_id, score_date, kind, rank, from_score, to_score, from_level, to_level)
  with turned as materialized (
    select t.supplier_id, t.from_score, t.to_score, t.from_level, t.to_level, s.monthly_revenue
    from public.transitions t join private.source_suppliers s on s.id = t.supplier_id
    where t.score_date = p_date and t.to_level = 'critical'
  ), moved as materialized (
    select n.supplier_id, h.health_score as from_score, n.health_score as to_score,
           h.risk_level as from_level, n.risk_level as to_level, s.monthly_revenue
    from public.customer_health n
    join public.customer_health h on h.supplier_id = n.supplier_id and h.score_date = v_then
    join private.source_suppliers s on s.id = n.supplier_id
    where n.score_date = p_date and abs(n.health_score - h.health_score) >= 5
  ), ranked as (
    select 'turned_critical' as kind, t.*,
           row_number() over (order by t.monthly_revenue desc, t.to_score, t.supplier_id) as rank
    from turned t
    union all
    select 'drop', m.*,
           row_number() over (order by m.to_score - m.from_score, m.monthly_revenue desc, m.supplier_id)
    from moved m
    where m.to_score < m.from_score and not exists (select from turned t where t.supplier_id = m.supplier_id)
    union all
    select 'recovery', m.*,
           row_number() over (order by m.from_score - m.to_score, m.monthly_revenue desc, m.supplier_id)
    from moved m
    where m.to_score > m.from_score and m.to_level <> m.from_level
      and (m.to_level = 'healthy' or m.from_level = 'critical')
  )
  select supplier_id, p_date, kind, rank, from_score, to_score, from_level, to_level
  from ranked where rank <= 50;
end $$;
comment on function private.note_movers is 'Choose the movers of a day.';

create function private.note_week_changes(p_date date) returns void
language plpgsql set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_then constant date := private.week_before(p_date);
begin
  insert into public.week_changes as w (supplier_id, change)
  select c.supplier_id, c.health_score - h.health_score
  from public.current_health c
  join public.customer_health h on h.supplier_id = c.supplier_id and h.score_date = v_then
  on conflict (supplier_id) do update set change = excluded.change where w.change <> excluded.change;
  delete from public.week_changes w
  where v_then is null or not exists (
    select from public.customer_health h where h.supplier_id = w.supplier_id and h.score_date = v_then);
end $$;
comment on function private.note_week_changes is 'Compare the current scores with those of 7 days before a day.';

create function private.note_day(p_date date) returns void
language plpgsql set search_path = '' as $$
declare
  v_is_newest constant boolean := not exists (select from public.current_health where score_date > p_date);
begin
  perform private.note_figures(p_date, v_is_newest);
  perform private.note_movers(p_date);
  if v_is_newest then
    perform private.note_week_changes(p_date);
  end if;
end $$;
comment on function private.note_day is 'Compute all that the first screen shows of a day.';

create function public.save_daily_figures(p_fence bigint, p_date date) returns void
language plpgsql set search_path = '' set statement_timeout = '120s' as $$
declare
  v_newest constant date := (select max(score_date) from public.daily_figures);
begin
  perform private.require_lease(p_fence);
  -- One supplier scored for a past day that no run scored as a whole is no figure of that day.
  if v_newest > p_date and not exists (select from public.daily_figures where score_date = p_date)
     and exists (select from public.runs where fence = p_fence and kind in ('supplier', 'changed')) then
    return;
  end if;
  perform private.note_day(p_date);
  if v_newest > p_date and private.week_before(v_newest) = p_date then
    perform private.note_day(v_newest);  -- its changes are measured from the day that was corrected
  end if;
end $$;
comment on function public.save_daily_figures is
  'Compute the figures and movers of a day that a run has scored. Repeating it changes nothing.';

-- ============ reading ============

create function private.score_of(h public.current_health) returns json
language sql stable
-- A parsed body and no search_path setting, so that the planner can inline it: 500 are shown at once.
return case when h.supplier_id is not null then json_build_object(
  'score_date', h.score_date, 'health_score', h.health_score, 'risk_level', h.risk_level,
  'scorecard_version', h.scorecard_version,
  'days_since_login', extract(epoch from h.as_of - h.last_login)::double precision / 86400,
  'login_recency_points', h.login_recency_points, 'feature_adoption_points', h.feature_adoption_points,
  'client_activity_points', h.client_activity_points, 'form_completion_points', h.form_completion_points,
  'journey_performance_points', h.journey_performance_points,
  'features_used', h.features_used, 'features_core', h.features_core,
  'clients_active', h.clients_active, 'clients_known', h.clients_known,
  'forms_sent', h.forms_sent, 'forms_completed', h.forms_completed,
  'steps_due', h.steps_due, 'steps_completed', h.steps_completed) end;
comment on function private.score_of is 'A score with all that explains it; null where there is none.';

create function private.scorecards_of(p_versions integer[]) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_object_agg(version, definition), '{}') from public.scorecards
  where version = any (p_versions);
$$;
comment on function private.scorecards_of is 'Scorecards by version.';

create function private.last_contact(p_supplier uuid) returns table (at timestamptz)
language sql stable
-- A table with a parsed body: in a FROM the planner can inline it.
begin atomic
  select greatest(
    (select max(i.sent_at) from public.interventions i where i.supplier_id = p_supplier and i.type = 'email'),
    (select max(c.completed_at) from public.support_interactions c
     where c.supplier_id = p_supplier and c.outcome is distinct from 'not_needed'));
end;
comment on function private.last_contact is 'When a supplier was last sent an e-mail, or called.';

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

create function public.moves(p_limit integer) returns jsonb
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
  return jsonb_build_object('day', v_day, 'moves', v_moves, 'scorecards', private.scorecards_of(v_versions));
end $$;
comment on function public.moves is 'The movers of the newest scored day that are still active; of drops and recoveries with the points of 7 days before.';

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

-- ============ rights ============

revoke all on public.daily_figures, public.daily_movers, public.week_changes from anon, authenticated, service_role;
grant select on public.daily_figures, public.daily_movers, public.week_changes to authenticated, service_role;
grant insert, update on public.daily_figures to service_role;
grant insert, delete on public.daily_movers to service_role;
grant insert, update, delete on public.week_changes to service_role;
create policy "staff read figures" on public.daily_figures
  for select to authenticated using ((select private.is_staff()));
create policy "staff read movers" on public.daily_movers
  for select to authenticated using ((select private.is_staff()));
create policy "staff read changes" on public.week_changes
  for select to authenticated using ((select private.is_staff()));

revoke execute on function private.may_read, private.people, private.holds_lease, private.week_before,
  private.note_figures, private.note_movers, private.note_week_changes, private.note_day,
  public.save_daily_figures, private.score_of, private.scorecards_of, private.last_contact,
  private.figures_json, private.scorecard_changed_on, public.today, public.daily_levels, public.moves,
  public.count_milestones, public.ask_all, public.mark_of, public.last_scored, public.recent_milestones, public.count_calls_made
  from public, anon, authenticated;
grant execute on function private.people, private.holds_lease, private.week_before, private.score_of,
  private.scorecards_of, private.last_contact, private.figures_json, private.scorecard_changed_on, public.today,
  public.daily_levels, public.moves, public.count_milestones,
  public.ask_all, public.mark_of, public.last_scored, public.recent_milestones, public.count_calls_made,
  private.may_read to authenticated, service_role;
grant execute on function private.note_figures, private.note_movers,
  private.note_week_changes, private.note_day, public.save_daily_figures to service_role;

-- ============ the history that is there ============

do $$
declare
  v_day date;
begin
  -- Days before the oldest partition hold nothing: each day that holds something, the oldest first.
  for v_day in select distinct score_date from public.customer_health order by 1 loop
    perform private.note_day(v_day);
  end loop;
  update public.daily_figures f set updated_at = c.at
  from (select max(calculated_at) as at, max(score_date) as day from public.current_health) c
  where f.score_date = c.day;
end $$;
