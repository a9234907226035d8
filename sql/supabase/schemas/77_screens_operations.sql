-- What operators see and do: runs at work, mail that died, how fresh the data is, the audit log.
-- Every function here asks for an admin itself; analysts see none of it.

-- ============ functions: runs ============

create function public.run_status() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_run public.runs;
  v_usual public.runs;
begin
  perform private.require_admin();
  select * into v_run from public.runs where status = 'running' order by started_at desc limit 1;
  select * into v_usual from public.runs
  where status = 'done' and suppliers_scored > 0 and kind = coalesce(v_run.kind, 'daily')
  order by started_at desc limit 1;
  return jsonb_build_object(
    'now', clock_timestamp(),
    'running', case when v_run.id is not null then to_jsonb(v_run) - array['seconds', 'error']
      || jsonb_build_object('is_alive', private.holds_lease(v_run.fence)) end,
    'to_do', case
      when v_run.kind in ('daily', 'backfill', 'rescoring') then
        (select count(*) from private.source_suppliers s
         where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, v_run.as_of))
        * (v_run.score_date - coalesce(v_run.from_date, v_run.score_date) + 1)
      when v_run.kind = 'supplier' then 1 end,
    'lease', (select jsonb_build_object('holder', l.holder, 'renewed_at', private.finite(l.renewed_at),
                                        'is_alive', l.expires_at > clock_timestamp()) from private.run_lease l),
    'usual', case when v_usual.id is not null then jsonb_build_object(
      'seconds', extract(epoch from v_usual.finished_at - v_usual.started_at)::double precision,
      'suppliers', v_usual.suppliers_scored) end,
    'newest_daily', public.newest_daily_run(),
    'request', (
      select jsonb_build_object('id', r.id, 'by', private.author(r.requested_by), 'requested_at', r.requested_at,
        'status', r.status, 'ended_at', r.ended_at, 'message', r.message, 'is_alive', private.request_is_alive(r))
      from private.run_requests r order by r.requested_at desc limit 1));
end $$;
comment on function public.run_status is
  'For admins: the run at work with how far it is, who holds the lease, how long one usually takes, and the run asked for last.';

-- ============ functions: mail ============

create function public.mail_status(p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return (
    select jsonb_build_object(
      'due', count(*), 'oldest_due_at', min(o.scheduled_for),
      'last_error', (array_agg(o.last_error order by o.scheduled_for) filter (where o.last_error is not null))[1],
      'later', (select count(*) from public.outbox where status = 'queued' and scheduled_for > p_now),
      'dead', (select count(*) from public.outbox where status = 'dead'),
      'may_have_arrived', (select count(*) from public.outbox where status = 'dead' and may_have_arrived),
      'last_sent_at', (select max(sent_at) from public.outbox),
      'sent_in_a_day', (select count(*) from public.outbox where sent_at > p_now - interval '1 day'),
      'to_write', (select count(*) from public.interventions i
        where i.status = 'planned' and i.message_id is null and i.type <> 'call' and i.scheduled_for <= p_now),
      'oldest_to_write_at', (select min(i.scheduled_for) from public.interventions i
        where i.status = 'planned' and i.message_id is null and i.type <> 'call' and i.scheduled_for <= p_now))
    from public.outbox o where o.status in ('queued', 'sending') and o.scheduled_for <= p_now);
end $$;
comment on function public.mail_status is 'For admins: whether mail leaves. due waits although its time has come.';

create function public.mail_list(p_is_dead boolean, p_offset integer, p_limit integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_statuses constant text[] := case when p_is_dead then '{dead}' else '{queued,sending}' end;
begin
  perform private.require_admin();
  return jsonb_build_object(
    'total', (select count(*) from public.outbox where status = any (v_statuses)),
    'certain', (select count(*) from public.outbox where status = any (v_statuses) and not may_have_arrived),
    'rows', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', d.id, 'subject', d.subject, 'due', d.scheduled_for, 'attempts', d.attempts,
        'tried_at', coalesce(d.first_tried_at, d.next_attempt_at), 'last_error', d.last_error,
        'may_have_arrived', d.may_have_arrived, 'supplier_id', d.recipient_id, 'business_name', s.business_name,
        'person', private.author(d.person_id), 'address', private.masked(d.to_address)) order by d.place), '[]')
      from (select *, row_number() over () as place from (
              select * from public.outbox where status = any (v_statuses)
              order by case when not p_is_dead then next_attempt_at end,
                       case when p_is_dead then next_attempt_at end desc, id desc
              offset p_offset limit least(p_limit, 500)) page) d
      left join private.source_suppliers s on s.id = d.recipient_id));
end $$;
comment on function public.mail_list is
  'For admins: mail that failed for good, the newest first, or that waits, the next one first; without its text and with masked addresses.';

-- ============ functions: data ============

create function public.data_status(p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' set statement_timeout = '8s' as $$
declare
  v_day constant date := (select max(score_date) from public.daily_figures);
begin
  perform private.require_admin();
  return jsonb_build_object(
    'newest_event_at', (select received_at from public.activity_events order by received_xid desc limit 1),
    'score_date', v_day,
    'scored_at', (select updated_at from public.daily_figures where score_date = v_day),
    'active', (select count(*) from private.source_suppliers s
               where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now)),
    'not_scored', (
      select count(*) from private.source_suppliers s
      left join public.current_health h on h.supplier_id = s.id
      where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, (v_day + 1)::timestamp at time zone 'UTC')
        and (h.score_date is null or h.score_date < v_day)),
    'sources', (
      select coalesce(jsonb_agg(to_jsonb(t) order by t.event_type), '[]')
      from (
        select event_type, max(received_at) as last_at,
               count(*) filter (where received_at > p_now - interval '1 day') as in_a_day,
               count(*) filter (where received_at <= p_now - interval '1 day')::double precision / 14 as a_day_before,
               count(distinct ceil(extract(epoch from p_now - received_at) / 86400))
                 filter (where received_at <= p_now - interval '1 day') as days_before
        from public.activity_events
        where received_at > p_now - interval '15 days' and received_at <= p_now
        group by event_type) t));
end $$;
comment on function public.data_status is
  'For admins: how old events and scores are, who has no score of the newest day, and what each type of event sent in a '
  'day and, on average, in the 14 days before; days_before: on how many of those there were any.';

-- ============ functions: audit log ============

create function public.audit_page(
  p_filter jsonb, p_before_at timestamptz, p_before_id bigint, p_limit integer
) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  v_where constant text := concat_ws(' and ', 'true',
    case when p_filter ? 'table' then 'a.table_name = $1 ->> ''table''' end,
    case p_filter ->> 'who' when 'none' then 'a.actor_id is null' when 'people' then 'a.actor_id is not null'
      else case when p_filter ? 'who' then 'a.actor_id = ($1 ->> ''who'')::uuid' end end,
    -- The row itself, or all of one supplier: "supplier/row". In C, "0" is what follows "/".
    case when p_filter ? 'row' then
      '(a.row_key collate "C" = $1 ->> ''row'' or a.row_key collate "C" >= ($1 ->> ''row'') || ''/'''
      ' and a.row_key collate "C" < ($1 ->> ''row'') || ''0'')' end,
    case when p_filter ? 'since' then 'a.happened_at >= ($1 ->> ''since'')::timestamptz' end,
    case when p_filter ? 'before' then 'a.happened_at < ($1 ->> ''before'')::timestamptz' end,
    case when p_before_id is not null then '(a.happened_at, a.id) < ($2, $3)' end);
  v_rows jsonb;
begin
  perform private.require_admin();
  execute 'select coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object(''who'', private.author(p.actor_id),'
    ' ''about'', case when p.table_name = ''user_profiles'' then private.author(p.row_key::uuid) end)'
    ' order by p.happened_at desc, p.id desc), ''[]'') from (select a.* from public.audit_log a where '
    || v_where || ' order by a.happened_at desc, a.id desc limit $4) p'
  into v_rows using p_filter, p_before_at, p_before_id, least(p_limit, 1000);
  return v_rows;
end $$;
comment on function public.audit_page is
  'For admins: changes that match table, who (a person''s id, people: any, none: the program), row, since and before; the newest '
  'first, after a place in that order. Read by index, however long the log is.';

create function public.audit_choices() returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return jsonb_build_object(
    'tables', (
      with recursive t as (
        (select table_name from public.audit_log order by table_name limit 1)
        union all
        select (select a.table_name from public.audit_log a where a.table_name > t.table_name order by a.table_name limit 1)
        from t where t.table_name is not null)
      select coalesce(jsonb_agg(table_name), '[]') from t where table_name is not null),
    'people', (
      with recursive p as (
        (select actor_id from public.audit_log where actor_id is not null order by actor_id limit 1)
        union all
        select (select a.actor_id from public.audit_log a where a.actor_id > p.actor_id order by a.actor_id limit 1)
        from p where p.actor_id is not null)
      select coalesce(jsonb_object_agg(actor_id, coalesce(private.author(actor_id), 'Somebody who left')), '{}')
      from p where actor_id is not null),
    'names', private.names());
end $$;
comment on function public.audit_choices is
  'For admins: the tables and people of the audit log, and what those of the team are called whom a change may name.';
