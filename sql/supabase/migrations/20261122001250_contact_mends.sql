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

-- ============ a scorecard that is in force again ============

create function private.same_scorecards(p_version integer) returns integer[]
language sql stable set search_path = '' as $$
  select coalesce(array_agg(other.version), array[p_version])
  from public.scorecards this join public.scorecards other on other.definition = this.definition
  where this.version = p_version;
$$;
comment on function private.same_scorecards is
  'The versions that say the same as one, itself among them: a change that was undone is a new version with the old rules.';

revoke execute on function private.same_scorecards from public, anon, authenticated;
grant execute on function private.same_scorecards to authenticated, service_role;

-- As before, but for the scorecards that are alike.
create or replace function private.outreach_facts(
  p_as_of timestamptz, p_scorecard_version integer, p_contact_at timestamptz, p_suppliers uuid[],
  p_cap_days integer
) returns json
language plpgsql stable set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare
  v_date constant date := private.utc_date(p_as_of - interval '1 microsecond');
  -- Longer than the longest cool-down there may be.
  v_since constant timestamptz := p_contact_at - interval '400 days';
  v_alike constant integer[] := private.same_scorecards(p_scorecard_version);
begin
  return (
  with recent as materialized (
    select i.*
    from unnest(p_suppliers) s (id)
    -- Supplier by supplier: the table is many times what a page needs of it.
    cross join lateral (
      select supplier_id, type, playbook, status, may_have_arrived, reason, score_date, sent_at, scheduled_for
      from public.interventions where supplier_id = s.id and created_at > v_since offset 0) i
  )
  select json_build_object(
    'suppliers', (
      select json_build_object(
        'supplier_id', json_agg(s.id order by s.id),
        'status', json_agg(s.status order by s.id),
        'category', json_agg(s.category order by s.id),
        'timezone', json_agg(s.timezone order by s.id),
        -- A product's own table may hold NaN or infinity, which JSON has no number for.
        'monthly_revenue', json_agg(
          case when s.monthly_revenue > '-Infinity' and s.monthly_revenue < 'Infinity' then
            s.monthly_revenue::double precision end order by s.id),
        'trial_days_left', json_agg(
          case when s.status = 'trial' then
            extract(epoch from private.finite(s.trial_ends_at) - p_as_of)::double precision / 86400 end order by s.id),
        'days_since_onboarded', json_agg(
          case when s.onboarded_at < p_as_of and isfinite(s.onboarded_at) then
            extract(epoch from p_as_of - s.onboarded_at)::double precision / 86400 end order by s.id),
        'best_score_7_days', json_agg(h.best order by s.id),
        'is_rescored', json_agg(coalesce(h.version <> all (v_alike), false) order by s.id),
        'opted_out', json_agg(coalesce(s.email_opt_out, false) order by s.id),
        'has_address', json_agg(private.has_address(s.email) order by s.id))
      from private.source_suppliers s
      left join lateral (
        -- A change against a score of another scorecard would be the scorecard's, not the supplier's.
        select max(health_score) filter (where scorecard_version = any (v_alike)) as best,
               (array_agg(scorecard_version order by score_date desc))[1] as version
        from public.customer_health
        where supplier_id = s.id and score_date >= v_date - 7 and score_date < v_date) h on true
      where s.id = any (p_suppliers)),
    'firings', (
      select json_build_object(
        'supplier_id', coalesce(json_agg(supplier_id), '[]'),
        'playbook', coalesce(json_agg(playbook), '[]'),
        'fired_on', coalesce(json_agg(fired_on), '[]'),
        'owes_email', coalesce(json_agg(capped_on >= fired_on and (mailed_on is null or mailed_on < capped_on)), '[]'))
      from (
        select supplier_id, playbook,
               max(score_date) filter (where happened) as fired_on,
               max(score_date) filter (where happened and type = 'email') as mailed_on,
               max(score_date) filter (where reason = 'frequency_cap') as capped_on
        from (select *, reason is distinct from 'cool_down' and reason is distinct from 'frequency_cap' as happened
              from recent where playbook is not null) r
        group by supplier_id, playbook) f),
    'emails', (
      select json_build_object(
        'supplier_id', coalesce(json_agg(supplier_id), '[]'),
        'emails', coalesce(json_agg(emails), '[]'),
        'last_email_on', coalesce(json_agg(last_email_on), '[]'))
      from (
        select supplier_id, count(*) as emails,
               max(private.utc_date(coalesce(sent_at, scheduled_for))) as last_email_on
        from recent
        where private.takes_mail_slot(
          type, case when may_have_arrived then 'sent' else status end, coalesce(sent_at, greatest(scheduled_for, p_contact_at)),
                                      p_contact_at, p_cap_days)
        group by supplier_id) m),
    'open_calls', (
      select json_build_object(
        'supplier_id', coalesce(json_agg(i.supplier_id), '[]'),
        'intervention_id', coalesce(json_agg(i.id), '[]'),
        'playbooks', coalesce(json_agg(p.playbooks), '[]'),
        'score', coalesce(json_agg((i.cause #>> '{reasons,0,score}')::integer), '[]'))
      from public.interventions i
      cross join lateral (
        select '|' || string_agg(coalesce(r.why ->> 'playbook', 'person'), '|') || '|' as playbooks
        from jsonb_array_elements(i.cause -> 'reasons') r (why)) p
      where i.supplier_id = any (p_suppliers) and i.type = 'call' and i.status = 'planned'),
    'milestones', private.milestone_facts(p_as_of, p_suppliers)));
end $$;

create or replace function private.note_alerts(
  p_date date, p_scorecard_version integer, p_contact_at timestamptz, p_suppliers uuid[]
) returns integer
language plpgsql set search_path = '' as $$
declare
  v_new integer;
begin
  delete from public.team_alerts a
  where a.supplier_id = any (p_suppliers) and a.score_date = p_date and a.status = 'pending'
    and not exists (select from public.transitions t
                    where t.supplier_id = a.supplier_id and t.score_date = p_date and t.to_level = 'critical');
  insert into public.team_alerts (supplier_id, score_date, created_at)
  select t.supplier_id, t.score_date, p_contact_at from public.transitions t
  where t.supplier_id = any (p_suppliers) and t.score_date = p_date and t.to_level = 'critical'
    -- Another scorecard moves levels, not suppliers.
    and (
      select h.scorecard_version from public.customer_health h
      where h.supplier_id = t.supplier_id and h.score_date < p_date
      order by h.score_date desc limit 1) = any (private.same_scorecards(p_scorecard_version))
  on conflict (supplier_id, score_date) do nothing;
  get diagnostics v_new = row_count;
  return v_new;
end $$;
