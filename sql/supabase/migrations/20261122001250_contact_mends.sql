-- Who counts as contacted, and when.

create or replace function private.follow_mail() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.interventions i
  set status = case when new.status = 'queued' then 'planned' when new.status = 'sending' then 'sending'
                 when new.status = 'sent' then 'sent' when new.status = 'dead' then 'failed'
                 when new.last_error in ('supplier_left', 'by_person') then 'cancelled' else 'suppressed' end,
      reason = case when new.status = 'cancelled' then coalesce(new.last_error, 'opt_out') end,
      attempts = new.attempts, last_error = case when new.status <> 'cancelled' then new.last_error end,
      sent_at = case when new.may_have_arrived then greatest(new.first_tried_at, new.next_attempt_at) else new.sent_at end,
      may_have_arrived = new.may_have_arrived
  where i.message_id = new.id;
  return null;
end $$;
comment on column public.interventions.sent_at is
  'When it was sent; of an e-mail that may have arrived, when it was tried, so that it counts against the cap from that day.';
update public.interventions i
set sent_at = greatest(o.first_tried_at, o.next_attempt_at)
from public.outbox o where o.id = i.message_id and i.may_have_arrived;

create or replace function public.pending_alerts(p_now timestamptz, p_fence bigint) returns json
language plpgsql set search_path = '' as $$
begin
  perform private.require_lease(p_fence);
  return (
    select coalesce(json_agg(json_build_object(
      'supplier_id', a.supplier_id, 'score_date', a.score_date, 'business_name', s.business_name,
      'health_score', h.health_score, 'previous_score', t.from_score,
      'level', case when private.is_active(s.status, s.signed_up_at, s.paused_at, s.churned_at, p_now) then h.risk_level end,
      'scorecard_version', h.scorecard_version,
      'days_since_login', extract(epoch from h.as_of - h.last_login)::double precision / 86400,
      'login_recency_points', h.login_recency_points, 'feature_adoption_points', h.feature_adoption_points,
      'client_activity_points', h.client_activity_points, 'form_completion_points', h.form_completion_points,
      'journey_performance_points', h.journey_performance_points,
      'features_used', h.features_used, 'features_core', h.features_core,
      'clients_active', h.clients_active, 'clients_known', h.clients_known,
      'forms_sent', h.forms_sent, 'forms_completed', h.forms_completed,
      'steps_due', h.steps_due, 'steps_completed', h.steps_completed,
      'days_since_alert', a.score_date - (
        select max(p.score_date) from public.team_alerts p
        where p.supplier_id = a.supplier_id and p.status = 'queued' and p.score_date < a.score_date),
      'is_held_out', exists (
        select from public.interventions i
        join public.playbooks p on p.name = i.playbook and p.version = i.playbook_version
        where i.supplier_id = a.supplier_id and i.reason = 'holdout'
          -- As long as it is left alone: until the playbook would fire again, and unless
          -- something else contacts the supplier all the same.
          and a.score_date - i.score_date between 0 and (p.definition ->> 'cool_down_days')::integer - 1
          and not exists (
            select from public.interventions c
            where c.supplier_id = a.supplier_id and c.milestone_type is null and c.created_at >= i.created_at
              and c.status in ('planned', 'sending', 'sent', 'done')))
    ) order by h.health_score, s.business_name, a.supplier_id), '[]')
    from public.team_alerts a
    join private.source_suppliers s on s.id = a.supplier_id
    join public.current_health h on h.supplier_id = a.supplier_id
    join public.transitions t on t.supplier_id = a.supplier_id and t.score_date = a.score_date
    where a.status = 'pending');
end $$;

-- ============ time zones ============

create or replace function private.check_time_zones() returns trigger
language plpgsql set search_path = '' as $$
declare
  v_entered text[];
  v_zone text;
begin
  -- Only what is entered: looking in the list takes some milliseconds.
  if tg_op = 'INSERT' then
    v_entered := array(select distinct timezone from changed_rows);
  else
    v_entered := array(select distinct n.timezone from changed_rows n join old_rows o using (id)
                       where n.timezone is distinct from o.timezone);
  end if;
  select zone into v_zone from unnest(v_entered) zone
  where not exists (select from pg_catalog.pg_timezone_names where name = zone) limit 1;
  if found then
    raise sqlstate '22023' using message = format(
      'suppliers.timezone %s is no time zone; use a name such as Europe/London.', v_zone);
  end if;
  return null;
end $$;
do $$
begin
  if exists (select from pg_trigger where tgname = 'cs_check_changed_zones' and tgrelid = 'public.suppliers'::regclass) then
    drop trigger cs_check_changed_zones on public.suppliers;
    create trigger cs_check_changed_zones after update on public.suppliers
      referencing old table as old_rows new table as changed_rows
      for each statement execute function private.check_time_zones();
  end if;
end $$;
