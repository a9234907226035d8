-- Outreach rules as admins steer them: quiet hours, whom alerts go to, versions, publishing, and
-- what a change would do to what waits. What the rules mean is decided in Python
-- (cs_core/outreach_rules.py, cs_core/quiet_hours.py).

-- ============ two more rules ============

-- Versions of before have neither key, and stay valid: no quiet hours, alerts to CS_ALERT_TO.
alter table public.outreach_rules
  add constraint quiet_hours_are_two_times check (
    not definition ? 'quiet_hours' or definition -> 'quiet_hours' = 'null'
    or coalesce(
      definition @? 'strict $.quiet_hours.from ? (@ like_regex "^([01][0-9]|2[0-3]):[0-5][0-9]$")'
      and definition @? 'strict $.quiet_hours.until ? (@ like_regex "^([01][0-9]|2[0-3]):[0-5][0-9]$")'
      and definition #>> '{quiet_hours,from}' <> definition #>> '{quiet_hours,until}', false)),
  add constraint alert_to_is_a_list check (
    not definition ? 'alert_to' or jsonb_typeof(definition -> 'alert_to') = 'array');
comment on column public.outreach_rules.definition is
  'email_cap (emails per days), working_days, call_time (supplier''s local time), holidays, alert_again_after_days, '
  'celebrate_within_days, quiet_hours (from, until: supplier''s local time; null: none), alert_to (addresses; empty: CS_ALERT_TO).';

-- ============ versions ============

create function public.outreach_versions(p_before integer, p_limit integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'version', v.version, 'definition', v.definition, 'note', v.note, 'published_at', v.published_at,
    'published_by', private.author(v.published_by)) order by v.version desc), '[]')
  from (select * from public.outreach_rules where version < p_before order by version desc limit p_limit) v;
$$;
comment on function public.outreach_versions is 'Versions of the outreach rules before p_before, the newest first.';

create function public.publish_outreach_rules(p_definition jsonb, p_note text, p_based_on integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  v_newest integer;
begin
  perform private.require_admin();
  -- One after the other, so that the second sees what the first one published.
  lock table public.outreach_rules in share row exclusive mode;
  v_newest := coalesce((select max(version) from public.outreach_rules), 0);
  if v_newest is distinct from p_based_on then
    return jsonb_build_object('is_published', false, 'version', v_newest);
  end if;
  insert into public.outreach_rules (version, definition, note, published_at, published_by)
  values (v_newest + 1, p_definition, nullif(btrim(p_note), ''), clock_timestamp(), auth.uid());
  return jsonb_build_object('is_published', true, 'version', v_newest + 1);
end $$;
comment on function public.publish_outreach_rules is
  'Put outreach rules in force as the next version; nothing where p_based_on is no longer the newest.';

-- ============ quiet hours ============

create function private.keeps_quiet_hours(p_request jsonb) returns boolean
language sql immutable
-- A parsed body and no search_path setting, so that the planner can inline it.
return p_request is null
  or not coalesce((p_request ->> 'overrides_quiet_hours')::boolean, false) and p_request ->> 'requested_for' is null;
comment on function private.keeps_quiet_hours is
  'Whether a message waits while it is night for the supplier: not if a person chose its time, or to send it all the same.';

create function public.waiting_zones(p_now timestamptz) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(distinct coalesce(s.timezone, 'UTC')), '[]')
  from (
    select i.supplier_id from public.interventions i
    where i.status = 'planned' and i.message_id is null and i.type <> 'call' and i.scheduled_for <= p_now
      and private.keeps_quiet_hours(i.request)
    union
    select o.recipient_id from public.outbox o
    join public.interventions i on i.message_id = o.id
    where o.status = 'queued' and o.next_attempt_at <= p_now and private.keeps_quiet_hours(i.request)) w
  join private.source_suppliers s on s.id = w.supplier_id;
$$;
comment on function public.waiting_zones is 'Time zones of the suppliers whose messages are due and keep quiet hours.';

create function public.put_off(p_now timestamptz, p_until jsonb) returns integer
language plpgsql set search_path = '' as $$
declare
  v_unwritten integer;
  v_queued integer;
begin
  update public.interventions i
  set scheduled_for = (p_until ->> coalesce(s.timezone, 'UTC'))::timestamptz
  from private.source_suppliers s
  where s.id = i.supplier_id and p_until ? coalesce(s.timezone, 'UTC')
    and i.status = 'planned' and i.message_id is null and i.type <> 'call' and i.scheduled_for <= p_now
    and private.keeps_quiet_hours(i.request);
  get diagnostics v_unwritten = row_count;
  with due as materialized (
    -- Not what another sender has in hand: it took it before it was night.
    select o.id, o.recipient_id from public.outbox o
    join public.interventions i on i.message_id = o.id
    join private.source_suppliers s on s.id = o.recipient_id
    where o.status = 'queued' and o.next_attempt_at <= p_now and o.claimed_until < clock_timestamp()
      and p_until ? coalesce(s.timezone, 'UTC') and private.keeps_quiet_hours(i.request)
    for update of o skip locked
  ), put as (
    update public.outbox o
    set scheduled_for = u.at, next_attempt_at = u.at
    from due d join private.source_suppliers s on s.id = d.recipient_id
    cross join lateral (select (p_until ->> coalesce(s.timezone, 'UTC'))::timestamptz as at) u
    where o.id = d.id
    returning o.id, u.at
  )
  update public.interventions i set scheduled_for = p.at from put p where i.message_id = p.id;
  get diagnostics v_queued = row_count;
  return v_unwritten + v_queued;
end $$;
comment on function public.put_off is
  'Let due messages to suppliers in some time zones (zone -> instant) wait until then. Returns how many.';

-- ============ what a change would do ============

create function public.waiting_messages(p_now timestamptz) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  return (
    select coalesce(jsonb_agg(to_jsonb(g)), '[]')
    from (
      select coalesce(s.timezone, 'UTC') as timezone,
             date_trunc('minute', greatest(i.scheduled_for, p_now)) as due_at,
             private.keeps_quiet_hours(i.request) as keeps_quiet_hours, count(*) as number
      from public.interventions i join private.source_suppliers s on s.id = i.supplier_id
      where i.status = 'planned' and i.type <> 'call'
      group by 1, 2, 3 order by 4 desc, 1, 2 limit 2000) g);
end $$;
comment on function public.waiting_messages is
  'For admins: messages that are planned and have not left, counted by time zone and the minute they are due.';

create function public.count_capped(p_now timestamptz, p_cap jsonb) returns integer
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.require_admin();
  if (p_cap ->> 'emails')::integer = 0 then
    return (select count(*) from private.source_suppliers s
            where private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now));
  end if;
  return (
    select count(*) from (
      select i.supplier_id from public.interventions i
      join private.source_suppliers s on s.id = i.supplier_id
      where i.created_at > p_now - interval '400 days'
        and private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now)
        and private.takes_mail_slot(
          i.type, case when i.may_have_arrived then 'sent' else i.status end,
          coalesce(i.sent_at, greatest(i.scheduled_for, p_now)), p_now, (p_cap ->> 'days')::integer)
      group by i.supplier_id having count(*) >= (p_cap ->> 'emails')::integer) capped);
end $$;
comment on function public.count_capped is 'For admins: how many active suppliers a frequency cap would hold e-mail back from now.';

-- ============ rights ============

revoke execute on function public.outreach_versions, public.publish_outreach_rules, private.keeps_quiet_hours,
  public.waiting_zones, public.put_off, public.waiting_messages, public.count_capped
  from public, anon, authenticated;
grant execute on function public.outreach_versions to authenticated, service_role;
grant execute on function public.publish_outreach_rules, public.waiting_messages, public.count_capped to authenticated;
grant execute on function private.keeps_quiet_hours, public.waiting_zones, public.put_off to service_role;
