-- The supplier list as its screen shows it: a page, the levels and who was not contacted lately,
-- found in one go.

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

revoke execute on function public.supplier_screen from public, anon, authenticated;
grant execute on function public.supplier_screen to authenticated, service_role;
