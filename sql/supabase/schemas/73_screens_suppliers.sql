-- The list of suppliers: a page, the levels, who was not contacted lately, and what the filters offer;
-- suppliers in the order on screen for the downloads.

-- ============ functions: a page ============

create function private.list_suppliers(p_ids uuid[], p_with_history boolean, p_total integer, p_most integer) returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_day constant date := coalesce((select max(score_date) from public.daily_figures), current_date);
  v_rows json;
  v_versions integer[];
begin
  select coalesce(json_agg(json_build_object(
           'supplier_id', s.id, 'business_name', s.business_name, 'category', s.category, 'tier', s.tier,
           'status', s.status, 'trial_ends_at', case when s.status = 'trial' then private.finite(s.trial_ends_at) end,
           'monthly_revenue', coalesce(s.monthly_revenue, 0), 'owner_id', s.owner_id, 'owner_name', o.name,
           'risk_level', h.risk_level, 'health_score', h.health_score,
           'score_change_7_days', w.change, 'scores_30_days', past.scores, 'last_login', h.last_login,
           'open_interventions', planned.n, 'has_open_call', exists (
             select from public.support_interactions c
             where c.supplier_id = s.id and c.completed_at is null and c.cancelled_at is null),
           'last_contacted_at', contact.at,
           'score', private.score_of(h)) order by page.place), '[]'),
         array_agg(distinct h.scorecard_version)
  into v_rows, v_versions
  from unnest(p_ids) with ordinality page (id, place)
  join private.source_suppliers s on s.id = page.id
  left join public.current_health h on h.supplier_id = s.id
  left join public.week_changes w on w.supplier_id = s.id
  left join private.people() o on o.id = s.owner_id
  cross join lateral (
    select count(*) as n from public.interventions i
    where i.supplier_id = s.id and i.status in ('planned', 'sending')) planned
  cross join lateral private.last_contact(s.id) contact
  cross join lateral (
    select coalesce(array_agg(d.health_score order by d.score_date), '{}') as scores
    from public.customer_health d
    where p_with_history and d.supplier_id = s.id
      and d.score_date > v_day - 30 and d.score_date <= v_day) past;
  return json_build_object(
    'total', least(p_total, p_most), 'total_is_exact', p_total <= p_most,
    'rows', v_rows, 'scorecards', private.scorecards_of(v_versions));
end $$;
comment on function private.list_suppliers is 'All that a list shows of some suppliers, in their order, beside how many there are.';

create function public.find_suppliers(
  p_filter jsonb, p_sort text, p_offset integer, p_limit integer,
  p_with_history boolean default true, p_most integer default 10000, p_few integer default 2000
) returns json
language plpgsql stable set search_path = '' as $$
declare
  v_most constant integer := least(p_most, 10000);
  v_offset constant integer := greatest(p_offset, 0);
  v_found record;
begin
  v_found := private.match_suppliers(
    p_filter, p_sort, v_offset, greatest(least(p_limit, 500, 10000 - v_offset), 0), v_most,
    least(p_few, v_most));
  return private.list_suppliers(v_found.ids, p_with_history, v_found.total, v_most);
end $$;
comment on function public.find_suppliers is
  'A page of the active suppliers that match a filter, with all that a list shows of them, and how many match '
  '(counted up to p_most). Up to p_few matches are sorted, more are met along an index.';

create function public.find_supplier_ids(p_filter jsonb, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  -- The order is that of an index on the levels: by levels alone no walk along it is long.
  select to_jsonb(m.ids) from private.match_suppliers(
    p_filter, 'score', 0, least(p_limit, 10000), 0,
    case when p_filter - 'levels' = '{}' then 0 else least(greatest(p_limit, 2000), 10000) end) m;
$$;
comment on function public.find_supplier_ids is 'The ids of matching suppliers, worst score first.';

create function public.count_levels(p_filter jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_filter constant jsonb := p_filter - 'levels';
  v_from constant text := 'from private.source_suppliers s left join public.current_health h on h.supplier_id = s.id';
  v_query text;
  v_counts jsonb;
begin
  if v_filter - 'not_contacted_days' = '{}' then
    -- Most suppliers are active: all of them, less those that are not, is sooner counted. Who is
    -- not is found by index: only these can be. So with those who were contacted: they are fewer.
    v_query := format(
      'with scored as materialized (
         select risk_level as level, count(*) as n from public.current_health group by risk_level
       ), contacted as materialized (%s)
       select level, sum(n) as n from (
         select * from scored
         union all
         select null, (select count(*) from private.source_suppliers) - (select coalesce(sum(n), 0) from scored)
         union all
         select h.risk_level, -count(*)
         from contacted left join public.current_health h on h.supplier_id = contacted.id group by h.risk_level
         union all
         select h.risk_level, -count(*) %s
         where (s.status is null or s.status in (''paused'', ''churned'')
                or s.signed_up_at is null or s.signed_up_at >= %L)
           and (%s) is not true and s.id not in (select id from contacted)
         group by h.risk_level) part
       group by level',
      private.contacted_query(v_filter, now()), v_from, now(), private.supplier_conditions('{}', now()));
  else
    v_query := format('select h.risk_level as level, count(*) as n %s where %s group by h.risk_level',
                      v_from, private.supplier_conditions(v_filter, now()));
  end if;
  execute format('select jsonb_object_agg(coalesce(level, ''not_scored''), n) from (%s) counted', v_query)
  into v_counts using private.found_by_text(p_filter);
  return '{"critical": 0, "at_risk": 0, "healthy": 0, "not_scored": 0}' || coalesce(v_counts, '{}');
end $$;
comment on function public.count_levels is 'Matching suppliers per level, whatever levels the filter names.';

create function public.count_suppliers(p_filter jsonb) returns integer
language plpgsql stable set search_path = '' as $$
declare
  v_count integer;
begin
  execute format(
    'select count(*) from (
       select from private.source_suppliers s left join public.current_health h on h.supplier_id = s.id
       where %s limit 10001) m', private.supplier_conditions(p_filter, now()))
  into v_count using private.found_by_text(p_filter);
  return v_count;
end $$;
comment on function public.count_suppliers is 'How many suppliers match, counted up to 10,001.';

create function public.supplier_screen(
  p_filter jsonb, p_sort text, p_offset integer, p_limit integer, p_with_history boolean, p_quiet_days integer
) returns json
language plpgsql stable set search_path = '' set max_parallel_workers_per_gather = 0 as $$
declare
  v_offset constant integer := greatest(p_offset, 0);
  v_limit constant integer := greatest(least(p_limit, 500, 10000 - v_offset), 0);
  v_quiet constant jsonb := jsonb_build_object('not_contacted_days', p_quiet_days);
  v_order record := private.supplier_order(p_sort);
  v_levels jsonb;
  v_total integer;
  v_ids uuid[];
  v_left integer;
begin
  if p_filter - 'levels' - 'not_contacted_days' = '{}' then
    -- Most suppliers: the levels are counted without meeting each, and say how many match.
    v_levels := public.count_levels(p_filter);
    v_total := (
      select coalesce(sum(n::integer), 0) from jsonb_each_text(v_levels) l (level, n)
      where not p_filter ? 'levels' or p_filter -> 'levels' ? l.level);
    v_ids := (private.match_suppliers(
      p_filter, p_sort, v_offset, v_limit, 0, case when v_total <= 2000 then 2000 else 0 end)).ids;
    if not p_filter ? 'not_contacted_days' then
      v_left := public.count_suppliers(p_filter || v_quiet);
    end if;
    return json_build_object(
      'found', private.list_suppliers(v_ids, p_with_history, v_total, 10000),
      'levels', v_levels, 'quiet', coalesce(v_left, 0));
  end if;
  -- Whatever else narrows them: those that match are met once, and all else is found among them.
  execute format(
    'with matched as materialized (
       select s.id, h.risk_level as level, %1$s as key
       from private.source_suppliers s
       left join public.current_health h on h.supplier_id = s.id
       left join public.week_changes w on w.supplier_id = s.id
       where %2$s
     ), chosen as (
       select id, key from matched where $2 is null or level = any ($2)
     )
     select (select jsonb_object_agg(coalesce(level, ''not_scored''), n)
             from (select level, count(*) as n from matched group by level) counted),
            (select count(*) from chosen),
            array(select id from chosen order by %3$s offset %4$s limit %5$s),
            (select count(*) from (select from chosen s where %6$s limit 10001) q)',
    v_order.key, private.supplier_conditions(p_filter - 'levels', now()), v_order.within, v_offset, v_limit,
    case when p_filter ? 'not_contacted_days' then 'false' else private.quiet_condition(v_quiet, now()) end)
  into v_levels, v_total, v_ids, v_left
  using private.found_by_text(p_filter),
        case when p_filter ? 'levels' then private.text_array(p_filter -> 'levels') end;
  return json_build_object(
    'found', private.list_suppliers(v_ids, p_with_history, v_total, 10000),
    'levels', '{"critical": 0, "at_risk": 0, "healthy": 0, "not_scored": 0}' || coalesce(v_levels, '{}'),
    'quiet', v_left);
end $$;
comment on function public.supplier_screen is
  'What find_suppliers, count_levels and count_suppliers answer for a screen, the last of them for those that nobody '
  'contacted for so many days (0 where the filter says that itself).';

-- ============ functions: filters ============

create function private.distinct_of(p_column text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  v_found jsonb;
begin
  -- From one value to the next along an index, instead of through all suppliers.
  execute format(
    'with recursive found (value) as (
       select min(%1$I) from private.source_suppliers
       union all
       select (select min(s.%1$I) from private.source_suppliers s where s.%1$I > f.value)
       from found f where f.value is not null)
     select coalesce(jsonb_agg(value order by value), ''[]'')
     from (select value from found where value is not null limit 200) v', p_column)
  into v_found;
  return v_found;
end $$;
comment on function private.distinct_of is 'The values that a column of the suppliers has, at most 200.';

create function public.filter_choices() returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'tiers', private.distinct_of('tier'), 'categories', private.distinct_of('category'),
    'owners', (select coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'role', role) order by name, id), '[]')
               from private.people()));
$$;
comment on function public.filter_choices is 'What suppliers can be filtered by.';

-- ============ functions: downloads and other lists ============

create function public.ordered_supplier_ids(p_filter jsonb, p_sort text) returns json
language plpgsql stable set search_path = '' as $$
declare
  v_order constant record := private.supplier_order(p_sort);
  v_ids json;
begin
  -- One statement, so one moment: nobody is met twice or missed because a score moved between
  -- two pages.
  execute format(
    'select coalesce(json_agg(id order by %s), ''[]'')
     from (select s.id, %s as key
           from private.source_suppliers s
           left join public.current_health h on h.supplier_id = s.id
           left join public.week_changes w on w.supplier_id = s.id
           where %s) matched',
    v_order.within, v_order.key, private.supplier_conditions(p_filter, now()))
  into v_ids using private.found_by_text(p_filter);
  return v_ids;
end $$;
comment on function public.ordered_supplier_ids is
  'The ids of all suppliers that match a filter, in an order of the list, as of one moment.';

create function public.suppliers_by_id(p_ids uuid[]) returns setof public.supplier_overview
language sql stable set search_path = '' as $$
  select * from public.supplier_overview where supplier_id = any (p_ids);
$$;
comment on function public.suppliers_by_id is 'Some suppliers with their newest scores, in any order.';

create function public.inactive_suppliers(p_text text, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'supplier_id', id, 'business_name', business_name, 'state', state, 'since', private.finite(
      case state when 'paused' then paused_at when 'churned' then churned_at else signed_up_at end))
    order by private.fold(business_name) collate "C", id), '[]')
  from (
    select s.*, case when s.signed_up_at is null or s.signed_up_at >= now() then 'not_signed_up'
                  when s.status = 'churned' and coalesce(s.churned_at, '-infinity') < now() then 'churned'
                  else 'paused' end as state
    from private.source_suppliers s
    where s.id = any (array(select private.search_suppliers(p_text)))
      and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, now()) is not true
    order by private.fold(s.business_name) collate "C", s.id limit least(p_limit, 50)) found;
$$;
comment on function public.inactive_suppliers is
  'Paused, churned and not yet signed up suppliers with every word of a text in name or e-mail address.';
