-- Figures and movers of each scored day, computed once at the end of a run, so that nobody waits for
-- a scan of all suppliers.

-- ============ functions ============

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
