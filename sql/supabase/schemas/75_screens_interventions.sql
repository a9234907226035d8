-- Lists of interventions with their filters.

-- ============ functions ============

create function public.find_interventions(p_tab text, p_filter jsonb, p_offset integer, p_limit integer) returns jsonb
language plpgsql stable set search_path = '' set max_parallel_workers_per_gather = 0 as $$
declare
  v_where constant text := concat_ws(' and ',
    case p_tab when 'scheduled' then 'i.status in (''planned'', ''sending'')'
      when 'sent' then 'i.status in (''sent'', ''done'')' when 'failed' then 'i.status = ''failed'''
      when 'suppressed' then 'i.status = ''suppressed''' when 'history' then 'true' end,
    (select string_agg(format('i.%I = %L', name, value), ' and ') from jsonb_each_text(p_filter) f (name, value)
     where name in ('type', 'playbook', 'status', 'reason', 'supplier_id', 'bulk_id')),
    case when p_filter ? 'since' then format('i.created_at >= %L::timestamptz', p_filter ->> 'since') end,
    case when p_filter ? 'before' then format('i.created_at < %L::timestamptz', p_filter ->> 'before') end,
    -- Who asked for it, or made the call.
    case when p_filter ? 'person' then format(
      -- What one person did is little: found by that person, not row by row.
      '(i.supplier_id, i.id) in (
         select supplier_id, id from public.interventions where requested_by = %1$L::uuid
         union all
         select supplier_id, intervention_id from public.support_interactions where completed_by = %1$L::uuid)',
      p_filter ->> 'person') end);
  v_order constant text := case p_tab when 'scheduled' then 'i.scheduled_for, i.id' else 'i.created_at desc, i.id' end;
  v_offset constant integer := greatest(p_offset, 0);
  v_total integer;
  v_rows jsonb;
begin
  if p_tab not in ('scheduled', 'sent', 'failed', 'suppressed', 'history') then
    raise sqlstate '22023' using message = format('There is no list %s.', p_tab);
  end if;
  execute format('select count(*) from (select from public.interventions i where %s limit 10001) m', v_where) into v_total;
  execute format(
    'select coalesce(jsonb_agg(jsonb_build_object(
       ''id'', i.id, ''supplier_id'', i.supplier_id, ''business_name'', s.business_name, ''risk_level'', h.risk_level,
       ''type'', i.type, ''call_type'', i.call_type, ''status'', i.status, ''reason'', i.reason,
       ''playbook'', i.playbook, ''playbook_title'', private.playbook_title(i.playbook),
       ''milestone_type'', i.milestone_type, ''template'', i.template, ''subject'', i.subject, ''arm'', i.arm,
       ''scheduled_for'', i.scheduled_for, ''sent_at'', i.sent_at, ''created_at'', i.created_at,
       ''attempts'', i.attempts, ''may_have_arrived'', i.may_have_arrived, ''last_error'', i.last_error, ''requested_by'', i.requested_by,
       ''requested_by_name'', p.name, ''bulk_id'', i.bulk_id, ''cause'', i.cause,
       ''next_attempt_at'', o.next_attempt_at, ''outcome'', c.outcome, ''notes'', c.notes,
       ''made_at'', c.completed_at, ''made_by_name'', m.name) order by %2$s), ''[]'')
     from (select * from public.interventions i where %1$s order by %2$s offset %3$s limit %4$s) i
     join private.source_suppliers s on s.id = i.supplier_id
     left join public.current_health h on h.supplier_id = i.supplier_id
     left join private.people() p on p.id = i.requested_by
     left join public.outbox o on o.id = i.message_id and o.status = ''queued''
     left join lateral (
       select outcome, notes, completed_at, completed_by from public.support_interactions
       where supplier_id = i.supplier_id and intervention_id = i.id and completed_at is not null
       order by completed_at desc limit 1) c on i.type = ''call''
     left join private.people() m on m.id = c.completed_by',
    v_where, v_order, v_offset, greatest(least(p_limit, 500, 10000 - v_offset), 0))
  into v_rows;
  return jsonb_build_object('total', least(v_total, 10000), 'total_is_exact', v_total <= 10000, 'rows', v_rows,
                            'titles', private.titles(), 'names', private.names());
end $$;
comment on function public.find_interventions is 'A page of a list of interventions, and how many there are (counted up to 10,000).';

create function public.count_interventions() returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'scheduled', (select count(*) from (
      select from public.interventions where status in ('planned', 'sending') limit 10001) m),
    'sent', (select count(*) from (
      select from public.interventions where status in ('sent', 'done') limit 10001) m),
    'failed', (select count(*) from (
      select from public.interventions where status = 'failed' limit 10001) m),
    'suppressed', (select count(*) from (
      select from public.interventions where status = 'suppressed' limit 10001) m));
$$;
comment on function public.count_interventions is 'How many interventions each list holds, counted up to 10,001.';

create function public.interventions_of(p_person uuid) returns setof public.intervention_list
language sql stable
-- No search_path setting (every name is qualified), so that the planner can inline it: filters, order and limit are the caller's.
as $$
  select l.* from public.intervention_list l
  -- What one person did is little: found by that person, not row by row.
  where (l.supplier_id, l.id) in (
    select supplier_id, id from public.interventions where requested_by = p_person
    union all
    select supplier_id, intervention_id from public.support_interactions where completed_by = p_person);
$$;
comment on function public.interventions_of is 'The interventions that a person asked for, and those whose call that person made.';
