-- Finding suppliers among many: text search, filters, orders, bounded counts.

-- ============ text ============

create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;

do $$
declare
  -- Where a product has installed them already, they stay where they are.
  v_unaccent constant text := (select extnamespace::regnamespace::text from pg_extension where extname = 'unaccent');
begin
  -- Parsed now, so no search_path is needed when it runs; "immutable" as long as nobody edits
  -- the dictionary.
  execute format($f$
    create function private.unaccented(p_text text) returns text
    language sql immutable parallel safe
    return lower(%1$s.unaccent('%1$s.unaccent'::regdictionary, p_text))
  $f$, v_unaccent);
end $$;
comment on function private.unaccented is 'What private.fold makes of text that is not plain ASCII.';

create function private.fold(p_text text) returns text
language sql immutable parallel safe
-- The planner inlines this, but not the other, whose body is not immutable by itself: a call for each supplier
-- costs more than all else of a search. Plain ASCII, which has no accents, is spared it.
return case when octet_length(p_text) = length(p_text) then lower(p_text) else private.unaccented(p_text) end;
comment on function private.fold is 'Text without accents, in lower case: what is compared and sorted by.';

create function private.search_text(p_name text, p_email text) returns text
language sql immutable parallel safe
-- A line break between them: no word of a search has one, so none matches across.
return private.fold(coalesce(p_name, '') || chr(10) || coalesce(p_email, ''));
comment on function private.search_text is 'What the words of a search are looked for in.';

do $$
declare
  v_trgm constant text := (select extnamespace::regnamespace::text from pg_extension where extname = 'pg_trgm');
  v_text_columns constant text[] := array(
    select attname::text from pg_attribute
    where attrelid = 'public.suppliers'::regclass and atttypid in ('text'::regtype, 'varchar'::regtype));
begin
  -- The columns of the seam, where they are text; another type, or another column behind the
  -- view, is searched and sorted without an index.
  if v_text_columns @> array['business_name', 'email'] then
    execute format('create index suppliers_search_idx on public.suppliers using gin '
                   '(private.search_text(business_name::text, email::text) %s.gin_trgm_ops)', v_trgm);
    create index suppliers_name_order_idx on public.suppliers ((private.fold(business_name::text)) collate "C", id);
  end if;
  if v_text_columns @> array['tier', 'category'] then
    create index suppliers_tier_idx on public.suppliers (tier);
    create index suppliers_category_idx on public.suppliers (category);
  end if;
  if v_text_columns @> array['status'] then
    create index suppliers_status_idx on public.suppliers (status);
  end if;
  if exists (select from pg_attribute where attrelid = 'public.suppliers'::regclass and attname = 'signed_up_at') then
    create index suppliers_signed_up_at_idx on public.suppliers (signed_up_at);
  end if;
end $$;
create index suppliers_revenue_idx on public.suppliers (monthly_revenue, id);

create index current_health_last_login_idx on public.current_health (last_login nulls first, supplier_id);
create index support_interactions_open_calls_idx on public.support_interactions (supplier_id)
  where completed_at is null and cancelled_at is null;
create index support_interactions_queue_idx on public.support_interactions (scheduled_for, id)
  where completed_at is null and cancelled_at is null;
-- The queue's own index does what this one did.
drop index public.support_interactions_open_idx;
create index support_interactions_made_idx on public.support_interactions (completed_at, supplier_id)
  where completed_at is not null;
create index interventions_mailed_idx on public.interventions (sent_at, supplier_id)
  where type = 'email' and sent_at is not null;

create function private.search_suppliers(p_text text) returns setof uuid
language plpgsql stable security definer set search_path = '' rows 1000 as $$
declare
  v_where text;
begin
  if not private.may_read() then
    return;
  end if;
  -- Folded first: that may turn a sign into one that LIKE takes for a wildcard.
  -- No trigram has two letters or one: for those the index would be read from end to end.
  select string_agg(format('private.search_text(s.business_name, s.email)%s like %L',
                           case when length(word) < 3 then ' || ''''' end,
                           '%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%'), ' and ')
  into v_where
  from regexp_split_to_table(private.fold(p_text), '\s+') word where word <> '';
  return query execute 'select s.id from private.source_suppliers s where ' || coalesce(v_where, 'true');
end $$;
comment on function private.search_suppliers is
  'Suppliers with every word of a text in name or e-mail address. Definer: LIKE is not leakproof, so under row '
  'level security no index would serve it. It gives ids to staff only, and rows are read with the caller''s rights.';

-- ============ filters and orders ============

create function private.text_array(p_list jsonb) returns text[]
language sql immutable set search_path = '' as $$
  select coalesce(array_agg(item), '{}') from jsonb_array_elements_text(p_list) item;
$$;
comment on function private.text_array is 'A JSON list of texts as an array.';

create function private.contacted_query(p_filter jsonb, p_now timestamptz) returns text
language sql immutable set search_path = '' as $$
  select format(
    'select i.supplier_id as id from public.interventions i where i.type = ''email'' and i.sent_at > %1$L
     union
     select c.supplier_id from public.support_interactions c
     where c.completed_at > %1$L and c.outcome is distinct from ''not_needed''',
    coalesce(p_now - (p_filter ->> 'not_contacted_days')::integer * interval '1 day', 'infinity'));
$$;
comment on function private.contacted_query is
  'Whom somebody contacted in the last days, which a filter counts, as SQL: those that private.quiet_condition leaves out.';

create function private.quiet_condition(p_filter jsonb, p_now timestamptz) returns text
language sql immutable set search_path = '' as $$
  select case when p_filter ? 'not_contacted_days' then
    format('not exists (select from public.interventions i
                        where i.supplier_id = s.id and i.type = ''email'' and i.sent_at > %1$L)
            and not exists (select from public.support_interactions c
                            where c.supplier_id = s.id and c.completed_at > %1$L
                              and c.outcome is distinct from ''not_needed'')',
           p_now - (p_filter ->> 'not_contacted_days')::integer * interval '1 day') end;
$$;
comment on function private.quiet_condition is
  'That nobody contacted s (a supplier) for as many days as a filter says, as SQL; null where it says nothing.';

create function private.supplier_conditions(p_filter jsonb, p_now timestamptz) returns text
language sql immutable set search_path = '' as $$
  select string_agg(condition, ' and ') from (values
    (format('private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, %L)', p_now)),
    (case when p_filter ? 'levels' then
       format('h.risk_level = any (%L::text[])', private.text_array(p_filter -> 'levels')) end),
    (case when p_filter ? 'tiers' then
       format('s.tier = any (%L::text[])', private.text_array(p_filter -> 'tiers')) end),
    (case when p_filter ? 'categories' then
       format('s.category = any (%L::text[])', private.text_array(p_filter -> 'categories')) end),
    (case when p_filter ->> 'owner' = 'none' then 's.owner_id is null'
          when p_filter ? 'owner' then format('s.owner_id = %L::uuid', p_filter ->> 'owner') end),
    (case when p_filter ? 'score_from' then
       format('h.health_score >= %s', (p_filter ->> 'score_from')::integer) end),
    (case when p_filter ? 'score_to' then
       format('h.health_score <= %s', (p_filter ->> 'score_to')::integer) end),
    (case when p_filter ? 'silent_days' then
       format('h.supplier_id is not null and (h.last_login is null or h.last_login <= %L)',
              p_now - (p_filter ->> 'silent_days')::integer * interval '1 day') end),
    (case (p_filter ->> 'trial')::boolean
       when true then 's.status = ''trial''' when false then 's.status <> ''trial''' end),
    (case (p_filter ->> 'open_call')::boolean when true then '' when false then 'not ' end
     || 'exists (select from public.support_interactions c
                 where c.supplier_id = s.id and c.completed_at is null and c.cancelled_at is null)'),
    (private.quiet_condition(p_filter, p_now)),
    (case when p_filter ? 'text' then 's.id = any ($1)' end)
  ) conditions (condition);
$$;
comment on function private.supplier_conditions is
  'A filter as SQL about s (a supplier) and h (its score), $1 being what private.found_by_text gives. Values are '
  'quoted or cast; fields it does not know do nothing.';

create function private.found_by_text(p_filter jsonb) returns uuid[]
language sql stable set search_path = '' as $$
  select case when p_filter ? 'text' then array(select private.search_suppliers(p_filter ->> 'text')) end;
$$;
comment on function private.found_by_text is 'The suppliers that the text of a filter finds: looked for once, used by several queries.';

create function private.supplier_order(p_sort text, out key text, out within text, out parts text[])
language plpgsql immutable set search_path = '' as $$
declare
  by_level constant text := '(case h.risk_level when ''critical'' then 1000 when ''at_risk'' then 2000
                              when ''healthy'' then 3000 end) + h.health_score';
  by_name constant text := 'private.fold(s.business_name) collate "C"';
begin
  -- key, within: what to sort matches by, and how. parts: the same order for a walk along indexes,
  -- part by part, each with its condition, its order and the level it is of. Each order ends in the id.
  case p_sort
    when 'score' then
      key := by_level;
      within := 'key, id';
      parts := array[
        ['h.risk_level = ''critical''', 'h.health_score, h.supplier_id', 'critical'],
        ['h.risk_level = ''at_risk''', 'h.health_score, h.supplier_id', 'at_risk'],
        ['h.risk_level = ''healthy''', 'h.health_score, h.supplier_id', 'healthy'],
        ['h.supplier_id is null', 's.id', 'none']];
    when '-score' then
      key := by_level;
      within := 'key desc nulls last, id desc';
      parts := array[
        ['h.risk_level = ''healthy''', 'h.health_score desc, h.supplier_id desc', 'healthy'],
        ['h.risk_level = ''at_risk''', 'h.health_score desc, h.supplier_id desc', 'at_risk'],
        ['h.risk_level = ''critical''', 'h.health_score desc, h.supplier_id desc', 'critical'],
        ['h.supplier_id is null', 's.id desc', 'none']];
    when 'change' then
      key := 'w.change';
      within := 'key, id';
      parts := array[
        ['w.supplier_id is not null', 'w.change, w.supplier_id', 'any'],
        ['w.supplier_id is null', 's.id', 'any']];
    when 'revenue' then
      key := 's.monthly_revenue';
      within := 'key, id';
      parts := array[['true', 's.monthly_revenue, s.id', 'any']];
    when '-revenue' then
      key := 's.monthly_revenue';
      within := 'key desc, id desc';
      parts := array[['true', 's.monthly_revenue desc, s.id desc', 'any']];
    when 'name' then
      key := by_name;
      within := 'key, id';
      parts := array[['true', by_name || ', s.id', 'any']];
    when 'login' then
      -- Never logged in comes first, not scored last.
      key := 'case when h.supplier_id is null then ''infinity'' else coalesce(h.last_login, ''-infinity'') end';
      within := 'key, id';
      parts := array[
        ['h.supplier_id is not null', 'h.last_login nulls first, h.supplier_id', 'any'],
        ['h.supplier_id is null', 's.id', 'none']];
    else
      raise sqlstate '22023' using message = format('Suppliers cannot be sorted by %s.', p_sort);
  end case;
end $$;
comment on function private.supplier_order is
  'An order of suppliers as SQL about s (a supplier), h (its score) and w (its change).';

create function private.match_suppliers(
  p_filter jsonb, p_sort text, p_offset integer, p_limit integer, p_most integer, p_few integer,
  out total integer, out ids uuid[]
)
language plpgsql stable set search_path = '' set max_parallel_workers_per_gather = 0 as $$
declare
  v_from constant text :=
    'from private.source_suppliers s
     left join public.current_health h on h.supplier_id = s.id
     left join public.week_changes w on w.supplier_id = s.id';
  v_matches constant text := format('%s where %s', v_from, private.supplier_conditions(p_filter, now()));
  v_order record := private.supplier_order(p_sort);
  v_found constant uuid[] := private.found_by_text(p_filter);
  v_part text[];
  v_more uuid[];
begin
  -- All at once where they are few, whatever the filter. Where they are many, a walk along the
  -- index of the order soon meets enough of them. So no filter meets the plan it is slow with.
  if p_few > 0 then
    execute format(
      'with matched as materialized (select s.id, %1$s as key %2$s limit %3$s)
       select count(*), case when count(*) <= %4$s then array(
         select id from matched order by %5$s offset %6$s limit %7$s) end
       from matched',
      v_order.key, v_matches, p_few + 1, p_few, v_order.within, p_offset, p_limit)
    into total, ids using v_found;
    if total <= p_few then
      return;
    end if;
  end if;
  if p_most > 0 then
    execute format('select count(*) from (select %s limit %s) m', v_matches, p_most + 1)
    into total using v_found;
  end if;
  ids := '{}';
  foreach v_part slice 1 in array v_order.parts loop
    exit when cardinality(ids) >= p_offset + p_limit;
    continue when p_filter ? 'levels' and v_part[3] <> 'any' and not p_filter -> 'levels' ? v_part[3];
    -- The level is said once: said twice, the planner takes a walk for a long one.
    execute format('select array(select s.id %s where %s and %s order by %s limit %s)',
                   v_from, private.supplier_conditions(case when v_part[3] = 'any' then p_filter else p_filter - 'levels' end, now()),
                   v_part[1], v_part[2], p_offset + p_limit - cardinality(ids))
    into v_more using v_found;
    ids := ids || v_more;
  end loop;
  ids := ids[p_offset + 1 : p_offset + p_limit];
end $$;
comment on function private.match_suppliers is
  'The ids of a page of matching suppliers in order, and how many match, counted up to p_most + 1. '
  'Up to p_few matches are sorted, more are met along an index. With p_most 0 they are not counted, with p_few 0 '
  'never sorted: for who knows how many there are.';

-- ============ for the screens ============

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

-- ============ rights ============

-- Everybody who writes a supplier runs these, for the indexes; whatever role of the product
-- that is, now or later. They know nothing but the text they are given.
grant execute on function private.fold, private.unaccented, private.search_text to public;
revoke execute on function private.search_suppliers, private.text_array,
  private.contacted_query, private.quiet_condition, private.supplier_conditions, private.supplier_order, private.found_by_text,
  private.match_suppliers, private.list_suppliers, private.distinct_of,
  public.find_suppliers, public.find_supplier_ids, public.count_levels, public.count_suppliers, public.filter_choices
  from public, anon, authenticated;
grant execute on function private.search_suppliers, private.text_array,
  private.contacted_query, private.quiet_condition, private.supplier_conditions, private.supplier_order, private.found_by_text,
  private.match_suppliers, private.list_suppliers, private.distinct_of,
  private.finite, public.find_suppliers, public.find_supplier_ids, public.count_levels, public.count_suppliers, public.filter_choices
  to authenticated, service_role;
