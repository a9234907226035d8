-- Finding suppliers among many: text search, filters, orders, bounded counts.

-- ============ extensions ============

create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;

-- ============ functions: text ============

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

-- ============ functions: filters and orders ============

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

-- ============ indexes ============

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
